import type { Passwords, SignOn } from '@headgate/access';
import type { Caller, Envelope, JsonObject, Logger, LookupSource, Parameters, ServiceDeps, SystemResource } from '@headgate/core';
import { isTruthy, recordsOf } from '@headgate/core';
import type { Configuration, SystemDatabase, SystemState } from '@headgate/system-db';
import { apiDocsService } from './api-docs/api-docs-service.js';
import { callOf } from './records/record-call.js';
import { recordHandler } from './records/record-handler.js';
import type { RecordResource, RecordShape } from './records/record-shape.js';
import { relationsBetween } from './records/relations.js';
import { accountShape } from './resources/account.js';
import { adminResource } from './resources/admin.js';
import { appResource } from './resources/app.js';
import { assignmentShape } from './resources/assignment.js';
import { cacheResource } from './resources/cache.js';
import { constantResource } from './resources/constant.js';
import { corsResource } from './resources/cors.js';
import { customResource, userCustomShape } from './resources/custom.js';
import { emailTemplateResource } from './resources/email-template.js';
import { environmentResource } from './resources/environment.js';
import { eventResource } from './resources/event.js';
import { lookupResource, lookupShape } from './resources/lookup.js';
import { roleResource } from './resources/role.js';
import { roleAccessShape } from './resources/role-access.js';
import { serviceResource } from './resources/service.js';
import { serviceDocShape } from './resources/service-doc.js';
import { tryService } from './resources/service-trial.js';
import { serviceTypeResource } from './resources/service-type.js';
import type { Sessions } from './resources/sessions.js';
import { handleSessions } from './resources/sessions.js';
import type { ShapeParts } from './resources/shape-parts.js';
import { userResource } from './resources/user.js';
import { EscalationGuard } from './rights/escalation.js';
import type { ServiceTypeRegistry } from './service-types/registry.js';
import type { ServiceManager } from './services/manager.js';
import { createServiceManager } from './services/manager.js';
import type { Mount } from './services/mount.js';
import { listServices } from './services/service-list.js';
import type { SystemSettings } from './settings.js';
import { systemService } from './system-service.js';
import { userService } from './user-service.js';

export interface SystemParts {
  readonly db: SystemDatabase;
  readonly state: SystemState;
  readonly types: ServiceTypeRegistry;
  readonly envelope: Envelope;
  readonly settings: SystemSettings;
  readonly log: Logger;
  readonly signOn: SignOn;
  readonly sessions: Sessions;
  readonly passwords: Pick<Passwords, 'hash'>;
  /** What the texts of service configurations may use. */
  readonly systemLookups: (configuration: Configuration) => LookupSource;
  /** Resources of other packages below `system`. */
  readonly resources?: readonly Mount[];
}

/** The services of an installation, those named `system` and `user` among them. */
export interface System {
  readonly services: ServiceManager;
  /** `GET /api/v2`; `caller` undefined for nobody (rest-core.md 1.4). */
  listServices(caller: Caller | undefined, parameters: Parameters, configuration?: Configuration): JsonObject;
  close(): Promise<void>;
}

export function createSystem(parts: SystemParts): System {
  const { db, state, types, envelope, settings, log } = parts;
  const services: ServiceManager = createServiceManager({
    state,
    types,
    envelope,
    log,
    lookupModifiers: settings.lookupModifiers,
    systemLookups: parts.systemLookups,
    builtIn: new Map([
      ['system', (deps: ServiceDeps) => openSystemService(deps, parts, services)],
      ['user', (deps: ServiceDeps) => userService(deps, { db, envelope, signOn: parts.signOn })],
      [
        'swagger',
        (deps: ServiceDeps) =>
          apiDocsService(deps, {
            db,
            types,
            envelope,
            log,
            configuration: () => state.latest,
            prefix: settings.apiPrefix,
            open: (record) => services.open(record),
          }),
      ],
    ]),
  });
  return {
    services,
    listServices: (caller, parameters, configuration = state.latest) =>
      listServices(caller, parameters, configuration, types, settings.apiPrefix),
    close: () => services.close(),
  };
}

