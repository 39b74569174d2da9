import type { JsonObject, RoleAccess } from '@headgate/core';
import type { AccessSettings } from '../settings.js';
import { timeText, type UserRow } from './sign-on-parts.js';

export interface SessionFacts {
  readonly user: UserRow;
  readonly token: string | undefined;
  /** Seconds since 1970: the token's own expiry. */
  readonly expiresAt: number | undefined;
  /** Left out of the answer to a refresh. */
  readonly role: RoleAccess | undefined;
  /** Whether to say `is_root_admin`: to DreamFactory's admin app, about an administrator without any role assignment. */
  readonly showsRootAdmin: boolean;
}

/** The session document (rest-core.md 5.1). */
export function sessionDocument({ user, token, expiresAt, role, showsRootAdmin }: SessionFacts, settings: AccessSettings): JsonObject {
  return {
    session_token: token ?? null,
    // Clients of 1.x read the token here.
    session_id: token ?? null,
    id: user.id,
    name: user.name,
    first_name: user.first_name,
    last_name: user.last_name,
    email: user.email,
    is_sys_admin: user.is_sys_admin,
    last_login_date: user.last_login_date,
    host: settings.hostName,
    token_expiry_date: expiresAt === undefined ? null : timeText(expiresAt * 1000),
    ...(role !== undefined && { role: role.name, role_id: role.id }),
    ...(showsRootAdmin && { is_root_admin: true }),
  };
}
