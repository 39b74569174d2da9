import { randomInt } from 'node:crypto';
import { type HeadgateError, RefreshFailed, TokenExpired, TokenInvalid, TokenRevoked, UserGone, UserInactive } from '@headgate/core';
import type { Change, Configuration, SystemDatabase, SystemState, UserRecord } from '@headgate/system-db';
import { all, equals, sessionTable, tokenMapTable, UniqueViolation, userSessionTable, userTable } from '@headgate/system-db';
import type { AccessSettings } from '../settings.js';
import { type SessionClaims, subjectOf } from './claims.js';
import { endSessions, recordSession, revokeToken, type SessionOrigin, type SessionRow } from './session-rows.js';
import { openToken, signToken } from './signature.js';
import { VerifiedTokens } from './verified-tokens.js';

/** A token just made, and what it says. */
export interface IssuedToken {
  readonly token: string;
  readonly claims: SessionClaims;
}

export interface IssueOptions {
  /** Claim `iss`: the full URL of the call. */
  readonly issuer: string;
  readonly forever: boolean;
  readonly origin: SessionOrigin;
}

/** What is wrong with a token, in the contract's words; or whose it is. */
export type Verification =
  | { readonly ok: true; readonly claims: SessionClaims; readonly user: UserRecord }
  | { readonly ok: false; readonly problem: HeadgateError };

/** A session as `system/user/{id}/session` shows it; times in seconds since 1970. */
export type SessionListing = SessionRow;

/** Issues, verifies, refreshes and revokes session tokens (rest-core.md 4). */
export interface Tokens {
  /** Makes a token for a user and writes its session as part of a change. */
  issue(change: Change, userId: number, options: IssueOptions): Promise<IssuedToken>;
  /**
   * Whose a token is, under this configuration. Synchronous when the user is in memory. Throws `UserGone` and `UserInactive`; every
   * other problem is part of the answer (rest-core.md 3.8 rows 1 to 3).
   */
  verify(token: string, configuration: Configuration): Verification | Promise<Verification>;
  /** Exchanges a token, expired or not, for a new one (rest-core.md 4.5). Throws `RefreshFailed`. */
  refresh(token: string, options: Omit<IssueOptions, 'forever'>): Promise<IssuedToken>;
  /** Ends the session of one verified token. */
  revoke(token: string, claims: SessionClaims): Promise<void>;
  /** The unexpired sessions of a user, newest first. */
  listSessions(userId: number): Promise<SessionListing[]>;
  /** Ends one session of a user; false when there is none. */
  revokeSession(userId: number, jti: string): Promise<boolean>;
  /** Ends all sessions of a user, tokens of the original included. */
  revokeAll(userId: number): Promise<void>;
}

export interface TokenParts {
  readonly db: SystemDatabase;
  readonly state: SystemState;
  readonly settings: AccessSettings;
  /** Milliseconds since 1970; for tests. */
  readonly now?: () => number;
}

const JTI_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const JTI_LENGTH = 16;
const LEAST_SECRET_BYTES = 32;
/** Columns that never become claims, whatever `DF_JWT_USER_CLAIM` says. */
const HIDDEN_COLUMNS = new Set(['password', 'remember_token', 'security_answer', 'security_question', 'confirm_code', 'is_sys_admin']);

