import { generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN } from '../headgate.js';
import { errorOf, expectHonestAnswer, Faults } from './support/contract.js';
import { type Api, type App, GET, READ_WRITE, startApi } from './support/guarded-api.js';
import type { CallOptions } from './support/http.js';
import { type Claims, claimsOf, forge, subjectOf } from './support/tokens.js';

const SECRET = 'the-secret-of-this-very-installation-0123456789';
const PASSWORD = 'a-long-enough-password';

let api: Api;
let app: App;
/** A real token of the administrator, and what it says. */
let real: string;
let claims: Record<string, unknown>;

beforeAll(async () => {
  api = await startApi({ env: { JWT_SECRET: SECRET } });
  app = await api.appWith('users', [
    { service: 'user', component: '*', verbs: READ_WRITE },
    { service: 'system', component: 'role/*', verbs: GET },
  ]);
  real = await api.headgate.token();
  claims = claimsOf(real);
});

afterAll(() => api?.close());

/** Every way in which a token can come. */
const CARRIERS: readonly (readonly [string, (token: string) => CallOptions])[] = [
  ['its own header', (token) => ({ token })],
  ['a bearer token', (token) => ({ headers: { authorization: `Bearer ${token}` } })],
  ['the query', (token) => ({ query: { session_token: token } })],
  ['the body', (token) => ({ method: 'POST', headers: { 'x-http-method': 'GET' }, body: { session_token: token } })],
];

/** Refused wherever it comes, on closed and open calls alike, and without a word about why it would be right. */
async function expectRefused(token: string, what: string, status = 401): Promise<void> {
  for (const [carrier, options] of CARRIERS) {
    for (const target of ['system/admin', 'system/environment', 'user/session', '']) {
      const sent = options(token);
      if (target === '' && sent.method === 'POST') continue;
      const answer = await api.call(target, sent);
      const asked = `${what} in ${carrier}, ${target}`;
      expectHonestAnswer(answer, asked);
      expect(answer.status, `${asked}: ${answer.text}`).toBe(status);
      expect(answer.text).not.toContain(ADMIN.email);
      expect(answer.text).not.toContain(SECRET);
      expect(answer.headers['www-authenticate']).toBeUndefined();
    }
  }
}

