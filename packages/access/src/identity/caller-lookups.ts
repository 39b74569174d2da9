import type { AppIdentity, LookupSource, RoleAccess } from '@headgate/core';
import type { Configuration, LookupRecord, UserRecord } from '@headgate/system-db';
import type { AccessSettings } from '../settings.js';

/** Values by name, private ones apart: the private map is searched first where it may be (rest-core.md 6). */
interface LookupMaps {
  readonly shown: ReadonlyMap<string, string>;
  readonly hidden: ReadonlyMap<string, string>;
}

export type LookupSettings = Pick<
  AccessSettings,
  'publicUrl' | 'appName' | 'version' | 'confirmInviteUrl' | 'confirmRegisterUrl' | 'confirmResetUrl'
>;

export interface LookupContext {
  readonly configuration: Configuration;
  readonly settings: LookupSettings;
  readonly app: AppIdentity | undefined;
  readonly apiKey: string | undefined;
  readonly role: RoleAccess | undefined;
  readonly user: UserRecord | undefined;
  readonly sessionToken: string | undefined;
}

const API_VERSION = '2.0';

/** By configuration, app and role; die with the configuration. */
const shared = new WeakMap<Configuration, Map<string, LookupMaps>>();
/** Die with the user's record. */
const own = new WeakMap<UserRecord, LookupMaps>();

/** The lookups of one caller: built-in names first, then user, role, app and system, the narrower owner winning. */
export function callerLookups(context: LookupContext): LookupSource {
  return {
    find(name, includePrivate) {
      const builtIn = findBuiltIn(name, context);
      if (builtIn !== undefined) return builtIn;
      const general = sharedLookups(context.configuration, context.app?.id, context.role?.id);
      const mine = context.user === undefined || context.user.lookups.length === 0 ? undefined : ownLookups(context.user);
      if (includePrivate) {
        const value = mine?.hidden.get(name) ?? general.hidden.get(name);
        if (value !== undefined) return value;
      }
      return mine?.shown.get(name) ?? general.shown.get(name);
    },
  };
}

/** What the whole system knows, without any caller: for the texts of service configurations. */
export function systemLookups(configuration: Configuration, settings: LookupSettings): LookupSource {
  return callerLookups({
    configuration,
    settings,
    app: undefined,
    apiKey: undefined,
    role: undefined,
    user: undefined,
    sessionToken: undefined,
  });
}

function sharedLookups(configuration: Configuration, appId: number | undefined, roleId: number | undefined): LookupMaps {
  let byOwner = shared.get(configuration);
  if (byOwner === undefined) {
    byOwner = new Map();
    shared.set(configuration, byOwner);
  }
  const key = `${appId ?? ''}:${roleId ?? ''}`;
  let maps = byOwner.get(key);
  if (maps === undefined) {
    const { lookups } = configuration;
    maps = compile([
      ...lookups.filter((lookup) => lookup.appId === null && lookup.roleId === null && lookup.userId === null),
      ...lookups.filter((lookup) => lookup.appId !== null && lookup.appId === appId),
      ...lookups.filter((lookup) => lookup.roleId !== null && lookup.roleId === roleId),
    ]);
    byOwner.set(key, maps);
  }
  return maps;
}

function ownLookups(user: UserRecord): LookupMaps {
  let maps = own.get(user);
  if (maps === undefined) {
    maps = compile(user.lookups);
    own.set(user, maps);
  }
  return maps;
}

/** Later ones win. */
function compile(lookups: readonly LookupRecord[]): LookupMaps {
  const shown = new Map<string, string>();
  const hidden = new Map<string, string>();
  for (const { name, value, isPrivate } of lookups) if (value !== null) (isPrivate ? hidden : shown).set(name, value);
  return { shown, hidden };
}

function findBuiltIn(name: string, context: LookupContext): string | undefined {
  const dot = name.indexOf('.');
  if (dot < 0) return undefined;
  const field = name.slice(dot + 1);
  switch (name.slice(0, dot)) {
    case 'session':
      return field === 'token' || field === 'id' ? context.sessionToken : undefined;
    case 'user':
      return context.user === undefined ? undefined : userField(context.user, field);
    case 'role':
      return context.role === undefined
        ? undefined
        : field === 'id'
          ? String(context.role.id)
          : field === 'name'
            ? context.role.name
            : undefined;
    case 'app':
      return context.app === undefined
        ? undefined
        : field === 'id'
          ? String(context.app.id)
          : field === 'api_key'
            ? context.apiKey
            : undefined;
    case 'df':
      return systemField(context.settings, field);
    default:
      return undefined;
  }
}

function userField(user: UserRecord, field: string): string | undefined {
  switch (field) {
    case 'id':
      return String(user.id);
    case 'name':
    case 'display_name':
      return user.name;
    case 'username':
      return user.username ?? undefined;
    case 'first_name':
      return user.firstName ?? undefined;
    case 'last_name':
      return user.lastName ?? undefined;
    case 'email':
      return user.email;
    case 'is_sys_admin':
      return user.isSysAdmin ? '1' : '0';
    case 'last_login_date':
      return user.lastLoginDate ?? undefined;
    case 'ldap_username':
      return user.ldapUsername ?? undefined;
    default:
      return undefined;
  }
}

function systemField(settings: LookupSettings, field: string): string | undefined {
  switch (field) {
    case 'host_url':
      return settings.publicUrl;
    case 'name':
      return settings.appName;
    case 'version':
      return settings.version;
    case 'api_version':
      return API_VERSION;
    case 'confirm_invite_url':
      return settings.publicUrl + settings.confirmInviteUrl;
    case 'confirm_register_url':
      return settings.publicUrl + settings.confirmRegisterUrl;
    case 'confirm_reset_url':
      return settings.publicUrl + settings.confirmResetUrl;
    default:
      return undefined;
  }
}
