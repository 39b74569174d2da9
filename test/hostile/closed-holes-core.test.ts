import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresServer } from '../containers.js';
import { errorOf, expectHonestAnswer, Faults } from './support/contract.js';
import { connectionOf, GET, type GuardedApi, ownNotes, READ_WRITE, startGuardedApi } from './support/guarded-api.js';
import type { Answer } from './support/http.js';

/**
 * The security defects of rest-core.md, by their sections. Script tokens (2.1), revocation (4.4) and changed keys (3.10) are in
 * forged-tokens.test.ts; filters and lookups (3.6) in injection.test.ts and closed-holes-database.test.ts.
 */

const database = await postgresServer();
const PASSWORD = 'a-long-enough-password';

describe.skipIf(!database)('the core', () => {
  let api: GuardedApi;

  beforeAll(async () => {
    api = await startGuardedApi({ database: database! });
  });

  afterAll(async () => {
    await api?.close();
  });

  // 2.7: CSV went through files named by the second.
  it('never mixes the CSV of calls that come together', async () => {
    const app = await api.appWith('csv', [{ service: 'crm', component: '_table/note/*', verbs: READ_WRITE }]);
    const answers = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const code = `csv-${String(index).padStart(2, '0')}`;
        const written = await api.call('crm/_table/note', {
          method: 'POST',
          key: app.key,
          headers: { 'content-type': 'text/csv' },
          body: `owner_id,title\n60,${code}\n`,
        });
        expect(written.status).toBe(200);
        const read = await api.call('crm/_table/note', {
          key: app.key,
          headers: { accept: 'text/csv' },
          query: { filter: `title = ${code}`, fields: 'title' },
        });
        return [code, read.text] as const;
      }),
    );
    for (const [code, text] of answers) expect(text).toBe(`title\n${code}\n`);
    expect(
      (await api.database.query('SELECT count(DISTINCT title)::int AS n, count(*)::int AS all FROM note WHERE owner_id = 60')).rows,
    ).toEqual([{ n: 40, all: 40 }]);
    await api.database.query('DELETE FROM note WHERE owner_id = 60');
  });

  // 3.3: any role of a user counted, whatever app it was given for.
  it('gives a user no role of another app', async () => {
    const wide = await api.appWith('wide', [{ service: 'crm', component: '*', verbs: READ_WRITE }]);
    const narrow = await api.appWith('narrow', [{ service: 'user', component: 'profile', verbs: GET }]);
    const { resource } = await api.admin<{ resource: { api_key: string }[] }>('POST', 'system/app?fields=*', {
      resource: [{ name: 'without-role', is_active: true }],
    });
    await api.user('wide@example.com', PASSWORD, wide);
    const token = await api.logIn('wide@example.com', PASSWORD);
    expect((await api.call('crm/_table/note', { key: wide.key, token })).status).toBe(200);
    expect((await api.call('crm/_table/note', { key: narrow.key, token })).status).toBe(403);
    expect((await api.call('crm/_table/note', { key: resource[0]!.api_key, token })).status).toBe(403);
    expect((await api.call('crm/_table/note', { token })).status).toBe(400);
  });

  // 3.7: services whose name ended so were open to everybody.
  it('opens no service because of its name', async () => {
    await api.admin('POST', 'system/service', {
      resource: [{ name: 'crm_oauth', type: 'pgsql', is_active: true, config: connectionOf(database!) }],
    });
    const narrow = await api.appWith('of-another-service', [{ service: 'user', component: '*', verbs: GET }]);
    for (const target of [
      'crm_oauth',
      'crm_oauth/_table',
      'crm_oauth/_table/note',
      'crm_oauth/_table/note/1',
      'crm_oauth/_schema',
      'crm_oauth/sso',
      'CRM_OAUTH/_table/note',
    ]) {
      for (const method of ['GET', 'POST', 'DELETE']) {
        const answer = await api.call(target, { method });
        expect([target, method, answer.status]).toEqual([target, method, 400]);
        expect((await api.call(target, { method, key: narrow.key })).status).toBe(401);
      }
    }
    expect(await api.notes()).toHaveLength(4);
  });

  // 3.5, 1.1: a path must mean the same to the check and to the handler.
  it.each([
    'crm/_table/note/../pair',
    'crm/_table/%2e%2e/_table/pair',
    'crm/_table/note/%2E%2E/pair',
    'crm/./_table/pair',
    'crm//_table//pair',
    'crm/_table/PAIR',
    'crm/_table/pair/',
    'CRM/_table/pair',
    'crm/_TABLE/pair',
    'crm/_table%2Fpair',
    'crm/_table/note%2F..%2Fpair',
    'crm/_table/(note)pair',
    'crm/_table/()pair',
    'crm/_table/note()/../pair',
    'crm/_table/pair%20',
    'crm/_table/%20pair',
    'crm/_table/"pair"',
    'crm/_table/public.pair',
    'crm/_table/pair?x=/_table/note',
    'crm/_schema/pair',
    'crm/_table/pair;note',
    'crm/_table/note;/pair',
    'v2/crm/_table/pair',
    'crm/_table/{pair}',
  ])('checks the access to what a path means: %s', async (target) => {
    const own = await api.appWith(`path-${Buffer.from(target).toString('hex').slice(-40)}`, [ownNotes()]);
    const encoded = target.replace(/[" ]/g, encodeURIComponent);
    for (const method of ['GET', 'POST', 'PATCH', 'DELETE']) {
      const answer = await api.call(encoded, {
        method,
        key: own.key,
        ...(method !== 'GET' && { body: { resource: [{ a: 1, b: 'x', c: 'taken' }] } }),
      });
      expectHonestAnswer(answer, `${method} ${target}`);
      expect(answer.text, `${method} ${target}`).not.toMatch(/"c":|"one"|"two"/);
      expect(answer.status, `${method} ${target} ${answer.text}`).toBeGreaterThanOrEqual(400);
    }
    expect((await api.database.query('SELECT c FROM pair ORDER BY a')).rows).toEqual([{ c: 'one' }, { c: 'two' }]);
  });

  // 1.6, 3.8: what there is must not be told by how the refusal looks.
  it('refuses what is there and what is not alike to those who may see neither', async () => {
    const narrow = await api.appWith('sees-nothing', [{ service: 'user', component: '*', verbs: GET }]);
    const plain = (answer: Answer, name: string) => [
      answer.status,
      errorOf(answer)?.reason,
      errorOf(answer)?.message.replaceAll(name, 'X'),
    ];
    for (const options of [{}, { key: narrow.key }, { key: 'no-such-key' }]) {
      const there = await api.call('crm/_table/note', options);
      const notThere = await api.call('nosuch/_table/note', options);
      expect(plain(there, 'crm')).toEqual(plain(notThere, 'nosuch'));
      expect(plain(await api.call('crm/_table/note/1', options), 'note')).toEqual(
        plain(await api.call('crm/_table/nosuch/1', options), 'nosuch'),
      );
    }
  });

  // 5.2: resetting told which accounts exist; new passwords had no least length.
  it('does not tell by a reset or a login which accounts exist', async () => {
    await api.user('exists@example.com', PASSWORD);
    const shape = (answer: Answer, email: string) => [
      answer.status,
      answer.text.replaceAll(email, 'X').replace(/"request_id":"[^"]+"/, ''),
    ];
    for (const resource of ['user/password', 'system/admin/password']) {
      const known = await api.call(resource, { method: 'POST', query: { reset: 'true' }, body: { email: 'exists@example.com' } });
      const unknown = await api.call(resource, { method: 'POST', query: { reset: 'true' }, body: { email: 'nobody@example.com' } });
      expect(shape(known, 'exists@example.com'), resource).toEqual(shape(unknown, 'nobody@example.com'));
    }
    for (const body of [
      { code: 'A'.repeat(32), new_password: PASSWORD },
      { security_answer: 'x', new_password: PASSWORD },
    ]) {
      const known = await api.call('user/password', { method: 'POST', body: { email: 'exists@example.com', ...body } });
      const unknown = await api.call('user/password', { method: 'POST', body: { email: 'nobody@example.com', ...body } });
      expect(known.status).toBeGreaterThanOrEqual(400);
      expect(shape(known, 'exists@example.com')).toEqual(shape(unknown, 'nobody@example.com'));
    }
    const known = await api.call('user/session', { method: 'POST', body: { email: 'exists@example.com', password: 'wrong' } });
    const unknown = await api.call('user/session', { method: 'POST', body: { email: 'nobody@example.com', password: 'wrong' } });
    expect(shape(known, 'exists@example.com')).toEqual(shape(unknown, 'nobody@example.com'));
  });

  it('takes no short password on any way', async () => {
    const app = await api.appWith('short', [{ service: 'user', component: '*', verbs: READ_WRITE }]);
    const id = await api.user('short@example.com', PASSWORD, app);
    const token = await api.logIn('short@example.com', PASSWORD);
    const short = 'x'.repeat(15);
    const faults = new Faults();
    for (const [method, target, body, options] of [
      ['POST', 'user/password', { old_password: PASSWORD, new_password: short }, { token, key: app.key }],
      ['POST', 'user/password', { old_password: PASSWORD, new_password: '' }, { token, key: app.key }],
      ['POST', 'user/password', { old_password: PASSWORD, new_password: ' '.repeat(20) }, { token, key: app.key }],
      ['PATCH', `system/user/${id}`, { password: short }, { token: await api.headgate.token() }],
      ['POST', 'system/user', { resource: [{ email: 'short2@example.com', password: short }] }, { token: await api.headgate.token() }],
    ] as const) {
      const answer = await api.call(target, { method, body, ...options });
      faults.check(answer, target);
      if (!('new_password' in body) || body.new_password?.trim() !== '') expect(answer.status, target).toBe(400);
    }
    faults.expectNone();
    expect((await api.call('user/session', { method: 'POST', body: { email: 'short@example.com', password: short } })).status).toBe(401);
  });

  // 3.9: cross-origin calls of nobody's choosing.
  it('lets no browser of another origin read an answer', async () => {
    const app = await api.appWith('cors', [ownNotes()]);
    for (const origin of [
      'https://evil.example',
      'null',
      'http://localhost',
      'http://127.0.0.1:1',
      `${api.headgate.origin}.evil.example`,
      'https://evil.example\u0000',
      '*',
    ]) {
      const headers = { origin: origin.replaceAll('\u0000', '') };
      for (const method of ['GET', 'OPTIONS']) {
        const answer = await api.call('crm/_table/note', {
          method,
          key: app.key,
          headers: { ...headers, ...(method === 'OPTIONS' && { 'access-control-request-method': 'GET' }) },
        });
        expect(answer.headers['access-control-allow-origin'], origin).toBeUndefined();
        expect(answer.headers['access-control-allow-credentials'], origin).toBeUndefined();
      }
    }
  });

  // 3.2: no throttling on any login path. The last of its file: its address has to wait afterwards.
  it('makes guessing passwords slow, for accounts that exist and for others alike, and never for good', async () => {
    await api.user('guessed@example.com', PASSWORD);
    const outcomes: number[][] = [];
    for (const email of ['guessed@example.com', 'not-there@example.com']) {
      const statuses: number[] = [];
      outcomes.push(statuses);
      for (let attempt = 0; attempt < 25; attempt++) {
        const answer = await api.call('user/session', { method: 'POST', body: { email, password: `guess-${attempt}` } });
        statuses.push(answer.status);
        if (answer.status !== 429) continue;
        expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
        expect(errorOf(answer)?.reason).toMatch(/^[a-z_]+$/);
        break;
      }
    }
    for (const statuses of outcomes) expect(statuses.at(-1)).toBe(429);
    for (const target of ['system/admin/session', 'user/session'])
      expect([401, 429]).toContain(
        (await api.call(target, { method: 'POST', body: { email: 'guessed@example.com', password: 'x' } })).status,
      );
    expect((await api.call('user/profile', { token: await api.headgate.token() })).status).toBe(200);
  });
});
