import { AccessForbidden, ALL_VERBS, allows, componentOf, type ServiceRequest, type VerbMask } from '@headgate/core';

/** The verbs that the caller has on a path of the service, of those that resources know. */
export function verbsOn(request: ServiceRequest, ...path: string[]): VerbMask {
  return request.access.verbsFor(componentOf(path), request.requestor) & ALL_VERBS;
}

/** For paths that a call names besides its own, as `ids` do. Throws `AccessForbidden`. */
export function requireVerb(request: ServiceRequest, ...path: string[]): void {
  if (!allows(verbsOn(request, ...path), request.verb)) throw AccessForbidden(request.verb, componentOf(path), request.service, true);
}
