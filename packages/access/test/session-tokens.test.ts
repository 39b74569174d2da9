import type { Configuration } from '@headgate/system-db';
import { equals, revokedTokenTable, sessionTable, tokenMapTable, userTable } from '@headgate/system-db';
import { jwtVerify, SignJWT } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import { type AccessSettings, subjectOf, type Tokens } from '../src/index.js';
import { type AccessTestParts, accessParts, insertUser, SETTINGS } from './support/fixtures.js';
import { MemoryDatabase } from './support/memory-database.js';
import { MemoryState } from './support/memory-state.js';

/** The vector of rest-core.md 4.1, signed by the original with the key of SETTINGS. */
const VECTOR =
  'eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJodHRwOi8vbG9jYWxob3N0L2FwaS92Mi91c2VyL3Nlc3Npb24iLCJpYXQiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDA4NjQwMCwibmJmIjoxNzAwMDAwMDAwLCJqdGkiOiJBYkNkRWZHaElqS2xNbk9wIiwic3ViIjoiYjU4OTk2YzUwNGM1NjM4Nzk4ZWI2YjUxMWU2ZjQ5YWYiLCJ1c2VyX2lkIjo3LCJmb3JldmVyIjpmYWxzZX0.EYSqV_1GIX-UuhpXVtR5yf7cHdRYdadvlCRby9AHW8g';

/** A token that DreamFactory 7.7.0 issued, and the key of that throw-away installation. */
const RECORDED = {
  appKey: 'base64:HFnHHkHmcQ+mO76U+QsD6AGkWtlj2ro9lk9cYMsX720=',
  token:
    'eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIwOGVhNWMxODIwNmU4MDA2YTVmM2NhNjdlNWQ4NDRkZCIsImlzcyI6Imh0dHA6Ly8xMjcuMC4wLjE6ODA5MC9hcGkvdjIvdXNlci9zZXNzaW9uIiwiaWF0IjoxNzk1MjM1NTY0LCJleHAiOjE3OTUzMjE5NjQsIm5iZiI6MTc5NTIzNTU2NCwianRpIjoiSnVOa0o3aXZMWlR0QXJXNCIsInVzZXJfaWQiOjMzNTcsImZvcmV2ZXIiOmZhbHNlfQ.LpUk-63mWqueDV_a01GA6lyfBs4UMXU0WBOk6Q6y67k',
  issuedAt: 1795235564,
  userId: 3357,
};

const ORIGIN = { appId: undefined, address: '127.0.0.1', userAgent: 'vitest' };
const OPTIONS = { issuer: 'http://localhost:8080/api/v2/user/session', forever: false, origin: ORIGIN };
const JANE = 1;

let db: MemoryDatabase;
let state: MemoryState;
let parts: AccessTestParts;

async function start(settings: Partial<AccessSettings> = {}): Promise<Tokens> {
  db = new MemoryDatabase();
  state = new MemoryState(db);
  parts = accessParts(db, state, settings);
  await insertUser(parts);
  return parts.tokens;
}

const issue = (tokens: Tokens, forever = false) => db.change((change) => tokens.issue(change, JANE, { ...OPTIONS, forever }));

function configuration(): Configuration {
  return state.current() as Configuration;
}

async function problemOf(tokens: Tokens, token: string): Promise<string> {
  const outcome = await tokens.verify(token, configuration());
  return outcome.ok ? 'none' : `${outcome.problem.status} ${outcome.problem.message}`;
}

const secretOf = (text: string) => new TextEncoder().encode(text);

/** A token as anyone with the secret could make it. */
function forge(changes: Record<string, unknown> = {}, { secret = SETTINGS.appKey, alg = 'HS256' } = {}): Promise<string> {
  const now = parts.clock.milliseconds / 1000;
  const claims = {
    iat: now,
    exp: now + 60,
    nbf: now,
    jti: 'x',
    sub: subjectOf('jane@example.com'),
    user_id: JANE,
    forever: false,
    ...changes,
  };
  const kept = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
  return new SignJWT(kept).setProtectedHeader({ typ: 'JWT', alg }).sign(secretOf(secret));
}

