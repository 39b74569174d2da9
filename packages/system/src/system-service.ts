import type { SignOn } from '@headgate/access';
import type { Service, ServiceDeps, SystemResource } from '@headgate/core';
import type { RecordHandlerParts } from './records/record-handler.js';
import { recordHandler } from './records/record-handler.js';
import type { RecordResource } from './records/record-shape.js';
import { answerNotBuilt } from './resources/not-built.js';
import type { Mount } from './services/mount.js';
import { mountedService } from './services/mounted-service.js';

const RECORD_VERBS = ['get', 'post', 'patch', 'put', 'delete'];

export interface SystemServiceParts {
  readonly records: readonly RecordResource[];
  readonly handlers: RecordHandlerParts;
  readonly signOn: SignOn;
  /** Resources that are no records, beside those of the sign-on; of several with one name the last counts. */
  readonly resources: readonly Mount[];
}

/** The service `system` (system-service.md 2.1). */
export function systemService(deps: ServiceDeps, { records, handlers, signOn, resources }: SystemServiceParts): Service {
  const mounts = new Map<string, Mount>();
  for (const record of records) mounts.set(record.name, { resource: recordHandler(record, handlers), verbs: RECORD_VERBS, member: 'id' });
  mounts.set('admin/password', { resource: named(signOn.adminPassword, 'admin/password'), verbs: ['post'] });
  mounts.set('admin/profile', { resource: named(signOn.adminProfile, 'admin/profile'), verbs: ['get', 'post'] });
  mounts.set('admin/session', { resource: named(signOn.adminSession, 'admin/session'), verbs: ['get', 'post', 'put', 'delete'] });
  for (const mount of resources) mounts.set(mount.resource.name, mount);
  return mountedService(deps, {
    mounts: [...mounts].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, mount]) => mount),
    patternsOf: (name) => (name.includes('/') ? [name] : [`${name}/`, `${name}/*`]),
    otherwise: answerNotBuilt,
  });
}

const named = (resource: SystemResource, name: string): SystemResource => ({
  ...resource,
  name,
  handle: (request, path) => resource.handle(request, path),
});