describe('a token is refused', () => {
  it('only where it is forged: the real one is taken', async () => {
    for (const [, options] of CARRIERS) expect((await api.call('system/admin', options(real))).status).toBe(200);
    const copied = await api.call('system/admin', { token: forge(claims, SECRET) });
    expect(copied.status).toBe(200);
  });

  it.each(['none', 'None', 'NONE', 'nOnE', '', 'HS256 '])('when its algorithm is "%s"', async (alg) => {
    const [, payload] = real.split('.') as [string, string, string];
    const header = Buffer.from(JSON.stringify({ typ: 'JWT', alg })).toString('base64url');
    await expectRefused(`${header}.${payload}.`, 'no signature');
    await expectRefused(`${header}.${payload}.${real.split('.')[2]}`, 'the signature of another header');
    await expectRefused(forge(claims, '', { alg }), 'the empty key');
  });

  it('when it is signed by another key or algorithm', async () => {
    await expectRefused(forge(claims, `${SECRET}x`), 'a longer key');
    await expectRefused(forge(claims, SECRET.slice(1)), 'a shorter key');
    await expectRefused(forge(claims, Buffer.from(SECRET, 'base64')), 'the decoded key');
    await expectRefused(forge(claims, SECRET, { alg: 'HS512' }, 'sha512'), 'another digest');
    await expectRefused(forge(claims, SECRET, { alg: 'HS384' }), 'a header that says another digest');
  });

  it('when a public key of the sender is to verify it', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = publicKey.export({ type: 'spki', format: 'pem' });
    const jwk = publicKey.export({ format: 'jwk' });
    for (const header of [
      { alg: 'RS256' },
      { alg: 'RS256', jwk },
      { alg: 'RS256', kid: '../../../dev/null' },
      { alg: 'RS256', jku: `${api.headgate.origin}/keys` },
    ]) {
      const signed = `${Buffer.from(JSON.stringify({ typ: 'JWT', ...header })).toString('base64url')}.${real.split('.')[1]}`;
      await expectRefused(
        `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`,
        JSON.stringify(header).slice(0, 60),
      );
      await expectRefused(forge(claims, pem, header), 'the public key as HMAC key');
      await expectRefused(forge(claims, pem), 'the public key as HMAC key, said to be HS256');
      await expectRefused(forge(claims, SECRET, header), 'the right key under another algorithm');
    }
  });

  it('when its time has not come or is over', async () => {
    const now = Math.floor(Date.now() / 1000);
    await expectRefused(forge({ ...claims, exp: now - 1 }, SECRET), 'expired');
    await expectRefused(forge({ ...claims, exp: 0 }, SECRET), 'expired in 1970');
    await expectRefused(forge({ ...claims, nbf: now + 3600 }, SECRET), 'not yet');
    await expectRefused(forge({ ...claims, iat: now + 3600 }, SECRET), 'from the future');
    const answer = await api.call('system/admin', { token: forge({ ...claims, exp: now - 1 }, SECRET) });
    expect(errorOf(answer)?.message).toMatch(/^Token has expired/);
    const late = forge({ ...claims, iat: now - 40 * 86_400, exp: now - 39 * 86_400, nbf: now - 40 * 86_400 }, SECRET);
    const refreshed = await api.call('system/admin/session', { method: 'PUT', token: late });
    expect([refreshed.status, errorOf(refreshed)?.message]).toEqual([
      401,
      'Token refresh failed. Token has expired and can no longer be refreshed',
    ]);
  });

  it('when claims are missing or of another kind, although the signature is right', async () => {
    for (const name of ['iat', 'exp', 'sub', 'user_id', 'forever']) {
      const { [name]: _left, ...rest } = claims;
      await expectRefused(forge(rest, SECRET), `without ${name}`);
    }
    const wrong: Claims[] = [
      { exp: '9999999999' },
      { exp: 'never' },
      { exp: null },
      { exp: [9_999_999_999] },
      { user_id: String(claims.user_id) },
      { user_id: 1.5 },
      { user_id: [1] },
      { user_id: { $gt: 0 } },
      { user_id: -1 },
      { user_id: 1e21 },
      { user_id: true },
      { sub: '' },
      { sub: subjectOf('somebody@example.com') },
      { sub: null },
      { forever: 'yes' },
      { jti: '' },
      { jti: 'x'.repeat(1000) },
      { jti: { a: 1 } },
      { session_number: 'x' },
    ];
    for (const change of wrong) await expectRefused(forge({ ...claims, ...change }, SECRET), JSON.stringify(change).slice(0, 60));
    await expectRefused(
      forge({ ...claims, session_number: Number(claims.session_number ?? 0) + 1 }, SECRET),
      'of a session number to come',
      403,
    );
    for (const payload of ['', 'null', '[]', '"text"', '1', '{', '{}', '{"__proto__":{"user_id":1}}', '\u0000']) {
      const encoded = Buffer.from(payload).toString('base64url');
      const token = forge(claims, SECRET).split('.');
      await expectRefused(`${token[0]}.${encoded}.${token[2]}`, `payload ${payload}`);
    }
  });

  it('when one character of it is another, or missing', async () => {
    const faults = new Faults();
    for (let at = 0; at < real.length; at += 3) {
      const char = real[at] === 'A' ? 'B' : 'A';
      for (const token of [
        `${real.slice(0, at)}${char}${real.slice(at + 1)}`,
        real.slice(0, at),
        `${real.slice(0, at)}${real.slice(at + 1)}`,
      ]) {
        if (token === '' || token === real) continue;
        const answer = await api.call('system/admin', { token });
        faults.check(answer, token);
        // The last character of a signature holds bits that do not count.
        if (at < real.length - 1) expect(answer.status, `${at}: ${answer.text.slice(0, 200)}`).toBe(401);
      }
    }
    faults.expectNone();
  });

  it('when it is no token at all, of any length', async () => {
    const faults = new Faults();
    const [header, payload, signature] = real.split('.') as [string, string, string];
    for (const token of [
      '.',
      '..',
      '...',
      'a.b',
      'a.b.c.d',
      ' ',
      'null',
      'undefined',
      '{}',
      `${header}..${signature}`,
      `.${payload}.${signature}`,
      `${real}.${signature}`,
      `${real}=`,
      `${real} `,
      `${header}.${payload}.${'A'.repeat(6000)}`,
      'A'.repeat(8000),
      `${'A'.repeat(2000)}.${'A'.repeat(2000)}.${'A'.repeat(2000)}`,
      '.'.repeat(4000),
      "' OR '1'='1",
      '../../etc/passwd',
      '%00',
      '{"alg":"none"}.{}.',
    ]) {
      for (const [carrier, options] of CARRIERS) {
        const answer = await api.call('system/admin', options(token));
        faults.check(answer, `${carrier} ${token}`);
        expect([400, 401], `${carrier} ${token.slice(0, 50)} ${answer.text.slice(0, 200)}`).toContain(
          answer.status === 200 && token.trim() === real ? 401 : answer.status,
        );
      }
    }
    const huge = await api.call('system/admin', {
      method: 'POST',
      headers: { 'x-http-method': 'GET' },
      body: { session_token: `${header}.${'A'.repeat(4_000_000)}.${signature}` },
    });
    expect(huge.status).toBe(401);
    for (const session_token of [1, true, null, [], [real], { token: real }]) {
      const answer = await api.call('system/admin', { method: 'POST', headers: { 'x-http-method': 'GET' }, body: { session_token } });
      faults.check(answer, JSON.stringify(session_token));
      expect(answer.status).toBe(400);
    }
    const tooLong = await api.call('system/admin', { token: 'A'.repeat(100_000) }).catch(() => undefined);
    if (tooLong !== undefined) expect(tooLong.status).toBe(431);
    faults.expectNone();
  });

  it('when another installation made it', async () => {
    const other = await startApi({ env: { JWT_SECRET: 'the-secret-of-another-installation-9876543210' } });
    try {
      await expectRefused(await other.headgate.token(), 'of another installation');
      expect((await other.call('system/admin', { token: real })).status).toBe(401);
    } finally {
      await other.close();
    }
  });

  // rest-core.md 4.4: revocations lived in the cache alone.
  it('once its session has ended, also after the cache was cleared', async () => {
    await api.user('leaver@example.com', PASSWORD, app);
    const token = await api.logIn('leaver@example.com', PASSWORD);
    expect((await api.call('user/session', { token, key: app.key })).status).toBe(200);
    expect((await api.call('user/session', { method: 'DELETE', token })).json).toEqual({ success: true });
    await expectRefused(token, 'logged out', 403);
    await api.admin('DELETE', 'system/cache');
    await expectRefused(token, 'logged out, cache cleared', 403);
    expect((await api.call('user/session', { method: 'PUT', token })).status).toBe(401);
  });

  it('once it was refreshed', async () => {
    await api.user('refresher@example.com', PASSWORD, app);
    const token = await api.logIn('refresher@example.com', PASSWORD);
    const refreshed = await api.call('user/session', { method: 'PUT', token });
    expect(refreshed.status).toBe(200);
    await expectRefused(token, 'refreshed', 403);
    expect((await api.call('user/session', { method: 'PUT', token })).status).toBe(401);
  });

  it.each([
    ['deleted', (id: number) => api.admin('DELETE', `system/user/${id}`), [401, 403, 404]],
    ['deactivated', (id: number) => api.admin('PATCH', `system/user/${id}`, { is_active: false }), [403]],
    ['given another password', (id: number) => api.admin('PATCH', `system/user/${id}`, { password: 'another-long-password' }), [401, 403]],
    ['given another email', (id: number) => api.admin('PATCH', `system/user/${id}`, { email: `moved-${id}@example.com` }), [401, 403]],
    ['logged out by an administrator', (id: number) => api.admin('DELETE', `system/user/${id}/session`), [401, 403]],
  ] as const)('once its user was %s', async (what, change, statuses) => {
    const email = `${what.replaceAll(' ', '-')}@example.com`;
    const id = await api.user(email, PASSWORD, app);
    const token = await api.logIn(email, PASSWORD);
    expect((await api.call('user/profile', { token, key: app.key })).status).toBe(200);
    await change(id);
    for (const target of ['user/profile', 'user/session', 'system/role', '']) {
      const answer = await api.call(target, { token, key: app.key });
      expectHonestAnswer(answer, target);
      expect(statuses, `${target} ${answer.text}`).toContain(answer.status);
      expect(answer.text).not.toContain(email);
    }
    expect((await api.call('user/session', { method: 'PUT', token })).status).toBeGreaterThanOrEqual(400);
  });

  it('for another user than its own, whoever asks', async () => {
    const id = await api.user('victim@example.com', PASSWORD, app);
    await api.user('thief@example.com', PASSWORD, app);
    const own = claimsOf(await api.logIn('thief@example.com', PASSWORD));
    await expectRefused(forge({ ...own, user_id: id }, SECRET), "another user's id");
    await expectRefused(forge({ ...own, user_id: claims.user_id }, SECRET), "the administrator's id");
  });
});