describe('a session token', () => {
  let tokens: Tokens;
  beforeEach(async () => {
    tokens = await start();
  });

  it('is signed so that jose and node:crypto agree', async () => {
    const { token, claims } = await issue(tokens);
    const { payload, protectedHeader } = await jwtVerify(token, secretOf(SETTINGS.appKey), {
      currentDate: new Date(parts.clock.milliseconds),
    });
    expect(protectedHeader).toEqual({ typ: 'JWT', alg: 'HS256' });
    expect(payload).toEqual({ ...claims });
    expect(payload).toMatchObject({
      iss: OPTIONS.issuer,
      sub: subjectOf('jane@example.com'),
      user_id: JANE,
      forever: false,
      session_number: 0,
    });
    expect(payload.jti).toMatch(/^[A-Za-z0-9]{16}$/);
    expect(await tokens.verify(token, configuration())).toMatchObject({ ok: true, user: { id: JANE } });
    expect(await tokens.verify(await forge(), configuration())).toMatchObject({ ok: true });
  });

  it('is verified synchronously when its user is in memory, cold and warm', async () => {
    const { token } = await issue(tokens);
    for (const _ of ['cold', 'warm']) expect(tokens.verify(token, configuration())).not.toBeInstanceOf(Promise);
  });

  it.each([
    ['garbage', 'Wrong number of segments'],
    ['abc.def', 'Wrong number of segments'],
    ['a.b.c.d', 'Wrong number of segments'],
    ['a.b.', 'Malformed token'],
    ['a. b.c', 'Malformed token'],
    [`a.${'b'.repeat(10_000)}.c`, 'Malformed token'],
    ['a*.b.c', 'Could not decode token: a segment is not base64url.'],
    ['abc.def.ghi', 'Could not decode token: a segment is not JSON.'],
  ])('that is %s is refused', async (token, reason) => {
    expect(await problemOf(tokens, token)).toBe(`401 Invalid token: ${reason}`);
  });

  it('with another signature, key, algorithm or none is refused', async () => {
    const wrong = '401 Invalid token: Token Signature could not be verified.';
    const { token } = await issue(tokens);
    expect(await problemOf(tokens, `${token}x`)).toBe(wrong);
    expect(await problemOf(tokens, await forge({}, { secret: `${SETTINGS.appKey}!` }))).toBe(wrong);
    expect(await problemOf(tokens, await forge({}, { alg: 'HS512' }))).toBe(wrong);
    const [, payload, signature] = token.split('.');
    for (const alg of ['none', 'nOnE']) {
      const header = Buffer.from(JSON.stringify({ typ: 'JWT', alg })).toString('base64url');
      expect(await problemOf(tokens, `${header}.${payload}.${signature}`)).toBe(wrong);
    }
  });

  it('whose signature is another text of the same bytes is refused', async () => {
    const { token } = await issue(tokens);
    const last = token.at(-1)!;
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    // The last character of 32 bytes carries two bits that mean nothing.
    const twin = token.slice(0, -1) + alphabet[alphabet.indexOf(last) ^ 1];
    expect(Buffer.from(twin.split('.')[2]!, 'base64url')).toEqual(Buffer.from(token.split('.')[2]!, 'base64url'));
    expect(await problemOf(tokens, twin)).toContain('Signature');
  });

  it.each(['iat', 'exp', 'sub', 'user_id', 'forever'])('without %s is refused', async (claim) => {
    expect(await problemOf(tokens, await forge({ [claim]: undefined }))).toBe(
      '401 Invalid token: JWT payload does not contain the required claims',
    );
  });

  it('from the future is refused beyond 90 seconds', async () => {
    const now = parts.clock.milliseconds / 1000;
    expect(await problemOf(tokens, await forge({ iat: now + 89, nbf: now + 89 }))).toBe('none');
    expect(await problemOf(tokens, await forge({ iat: now + 91 }))).toBe(
      '401 Invalid token: Issued At (iat) timestamp cannot be in the future',
    );
    expect(await problemOf(tokens, await forge({ nbf: now + 91 }))).toBe(
      '401 Invalid token: Not Before (nbf) timestamp cannot be in the future',
    );
  });

  it('expires to the second, although it was verified before', async () => {
    const { token } = await issue(tokens);
    parts.clock.pass(1440 * 60 - 1);
    expect(await problemOf(tokens, token)).toBe('none');
    parts.clock.pass(1);
    expect(await problemOf(tokens, token)).toMatch(/^401 Token has expired/);
  });

  it('dies with a new email, and with its user', async () => {
    const { token } = await issue(tokens);
    db.rows(userTable)[0]!.email = 'other@example.com';
    expect(await problemOf(tokens, token)).toBe('401 Invalid token: User verification failed.');
    db.rows(userTable).length = 0;
    expect(() => tokens.verify(token, configuration())).toThrow('User not found.');
  });

  it('of an inactive user says so, whatever else ended', async () => {
    const { token } = await issue(tokens);
    await tokens.revokeAll(JANE);
    db.rows(userTable)[0]!.is_active = false;
    expect(() => tokens.verify(token, configuration())).toThrow('User is not active.');
  });

  it('of the original is accepted', async () => {
    await insertUser(parts, { id: 7, email: 'user@example.com' });
    expect(await tokens.verify(VECTOR, configuration())).toMatchObject({ ok: true, claims: { user_id: 7, session_number: undefined } });
  });

  it('of a recorded installation is accepted', async () => {
    tokens = await start({ appKey: RECORDED.appKey });
    parts.clock.milliseconds = RECORDED.issuedAt * 1000;
    await insertUser(parts, { id: RECORDED.userId, email: 'recorded@example.com' });
    // The recorded email is not known; that only the last check fails shows that all others passed.
    expect(await problemOf(tokens, RECORDED.token)).toBe('401 Invalid token: User verification failed.');
  });

  it('of a previous key is accepted, but not where tokens have a secret of their own', async () => {
    const { token } = await issue(tokens);
    const renewed = 'base64:bmV3IGtleSBuZXcga2V5IG5ldyBrZXkgbmV3IGtleTE=';
    expect(await problemOf(await start({ appKey: renewed, previousKeys: [SETTINGS.appKey] }), token)).toBe('none');
    expect(await problemOf(await start({ appKey: renewed }), token)).toContain('Signature');
    expect(await problemOf(await start({ jwtSecret: 'a secret of more than thirty-two bytes' }), token)).toContain('Signature');
  });

  it('carries the configured columns, never secret ones', async () => {
    tokens = await start({ jwtUserClaims: ['email', 'phone', 'password', 'confirm_code', 'exp'] });
    const { token } = await issue(tokens);
    const payload = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
    expect(payload.email).toBe('jane@example.com');
    expect(payload).not.toHaveProperty('password');
    expect(payload).not.toHaveProperty('phone');
    expect(payload.exp).toBe(parts.clock.milliseconds / 1000 + 86_400);
  });

  it('is not made with a short secret', async () => {
    await expect(start({ appKey: 'short' })).rejects.toThrow('32 bytes');
  });
});

