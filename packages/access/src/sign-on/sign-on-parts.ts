import type { Logger, ServiceRequest } from '@headgate/core';
import { BadRequest, bodyObject, RequestOptions } from '@headgate/core';
import type { Row, SystemDatabase, SystemState, userTable } from '@headgate/system-db';
import { type IdentifiedCaller, isIdentified } from '../identity/caller.js';
import type { Passwords } from '../passwords/passwords.js';
import type { AccessSettings } from '../settings.js';
import type { LoginThrottle } from '../throttle/login-throttle.js';
import type { SessionOrigin } from '../tokens/session-rows.js';
import type { Tokens } from '../tokens/tokens.js';

/** What the sign-on resources work with. */
export interface SignOnParts {
  readonly db: SystemDatabase;
  readonly state: SystemState;
  readonly settings: AccessSettings;
  readonly tokens: Tokens;
  readonly passwords: Passwords;
  readonly throttle: LoginThrottle;
  readonly log: Logger;
}

export type UserRow = Row<typeof userTable>;

/** Which accounts a resource serves: `user/*` those of users, `system/admin/*` those of administrators. */
export type Side = 'user' | 'admin';

export function sideOf(user: { readonly is_sys_admin: boolean }): Side {
  return user.is_sys_admin ? 'admin' : 'user';
}

/** The options of a sign-on call; the body wins over the query. */
export function optionsOf(request: ServiceRequest): RequestOptions {
  return new RequestOptions(request.parameters, bodyObject(request.body), 'body');
}

const LONGEST_FIELD = 8192;

/** A field of the body as text; undefined when it is missing, empty or no text. */
export function textField(request: ServiceRequest, name: string): string | undefined {
  const value = bodyObject(request.body)[name];
  if (typeof value === 'string') {
    if (value.length > LONGEST_FIELD) throw BadRequest(`The field '${name}' is too long.`);
    // PostgreSQL refuses texts with NUL, even to compare with.
    if (value.includes('\0')) throw BadRequest(`The field '${name}' must not contain NUL characters.`);
    return value === '' ? undefined : value;
  }
  return typeof value === 'number' ? String(value) : undefined;
}

export function identified(request: ServiceRequest): IdentifiedCaller | undefined {
  return isIdentified(request.caller) ? request.caller : undefined;
}

/** Claim `iss`: the URL of the call as the installation is publicly known, never as a Host header says. */
export function issuerOf(settings: AccessSettings, side: Side): string {
  return `${settings.publicUrl}/${settings.apiRoutePrefix}/v2/${side === 'admin' ? 'system/admin' : 'user'}/session`;
}

export function originOf(request: ServiceRequest): SessionOrigin {
  return { appId: request.caller.app?.id, address: request.origin.address, userAgent: request.origin.userAgent };
}

/** A time as the system database and session documents write it: UTC to the second. */
export function timeText(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ');
}