// rest-core.md 2.1: any script token made the call one of a script.
describe('a forged script token', () => {
  it('opens nothing that is for scripts alone', async () => {
    const scripted = await api.appWith('scripts-only', [{ service: 'system', component: 'role/*', verbs: GET, requestor: 2 }]);
    for (const script_token of ['x', 'script-token', '0', 'A'.repeat(64), real]) {
      for (const options of [
        { headers: { 'x-dreamfactory-script-token': script_token } },
        { headers: { x_dreamfactory_script_token: script_token } },
        { query: { script_token } },
        { method: 'POST', headers: { 'x-http-method': 'GET' }, body: { script_token } },
      ] satisfies CallOptions[]) {
        const answer = await api.call('system/role', {
          key: scripted.key,
          ...options,
          headers: { ...('headers' in options && options.headers) },
        });
        expectHonestAnswer(answer, JSON.stringify(options));
        expect([answer.status, errorOf(answer)?.message]).toEqual([401, 'Unauthorized. User is not authenticated.']);
        expect((await api.call('system/role', options)).status).toBe(400);
      }
    }
  });
});

describe('an API key', () => {
  it('opens nothing when it is not exactly one of an active app', async () => {
    const faults = new Faults();
    const { key } = app;
    for (const wrong of [
      key.slice(1),
      key.slice(0, -1),
      `${key}0`,
      `${key}${key}`,
      key.toUpperCase(),
      '0'.repeat(64),
      '*',
      '%',
      "' OR '1'='1",
      `${key},${key}`,
      '{app.api_key}',
      'null',
      'A'.repeat(8000),
    ]) {
      if (wrong === key) continue;
      for (const options of [
        { key: wrong },
        { query: { api_key: wrong } },
        { method: 'POST', headers: { 'x-http-method': 'GET' }, body: { api_key: wrong } },
      ] satisfies CallOptions[]) {
        const answer = await api.call('system/role', options);
        faults.check(answer, JSON.stringify(options));
        expect(answer.status, answer.text).toBe(400);
      }
    }
    for (const api_key of [1, true, null, [key], { key }]) {
      const answer = await api.call('system/role', { method: 'POST', headers: { 'x-http-method': 'GET' }, body: { api_key } });
      faults.check(answer, JSON.stringify(api_key));
      expect(answer.status).toBe(400);
    }
    faults.expectNone();
  });

  // rest-core.md 3.3: the keys of the seeded apps are known to everybody.
  it('of a seeded app opens nothing', async () => {
    for (const key of [
      '6498a8ad1beb9d84d63035c5d1120c007fad6de706734db9689f8996707e0f7d',
      '36fda24fe5588fa4285ac6c6c2fdfbdb6b6bc9833699774c9bf777f706d05a88',
      'b5cb82af7b5d4130f36149f90aa2746782e59a872ac70454ac188743cb55b0ba',
    ]) {
      for (const target of ['system/role', 'system/app', 'system/user', 'files', 'user/profile']) {
        const answer = await api.call(target, { key });
        expect(answer.status, target).toBeGreaterThanOrEqual(400);
        expect(answer.text).not.toContain(app.key);
      }
      expect((await api.call('', { key })).json).toMatchObject({ services: [] });
    }
  });

  // rest-core.md 3.10, system-service.md 9.1 H7.
  it('opens nothing from the moment on that it was changed, its app deactivated or deleted', async () => {
    const right = [{ service: 'system', component: 'role/*', verbs: GET }];
    const changed = await api.appWith('changed', right);
    const deactivated = await api.appWith('deactivated', right);
    const deleted = await api.appWith('deleted', right);
    for (const { key } of [changed, deactivated, deleted]) expect((await api.call('system/role', { key })).status).toBe(200);
    const { api_key } = await api.admin<{ api_key: string }>('PATCH', `system/app/${changed.id}?regenerate=true&fields=api_key`, {});
    expect(api_key).toMatch(/^[0-9a-f]{64}$/);
    expect((await api.call('system/role', { key: changed.key })).status).toBe(400);
    expect((await api.call('system/role', { key: api_key })).status).toBe(200);
    await api.admin('PATCH', `system/app/${deactivated.id}`, { is_active: false });
    expect((await api.call('system/role', { key: deactivated.key })).status).toBe(403);
    await api.admin('DELETE', `system/app/${deleted.id}`);
    expect((await api.call('system/role', { key: deleted.key })).status).toBe(400);
    expect((await api.call('system/role', { key: app.key })).status).toBe(200);
  });
});