describe('ending sessions', () => {
  const BLACKLISTED = /^403 The token has been blacklisted/;
  let tokens: Tokens;
  beforeEach(async () => {
    tokens = await start();
  });

  it('by revoking one leaves the others', async () => {
    const one = await issue(tokens);
    const two = await issue(tokens);
    await tokens.revoke(one.token, one.claims);
    await tokens.revoke(one.token, one.claims);
    expect(await problemOf(tokens, one.token)).toMatch(BLACKLISTED);
    expect(await problemOf(tokens, two.token)).toBe('none');
    expect(db.raised).toContain('revocation');
    expect(await db.count(sessionTable)).toBe(1);
    expect(await db.count(tokenMapTable)).toBe(1);
  });

  it('forgets revocations only when nothing could accept the token', async () => {
    const { token, claims } = await issue(tokens);
    await tokens.revoke(token, claims);
    expect((await db.findOne(revokedTokenTable, equals('jti', claims.jti)))?.expires_at).toBe(claims.iat + 20_160 * 60 + 60);
  });

  it('of a user ends all, those of the original too, and not later ones', async () => {
    const { token } = await issue(tokens);
    const original = await forge();
    await tokens.revokeAll(JANE);
    expect(await problemOf(tokens, token)).toMatch(BLACKLISTED);
    expect(await problemOf(tokens, original)).toMatch(BLACKLISTED);
    expect(await tokens.listSessions(JANE)).toEqual([]);
    expect(db.raised).toContain(`user:${JANE}`);
    parts.clock.pass(2);
    expect(await problemOf(tokens, (await issue(tokens)).token)).toBe('none');
    expect(await problemOf(tokens, await forge())).toBe('none');
  });

  it('lists the sessions of a user and revokes one by its id, never one of another user', async () => {
    const other = await insertUser(parts, { email: 'other@example.com' });
    const one = await issue(tokens);
    parts.clock.pass(5);
    const two = await issue(tokens);
    const listed = await tokens.listSessions(JANE);
    expect(listed.map((session) => session.jti)).toEqual([two.claims.jti, one.claims.jti]);
    expect(listed[0]).toMatchObject({ user_id: JANE, address: '127.0.0.1', user_agent: 'vitest', expires_at: two.claims.exp });
    expect(await tokens.revokeSession(other.id, one.claims.jti)).toBe(false);
    expect(await tokens.revokeSession(JANE, one.claims.jti)).toBe(true);
    expect(await problemOf(tokens, one.token)).toMatch(BLACKLISTED);
    expect(await problemOf(tokens, two.token)).toBe('none');
  });

  it('drops the rows of expired sessions at the next login', async () => {
    await issue(tokens);
    parts.clock.pass(1441 * 60);
    await issue(tokens);
    expect(await db.count(sessionTable)).toBe(1);
    expect(await db.count(tokenMapTable)).toBe(1);
  });
});

