import { InvalidCredentials, type RoleAccess, type ServiceRequest, SessionRoleInactive } from '@headgate/core';
import type { Change, Configuration, Values } from '@headgate/system-db';
import { equals, userTable } from '@headgate/system-db';
import { isUnrestricted, roleOf } from '../identity/identity.js';
import type { IssuedToken } from '../tokens/tokens.js';
import { issuerOf, originOf, type Side, type SignOnParts, sideOf, timeText, type UserRow } from './sign-on-parts.js';

export interface LoginInput {
  /** What was typed as email or user name, by the login attribute. */
  readonly account: string;
  readonly password: string;
  readonly forever: boolean;
  readonly side: Side;
}

export interface Login {
  readonly user: UserRow;
  readonly issued: IssuedToken;
  readonly role: RoleAccess | undefined;
  readonly isUnrestricted: boolean;
}

/** Checks a password and begins a session. Every refusal is the same, whether the account exists, is active, or is of the other side. */
export async function login(parts: SignOnParts, request: ServiceRequest, input: LoginInput): Promise<Login> {
  const { db, settings, passwords, throttle, state } = parts;
  const attempt = await throttle.begin(input.account, request.origin.address);
  try {
    const found = await db.findOne(userTable, equals(settings.loginAttribute, input.account));
    const isRight = await passwords.verify(input.password, found?.password);
    if (found === undefined || !isRight) {
      attempt.failed();
      throw InvalidCredentials();
    }
    // The admin app tries every administrator as a user first: a right password on the wrong side is no failure.
    if (sideOf(found) !== input.side || !found.is_active) throw InvalidCredentials();
    const record = await state.user(found.id);
    if (record === undefined) throw InvalidCredentials();
    const unrestricted = isUnrestricted(record);
    const role = unrestricted ? undefined : await roleFor(parts, request, record);
    if (role !== undefined && !role.isActive) throw SessionRoleInactive();

    const values: Values<typeof userTable> = { last_login_date: timeText(Date.now()), confirm_code: null };
    if (found.password !== null && passwords.needsRehash(found.password)) values.password = await passwords.hash(input.password);
    const issued = await db.change(async (change) => {
      await change.update(userTable, equals('id', found.id), values);
      return beginSession(parts, change, request, found.id, input.side, input.forever);
    });
    attempt.succeeded();
    return { user: { ...found, ...values }, issued, role, isUnrestricted: unrestricted };
  } finally {
    attempt.neutral();
  }
}

/** A new session for a user whose identity is proved, as part of a change. */
export function beginSession(
  { tokens, settings }: SignOnParts,
  change: Change,
  request: ServiceRequest,
  userId: number,
  side: Side,
  forever = false,
): Promise<IssuedToken> {
  return tokens.issue(change, userId, { issuer: issuerOf(settings, side), forever, origin: originOf(request) });
}

async function roleFor(
  { state }: SignOnParts,
  request: ServiceRequest,
  record: Parameters<typeof roleOf>[2],
): Promise<RoleAccess | undefined> {
  const appId = request.caller.app?.id;
  if (appId === undefined) return undefined;
  const configuration: Configuration = await state.current();
  return roleOf(configuration, configuration.apps.get(appId), record);
}
