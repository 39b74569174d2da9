import type { Caller, HeadgateError, Requestor, ServiceAccess, Verb } from '@headgate/core';
import {
  AccessForbidden,
  ADMIN_ACCESS,
  allows,
  NoApiKey,
  NoCredentials,
  NoRole,
  NoSessionToken,
  NotAuthenticated,
  RoleInactive,
  ServiceInactive,
  ServiceNotFound,
} from '@headgate/core';
import { isIdentified } from '../identity/caller.js';
import { NO_ACCESS } from './compile-role.js';
import { isPublicCall } from './public-calls.js';

/** The service that a call is for. Without `id`: the URL names a service that does not exist. */
export interface AccessTarget {
  readonly id: number | undefined;
  readonly name: string;
  readonly type: string;
  readonly isActive: boolean;
}

/** No service has this id: what an unknown service is measured with, so that only rows for all services can open it. */
const UNKNOWN_SERVICE = 0;

/** The target of a call whose service does not exist. */
export function unknownService(name: string): AccessTarget {
  return { id: undefined, name, type: '', isActive: true };
}

/**
 * Lets a call pass or throws what rest-core.md 3.8 answers, in its order and with its texts. `component` is `componentOf` the path.
 * Answers the caller's access to the service, for the deeper checks of its handlers.
 */
export function authorize(caller: Caller, target: AccessTarget, verb: Verb, component: string, requestor: Requestor): ServiceAccess {
  refuseBadToken(caller);
  const access = accessOf(caller, target);
  const allowed = allows(access.verbsFor(component, requestor), verb) || isOpen(access, target, verb, component, requestor);
  if (!allowed) throw refusal(caller, target.name, verb, component);
  if (target.id === undefined) throw ServiceNotFound(target.name);
  if (!target.isActive) throw ServiceInactive(target.name);
  return access;
}

/** Throws what is wrong with the session token, if anything: public calls and the list of services are refused too. */
export function refuseBadToken(caller: Caller): void {
  if (isIdentified(caller) && caller.tokenProblem !== undefined) throw caller.tokenProblem;
}

/** What a caller may do with a service, allowed to call it or not. */
export function accessOf(caller: Caller, service: { readonly id: number | undefined }): ServiceAccess {
  if (caller.isAdmin) return ADMIN_ACCESS;
  return caller.role === undefined ? NO_ACCESS : caller.role.service(service.id ?? UNKNOWN_SERVICE);
}

/** The check of a handler that looks deeper than the URL (a related table, a nested write). `component` as roles name it. */
export function checkDeep(access: ServiceAccess, service: string, verb: Verb, component: string, requestor: Requestor): void {
  if (!allows(access.verbsFor(component, requestor), verb)) throw AccessForbidden(verb, component, service, true);
}

function isOpen(access: ServiceAccess, target: AccessTarget, verb: Verb, component: string, requestor: Requestor): boolean {
  if (target.id === undefined) return false;
  if (isPublicCall(target.type, component, verb)) return true;
  // The list of tables shows only those that the caller may see, so that any right to read lets it through.
  return component === '_schema' && (verb === 'GET' || verb === 'HEAD') && access.allowsAnywhere('GET', requestor);
}

function refusal(caller: Caller, service: string, verb: Verb, component: string): HeadgateError {
  const hasKey = caller.apiKey !== undefined;
  const hasUser = caller.user !== undefined || caller.sessionToken !== undefined;
  if (!hasKey && !hasUser) return NoCredentials();
  if (caller.role === undefined) {
    if (!hasKey) return NoApiKey();
    return hasUser ? NoRole() : NoSessionToken();
  }
  if (!caller.role.isActive) return RoleInactive();
  return caller.user === undefined ? NotAuthenticated() : AccessForbidden(verb, component, service);
}
