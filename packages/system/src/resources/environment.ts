import { arch, hostname, release, version } from 'node:os';
import type { Caller, Envelope, JsonObject, ServiceRequest, SystemResource } from '@headgate/core';
import { answer, UnsupportedVerb } from '@headgate/core';
import type { Configuration, Row, ServiceRecord, SystemDatabase, SystemState } from '@headgate/system-db';
import { all, appTable, equals, userTable } from '@headgate/system-db';
import type { ServiceTypeRegistry } from '../service-types/registry.js';
import type { SystemSettings } from '../settings.js';
import { LICENCE_LEVEL } from '../settings.js';
import { launchUrl } from './launch-url.js';

interface EnvironmentParts {
  readonly db: SystemDatabase;
  readonly state: SystemState;
  readonly types: ServiceTypeRegistry;
  readonly envelope: Envelope;
  readonly settings: SystemSettings;
}

/** `system/environment`: what a login page needs, and more to those who are known (rest-core.md 5.7, system-service.md 4). */
export function environmentResource(parts: EnvironmentParts): SystemResource {
  return {
    name: 'environment',
    label: 'Environment',
    description: 'Allows retrieval of system environment.',
    async handle(request, path) {
      if ((request.verb !== 'GET' && request.verb !== 'HEAD') || path.length > 0)
        throw UnsupportedVerb(request.verb, 'environment', path.join('/'));
      const { caller } = request;
      const isKnown = caller.user !== undefined || caller.role !== undefined;
      return answer({
        authentication: authentication(parts),
        apps: await visibleApps(request, parts),
        ...(isKnown && knownParts(request, parts)),
        ...(caller.isAdmin && (await adminParts(parts))),
      });
    },
  };
}

function authentication({ state, types, settings }: EnvironmentParts): JsonObject {
  const payload = { email: 'string', password: 'string', remember_me: 'bool' };
  const login = settings.loginAttribute === 'username' ? { username: 'string', password: 'string', remember_me: 'bool' } : payload;
  const user = [...state.latest.services.values()].find((service) => service.type === 'user')?.config ?? {};
  return {
    admin: { path: 'system/admin/session', verb: 'POST', payload: login },
    user: { path: 'user/session', verb: 'POST', payload: login },
    ...signOnServices(state.latest, types),
    allow_open_registration: user.allow_open_registration === true,
    open_reg_email_service_id: user.open_reg_email_service_id ?? null,
    allow_forever_sessions: settings.allowForeverSessions,
    login_attribute: settings.loginAttribute,
  };
}

/** Services that a login page offers as buttons: only those that work. */
function signOnServices(configuration: Configuration, types: ServiceTypeRegistry): JsonObject {
  const active = [...configuration.services.values()].filter((service) => service.isActive && types.find(service.type)?.status === 'works');
  const inGroup = (group: string) => active.filter((service) => types.find(service.type)?.group === group);
  const button = (service: ServiceRecord) => ({
    name: service.name,
    label: service.label,
    type: service.type,
    icon_class: service.config.icon_class ?? null,
  });
  return {
    oauth: inGroup('OAuth').map((service) => ({ path: `user/session?service=${service.name}`, verb: ['GET', 'POST'], ...button(service) })),
    adldap: inGroup('LDAP').map((service) => ({
      path: `user/session?service=${service.name}`,
      name: service.name,
      label: service.label,
      verb: 'POST',
      payload: { username: 'string', password: 'string', service: service.name, remember_me: 'bool' },
    })),
    saml: inGroup('SSO').map((service) => ({ path: `${service.name}/sso`, verb: 'GET', ...button(service) })),
  };
}

/** Apps that have a page: for nobody those with a default role, for users those for which they have a role, for administrators all. */
async function visibleApps(request: ServiceRequest, { db, state, settings }: EnvironmentParts): Promise<JsonObject[]> {
  const { caller } = request;
  const roles = caller.user === undefined ? undefined : (await state.user(caller.user.id))?.roles;
  const rows = await db.find(appTable, {
    where: all(equals('is_active', true), { kind: 'compare', column: 'type', operator: '>', value: 0 }),
    order: [['id', 'asc']],
  });
  const defaultAppId = await defaultApp(caller, db, state.latest);
  return rows
    .filter((row) => caller.isAdmin || row.role_id !== null || roles?.has(row.id) === true)
    .map((row) => shownApp(row, launchUrl(row, request, { configuration: () => state.latest, settings }), defaultAppId));
}

async function defaultApp(caller: Caller, db: SystemDatabase, configuration: Configuration): Promise<unknown> {
  const own = caller.user === undefined ? undefined : (await db.findOne(userTable, equals('id', caller.user.id)))?.default_app_id;
  return own ?? [...configuration.services.values()].find((service) => service.type === 'system')?.config.default_app_id;
}

function shownApp(row: Row<typeof appTable>, url: string, defaultAppId: unknown): JsonObject {
  const { id, name, description, allow_fullscreen_toggle, requires_fullscreen, toggle_location } = row;
  return { id, name, description, url, is_default: id === defaultAppId, allow_fullscreen_toggle, requires_fullscreen, toggle_location };
}

function knownParts(request: ServiceRequest, { envelope, settings }: EnvironmentParts): JsonObject {
  const { time, date, datetime, timestamp } = settings.formats;
  return {
    platform: platform(settings),
    server: { server_os: process.platform, release: release(), version: version(), host: hostname(), machine: arch() },
    client: { user_agent: request.origin.userAgent ?? '', ip_address: request.origin.address, locale: 'en' },
    config: {
      always_wrap_resources: envelope.always,
      resources_wrapper: envelope.wrapper,
      db: {
        max_records_returned: settings.maxRecords,
        time_format: time,
        date_format: date,
        datetime_format: datetime,
        timestamp_format: timestamp,
      },
    },
  };
}

function platform(settings: SystemSettings): JsonObject {
  return {
    version: settings.version,
    bitnami_demo: false,
    is_hosted: settings.isHosted,
    is_trial: settings.isTrial,
    license: LICENCE_LEVEL,
    secured_package_export: true,
    // There is no key; that it is there at all is what the admin app asks for.
    license_key: false,
    install_type: settings.installType,
  };
}

const DRIVERS = { postgres: 'pgsql', mysql: 'mysql', sqlite: 'sqlite' } as const;

async function adminParts({ db, settings }: EnvironmentParts): Promise<JsonObject> {
  const rootAdmins = await db.count(userTable, all(equals('is_sys_admin', true), equals('is_root_admin', true)));
  return {
    platform: {
      ...platform(settings),
      db_driver: DRIVERS[db.dialect],
      ...(db.dialect === 'sqlite' && settings.sqliteStorage !== undefined && { sqlite_storage: settings.sqliteStorage }),
      install_path: settings.installPath,
      log_path: settings.logPath,
      app_debug: settings.debug,
      log_mode: settings.logChannel,
      log_level: settings.logLevel,
      cache_driver: settings.cacheDriver,
      packages: settings.packages.map(({ name, version: packageVersion }) => ({ name, version: packageVersion })),
      root_admin_exists: rootAdmins > 0,
    },
    php: { general: { server_api: 'node' }, core: { php_version: `node ${process.version}` } },
  };
}