describe('refreshing', () => {
  const refresh = (tokens: Tokens, token: string) => tokens.refresh(token, { issuer: OPTIONS.issuer, origin: ORIGIN });

  it('keeps the first login and ends the old token', async () => {
    const tokens = await start();
    const first = await issue(tokens);
    parts.clock.pass(1440 * 60 + 5);
    const next = await refresh(tokens, first.token);
    expect(next.claims.iat).toBe(first.claims.iat);
    expect(next.claims.exp).toBe(first.claims.exp + 1440 * 60 + 5);
    expect(next.claims.jti).not.toBe(first.claims.jti);
    expect(await problemOf(tokens, next.token)).toBe('none');
    await expect(refresh(tokens, first.token)).rejects.toMatchObject({
      status: 401,
      message: 'Token refresh failed. The token has been blacklisted',
    });
    expect((await tokens.listSessions(JANE)).map((session) => session.jti)).toEqual([next.claims.jti]);
  });

  it('gives only one of two refreshes at once a new token', async () => {
    const tokens = await start();
    const { token } = await issue(tokens);
    const outcomes = await Promise.allSettled([refresh(tokens, token), refresh(tokens, token)]);
    expect(outcomes.map((outcome) => outcome.status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  it('ends 14 days after the login', async () => {
    const tokens = await start();
    const { token } = await issue(tokens);
    parts.clock.pass(20_160 * 60);
    await expect(refresh(tokens, token)).rejects.toThrow('Token has expired and can no longer be refreshed');
  });

  it('of a lasting session begins anew, where these are allowed', async () => {
    let tokens = await start({ allowForeverSessions: true });
    const { token, claims } = await issue(tokens, true);
    expect(claims.forever).toBe(true);
    parts.clock.pass(3600);
    const next = await refresh(tokens, token);
    expect(next.claims).toMatchObject({ forever: true, iat: claims.iat + 3600 });
    tokens = await start({ allowForeverSessions: false });
    expect((await issue(tokens, true)).claims.forever).toBe(false);
  });

  it('is refused for forged tokens, ended sessions and gone users', async () => {
    const tokens = await start();
    const { token } = await issue(tokens);
    await expect(refresh(tokens, 'garbage')).rejects.toThrow('Token refresh failed. Wrong number of segments');
    await expect(refresh(tokens, `${token}x`)).rejects.toThrow('Token refresh failed. Token Signature could not be verified.');
    await tokens.revokeAll(JANE);
    await expect(refresh(tokens, token)).rejects.toThrow('Token refresh failed. The token has been blacklisted');
    db.rows(userTable).length = 0;
    await expect(refresh(tokens, token)).rejects.toThrow('Token refresh failed. User verification failed.');
  });

  it('lets the old token go on for the grace period', async () => {
    const tokens = await start({ blacklistGraceSeconds: 10 });
    const { token } = await issue(tokens);
    await refresh(tokens, token);
    expect(await problemOf(tokens, token)).toBe('none');
    parts.clock.pass(10);
    expect(await problemOf(tokens, token)).toMatch(/blacklisted/);
  });
});
