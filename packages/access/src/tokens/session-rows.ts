import type { Change, Condition, Row } from '@headgate/system-db';
import { all, equals, revokedTokenTable, sessionTable, tokenMapTable, userSessionTable } from '@headgate/system-db';
import type { SessionClaims } from './claims.js';

export type SessionRow = Row<typeof sessionTable>;

/** Where a login came from, kept so that its user recognises it. */
export interface SessionOrigin {
  readonly appId: number | undefined;
  readonly address: string;
  readonly userAgent: string | undefined;
}

const LONGEST_ADDRESS = 64;
const LONGEST_USER_AGENT = 255;

/** Writes the rows of a new session and drops those of expired ones. */
export async function recordSession(
  change: Change,
  token: string,
  claims: SessionClaims,
  origin: SessionOrigin,
  now: number,
): Promise<void> {
  const { user_id, iat, exp, jti } = claims;
  const expired = (column: string): Condition => ({ kind: 'compare', column, operator: '<', value: now });
  await change.delete(sessionTable, expired('expires_at'));
  await change.delete(tokenMapTable, all(equals('user_id', user_id), expired('exp')));
  await change.insert(sessionTable, {
    jti,
    user_id,
    app_id: origin.appId ?? null,
    issued_at: iat,
    expires_at: exp,
    address: origin.address.slice(0, LONGEST_ADDRESS),
    user_agent: origin.userAgent?.slice(0, LONGEST_USER_AGENT) ?? null,
  });
  // The original finds a user's tokens here when it revokes them; nothing is ever decided by this row.
  await change.insert(tokenMapTable, { user_id, token, iat, exp });
}

/**
 * Marks one token as revoked until nothing could accept it any more. Answers false where it already was; throws `UniqueViolation` where
 * another change marks it at the same time.
 */
export async function revokeToken(change: Change, jti: string, userId: number, until: number, now: number): Promise<boolean> {
  await change.delete(revokedTokenTable, { kind: 'compare', column: 'expires_at', operator: '<', value: now });
  await change.delete(sessionTable, equals('jti', jti));
  if ((await change.findOne(revokedTokenTable, equals('jti', jti))) !== undefined) return false;
  await change.insert(revokedTokenTable, { jti, user_id: userId, expires_at: until });
  change.raise('revocation');
  return true;
}

/**
 * Ends all sessions of a user, as part of another change (new password, deactivation): ours by a higher session number, those of the
 * original by the time. `now` in seconds.
 */
export async function endSessions(change: Change, userId: number, now = Math.floor(Date.now() / 1000)): Promise<number> {
  const row = await change.findOne(userSessionTable, equals('user_id', userId));
  const next = (row?.session_number ?? 0) + 1;
  // A token of this very second is ended too.
  const values = { session_number: next, revoked_before: now + 1 };
  if (row === undefined) await change.insert(userSessionTable, { user_id: userId, ...values });
  else await change.update(userSessionTable, equals('user_id', userId), values);
  await change.delete(sessionTable, equals('user_id', userId));
  await change.delete(tokenMapTable, equals('user_id', userId));
  change.raise(`user:${userId}`);
  return next;
}