export function createTokens({ db, state, settings, now: milliseconds = Date.now }: TokenParts): Tokens {
  const secrets = secretsOf(settings);
  const verified = new VerifiedTokens();
  /** Refreshed tokens that go on for `blacklistGraceSeconds`, on this worker; entries die when their time is over. */
  const grace = new Map<string, number>();
  const now = () => Math.floor(milliseconds() / 1000);
  const refreshWindow = settings.jwtRefreshTtlMinutes * 60;

  const open = (token: string): SessionClaims => {
    const key = verified.keyOf(token);
    const known = verified.get(key);
    if (known !== undefined) return known;
    const claims = openToken(token, secrets, settings.jwtAlgorithm, now());
    verified.add(key, claims);
    return claims;
  };

  const isRevoked = (claims: SessionClaims, configuration: Configuration): boolean =>
    configuration.revokedTokens.has(claims.jti) && (grace.get(claims.jti) ?? 0) <= milliseconds();

  /** Until when a revocation must be known: nothing accepts the token after that. */
  const revokedUntil = (claims: SessionClaims) => Math.max(claims.exp, claims.iat + refreshWindow) + 60;

  const sign = async (change: Change, userId: number, options: { issuer: string; forever: boolean; iat: number }): Promise<IssuedToken> => {
    const user = await change.findOne(userTable, equals('id', userId));
    if (user === undefined) throw UserGone();
    const session = await change.findOne(userSessionTable, equals('user_id', userId));
    const issuedAt = now();
    const claims: SessionClaims = {
      iss: options.issuer,
      iat: options.iat,
      exp: issuedAt + settings.jwtTtlMinutes * 60,
      nbf: issuedAt,
      jti: randomId(),
      sub: subjectOf(user.email),
      user_id: userId,
      forever: options.forever,
      session_number: session?.session_number ?? 0,
    };
    const token = await signToken({ ...userClaims(user, settings.jwtUserClaims), ...claims }, secrets[0]!, settings.jwtAlgorithm);
    return { token, claims };
  };

  return {
    async issue(change, userId, { issuer, forever, origin }) {
      const issued = await sign(change, userId, { issuer, forever: forever && settings.allowForeverSessions, iat: now() });
      await recordSession(change, issued.token, issued.claims, origin, now());
      return issued;
    },

    verify(token, configuration) {
      let claims: SessionClaims;
      try {
        claims = open(token);
      } catch (problem) {
        return refused(problem);
      }
      if (claims.exp <= now()) return { ok: false, problem: TokenExpired() };
      if (isRevoked(claims, configuration)) return { ok: false, problem: TokenRevoked() };
      const user = state.user(claims.user_id);
      return user instanceof Promise ? user.then((record) => ownerOf(claims, record)) : ownerOf(claims, user);
    },

    async refresh(token, options) {
      const configuration = await state.current();
      let claims: SessionClaims;
      try {
        claims = open(token);
      } catch (problem) {
        throw RefreshFailed(reasonOf(problem));
      }
      if (claims.iat + refreshWindow <= now()) throw RefreshFailed('Token has expired and can no longer be refreshed');
      if (isRevoked(claims, configuration)) throw RefreshFailed('The token has been blacklisted');
      const record = await state.user(claims.user_id);
      if (record === undefined) throw RefreshFailed('User verification failed.');
      const owner = ownerOf(claims, record);
      if (!owner.ok) throw RefreshFailed(owner.problem.is(TokenRevoked) ? 'The token has been blacklisted' : 'User verification failed.');
      const forever = claims.forever && settings.allowForeverSessions;
      const exchange = async (change: Change): Promise<IssuedToken> => {
        const isFirst = await revokeToken(change, claims.jti, claims.user_id, revokedUntil(claims), now());
        if (!isFirst) throw RefreshFailed('The token has been blacklisted');
        await change.delete(tokenMapTable, all(equals('user_id', claims.user_id), equals('token', token)));
        const next = await sign(change, claims.user_id, { issuer: options.issuer, forever, iat: forever ? now() : claims.iat });
        await recordSession(change, next.token, next.claims, options.origin, now());
        return next;
      };
      // Of two refreshes of one token at once, only one gets a new token.
      const issued = await db.change(exchange).catch((error: unknown) => {
        throw error instanceof UniqueViolation ? RefreshFailed('The token has been blacklisted') : error;
      });
      allowGrace(claims.jti);
      return issued;
    },

    async revoke(token, claims) {
      await ignoreRepetition(
        db.change(async (change) => {
          await revokeToken(change, claims.jti, claims.user_id, revokedUntil(claims), now());
          await change.delete(tokenMapTable, all(equals('user_id', claims.user_id), equals('token', token)));
        }),
      );
    },

    listSessions: (userId) =>
      db.find(sessionTable, {
        where: all(equals('user_id', userId), { kind: 'compare', column: 'expires_at', operator: '>', value: now() }),
        order: [['issued_at', 'desc']],
      }),

    revokeSession: (userId, jti) =>
      db.change(async (change) => {
        const row = await change.findOne(sessionTable, all(equals('jti', jti), equals('user_id', userId)));
        if (row === undefined) return false;
        await revokeToken(change, jti, userId, Math.max(row.expires_at, row.issued_at + refreshWindow) + 60, now());
        return true;
      }),

    revokeAll: async (userId) => {
      await db.change((change) => endSessions(change, userId, now()));
    },
  };

  function allowGrace(jti: string): void {
    if (settings.blacklistGraceSeconds <= 0) return;
    for (const [known, until] of grace) if (until <= milliseconds()) grace.delete(known);
    grace.set(jti, milliseconds() + settings.blacklistGraceSeconds * 1000);
  }
}

/** The last checks of a token: those that need its user. */
function ownerOf(claims: SessionClaims, user: UserRecord | undefined): Verification {
  if (user === undefined) throw UserGone();
  if (!user.isActive) throw UserInactive();
  const isEnded = claims.session_number === undefined ? claims.iat < user.revokedBefore : claims.session_number !== user.sessionNumber;
  if (isEnded) return { ok: false, problem: TokenRevoked() };
  if (claims.sub !== subjectOf(user.email)) return { ok: false, problem: TokenInvalid('User verification failed.') };
  return { ok: true, claims, user };
}

function refused(problem: unknown): Verification {
  if (isTokenInvalid(problem)) return { ok: false, problem };
  throw problem;
}

function reasonOf(problem: unknown): string {
  if (!isTokenInvalid(problem)) throw problem;
  return problem.message.replace(/^Invalid token: /, '');
}

function isTokenInvalid(problem: unknown): problem is HeadgateError {
  return problem instanceof Error && 'is' in problem && (problem as HeadgateError).is(TokenInvalid);
}

/** The literal texts, prefix included: what the original signs with (rest-core.md 4.1). The first signs, all verify. */
function secretsOf(settings: AccessSettings): Uint8Array[] {
  const texts = settings.jwtSecret ? [settings.jwtSecret] : [settings.appKey, ...settings.previousKeys];
  const secrets = texts.map((text) => new TextEncoder().encode(text));
  if (secrets[0]!.length < LEAST_SECRET_BYTES)
    throw new Error(`the secret of session tokens must have at least ${LEAST_SECRET_BYTES} bytes`);
  return secrets;
}

/** Revoking twice at once is revoking. */
async function ignoreRepetition(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof UniqueViolation)) throw error;
  }
}

function userClaims(user: Readonly<Record<string, unknown>>, columns: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    columns
      .filter((column) => Object.hasOwn(user, column) && !HIDDEN_COLUMNS.has(column) && user[column])
      .map((column) => [column, user[column]]),
  );
}

function randomId(): string {
  return Array.from({ length: JTI_LENGTH }, () => JTI_ALPHABET[randomInt(JTI_ALPHABET.length)]).join('');
}
