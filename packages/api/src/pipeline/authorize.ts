import { authorize as authorizeCaller, refuseBadToken, unknownService } from '@headgate/access';
import type { Caller, ServiceAccess } from '@headgate/core';
import { componentOf, MethodNotAllowed, ServiceNotFound } from '@headgate/core';
import type { Received } from './received.js';
import type { FoundService, Services } from './services.js';

/** What a call may do: see the list of services, or work with one of them. */
export type Authorized =
  | { readonly kind: 'root' }
  | { readonly kind: 'service'; readonly service: FoundService; readonly access: ServiceAccess };

const ROOT: Authorized = Object.freeze({ kind: 'root' });

/** Lets the call pass, or throws the refusal of rest-core.md 3.8. The list of services is open to all but a bad token. */
export function authorize(received: Received, caller: Caller, services: Services): Authorized {
  const { route, verb } = received;
  if (route.kind === 'root') {
    refuseBadToken(caller);
    if (verb !== 'GET') throw MethodNotAllowed(verb);
    return ROOT;
  }
  const service = services.find(route.service, caller);
  const target = service?.target ?? unknownService(route.service);
  const access = authorizeCaller(caller, target, verb, componentOf(route.path), caller.requestor);
  if (service === undefined) throw ServiceNotFound(route.service);
  return { kind: 'service', service, access };
}