function openSystemService(deps: ServiceDeps, parts: SystemParts, services: ServiceManager) {
  const { db, state, types, envelope, settings, log } = parts;
  const configuration = () => state.latest;
  const guard = new EscalationGuard(configuration);
  const shapeParts: ShapeParts = { db, configuration, settings, guard, types, hashPassword: (text) => parts.passwords.hash(text) };

  const account = accountShape(shapeParts);
  const role = roleResource(shapeParts);
  const app = appResource(shapeParts);
  const service = serviceResource(shapeParts);
  const nested: RecordShape[] = [roleAccessShape(shapeParts), lookupShape, assignmentShape(shapeParts), userCustomShape, serviceDocShape];
  const relations = relationsBetween([account, role, app, service, ...nested, corsResource, customResource, emailTemplateResource]);
  const handlers = { db, envelope, log, maxRecords: settings.maxRecords, lookupModifiers: settings.lookupModifiers, relations };

  const accounts = [adminResource(account, shapeParts), userResource(account, shapeParts)];
  const withSessions = accounts.map(
    (resource): Mount => ({
      resource: accountHandler(resource, recordHandler(resource, handlers), parts, guard),
      verbs: RECORD_VERBS,
      member: 'id',
    }),
  );
  return systemService(deps, {
    records: [app, corsResource, customResource, emailTemplateResource, lookupResource, role],
    handlers,
    signOn: parts.signOn,
    resources: [
      ...withSessions,
      { resource: serviceHandler(recordHandler(service, handlers), parts), verbs: RECORD_VERBS, member: 'id' },
      { resource: serviceTypeResource(types, db), verbs: ['get'], member: 'name' },
      { resource: constantResource, verbs: ['get'], member: 'name' },
      { resource: cacheResource(db, configuration), verbs: ['get', 'delete'], member: 'name' },
      { resource: environmentResource({ db, state, types, envelope, settings }), verbs: ['get'] },
      {
        resource: eventResource({ configuration, log, eventsOf: async (record) => (await services.open(record).events?.()) ?? [] }),
        verbs: ['get'],
      },
      ...(parts.resources ?? []),
    ],
  });
}

const RECORD_VERBS = ['get', 'post', 'patch', 'put', 'delete'];

/** Users and administrators, with the sessions of each below its id. */
function accountHandler(
  resource: RecordResource,
  records: SystemResource,
  { db, sessions, envelope, log, settings }: SystemParts,
  guard: EscalationGuard,
): SystemResource {
  return {
    ...records,
    async handle(request, path) {
      if (path[1]?.toLowerCase() !== 'session') return records.handle(request, path);
      const call = callOf(request, recordsOf(request.body, envelope), { log, lookupModifiers: settings.lookupModifiers });
      resource.guard?.(call);
      return handleSessions(request, path, {
        db,
        sessions,
        resource: resource.name,
        isSysAdmin: resource.name === 'admin',
        demand: (_request, userId) => guard.demandReachableUser(call, db, userId),
      });
    },
  };
}

/** Services, with the trial run of a configuration. */
function serviceHandler(records: SystemResource, parts: SystemParts): SystemResource {
  const { db, state, types, envelope, settings, log } = parts;
  return {
    ...records,
    async handle(request, path) {
      const isWrite = request.verb === 'POST' || request.verb === 'PUT' || request.verb === 'PATCH';
      const { options } = recordsOf(request.body, envelope);
      if (!isWrite || path.length > 1 || !isTruthy(request.parameters.get('dry_run') ?? options.dry_run))
        return records.handle(request, path);
      return tryService(request, path[0], {
        db,
        types,
        envelope,
        log,
        lookupModifiers: settings.lookupModifiers,
        systemLookups: () => parts.systemLookups(state.latest),
        maySee: ({ access, caller }, id) => access.isAdmin || caller.role?.mayList(id) === true,
      });
    },
  };
}