describe('basic credentials', () => {
  const basic = (text: string): CallOptions['headers'] => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
  const right = `${ADMIN.email}:${ADMIN.password}`;

  // rest-core.md 3.2: wrong ones were answered with 500.
  it('that are wrong or malformed get a plain 401, or count as none', async () => {
    const faults = new Faults();
    for (const headers of [
      basic(`${ADMIN.email}:wrong`),
      basic(`${ADMIN.email}:`),
      basic(`nobody@example.com:${ADMIN.password}`),
      basic(':'),
      basic('no-colon'),
      basic(`${ADMIN.email}\u0000:${ADMIN.password}`),
      { authorization: 'Basic' },
      { authorization: 'Basic %%%' },
      { authorization: `Basic ${'A'.repeat(8000)}` },
      { authorization: 'Bearer' },
      { authorization: 'Digest username="x"' },
    ]) {
      const answer = await api.call('system/admin', { headers: headers! });
      faults.check(answer, JSON.stringify(headers));
      expect([400, 401, 429], answer.text).toContain(answer.status);
      expect(answer.headers['www-authenticate']).toBeUndefined();
      expect(answer.text).not.toContain(ADMIN.password);
    }
    faults.expectNone();
  });

  it('sent along by a browser from another site change nothing', async () => {
    const other = await startApi();
    try {
      for (const [method, target] of [
        ['POST', 'system/role'],
        ['PUT', 'system/role/1'],
        ['PATCH', 'system/role'],
        ['DELETE', 'system/role?ids=1'],
      ] as const) {
        const body = { resource: [{ name: 'planted' }] };
        const answer = await other.call(target, { method, headers: { ...basic(right), 'sec-fetch-site': 'cross-site' }, body });
        expect([answer.status, errorOf(answer)?.reason], target).toEqual([403, 'cross_site_request']);
      }
      const overridden = await other.call('system/role', {
        method: 'POST',
        query: { method: 'DELETE', ids: '1' },
        headers: { ...basic(right), 'sec-fetch-site': 'cross-site' },
        body: {},
      });
      expect(overridden.status).toBe(403);
      expect(await other.admin('GET', 'system/role')).toEqual({ resource: [] });
      expect((await other.call('system/role', { headers: { ...basic(right), 'sec-fetch-site': 'cross-site' } })).status).toBe(200);
      expect(
        (
          await other.call('system/role', {
            method: 'POST',
            headers: { ...basic(right), 'sec-fetch-site': 'same-origin' },
            body: { resource: [{ name: 'mine' }] },
          })
        ).status,
      ).toBe(201);
    } finally {
      await other.close();
    }
  });
});
