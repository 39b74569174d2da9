import type { SignOn } from '@headgate/access';
import type { Envelope, Service, ServiceDeps } from '@headgate/core';
import type { SystemDatabase } from '@headgate/system-db';
import { userCustomResource } from './resources/user-custom.js';
import { mountedService } from './services/mounted-service.js';

/** The service `user`: what people do with their own accounts (rest-core.md 5). */
export function userService(
  deps: ServiceDeps,
  parts: { readonly db: SystemDatabase; readonly envelope: Envelope; readonly signOn: SignOn },
): Service {
  const { userPassword, userProfile, register, userSession } = parts.signOn;
  return mountedService(deps, {
    mounts: [
      { resource: userPassword, verbs: ['post'] },
      { resource: userProfile, verbs: ['get', 'post'] },
      { resource: register, verbs: ['post'] },
      { resource: userSession, verbs: ['get', 'post', 'put', 'delete'] },
      { resource: userCustomResource(parts.db, parts.envelope), verbs: ['get', 'post', 'patch', 'put', 'delete'], member: 'name' },
    ],
    patternsOf: (name) => [`${name}/`],
  });
}
