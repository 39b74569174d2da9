import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { postgresServer } from '../containers.js';
import { errorOf, expectHonestAnswer, Faults } from './support/contract.js';
import {
  type App,
  connectionOf,
  FOREIGN,
  FOREIGN_TEXT,
  type GuardedApi,
  OWN,
  ownNotes,
  READ_WRITE,
  startGuardedApi,
} from './support/guarded-api.js';
import type { CallOptions } from './support/http.js';
import { type StatementTap, tapStatements } from './support/statement-tap.js';

const [crm, system] = await Promise.all([postgresServer(), postgresServer()]);

/** In every hostile value: where it turns up in a statement's text, the value was pasted and not bound. */
const WORD = 'zqmark';
const NUMBER = '918273645';

describe.skipIf(!crm || !system)('what a client sends', () => {
  let api: GuardedApi;
  let own: App;
  let all: App;
  let taps: { readonly crm: StatementTap; readonly system: StatementTap };

  beforeAll(async () => {
    taps = { crm: await tapStatements(crm!), system: await tapStatements(system!) };
    const { host, port, database, username, password } = connectionOf(taps.system.url);
    api = await startGuardedApi({
      database: crm!,
      reachedAt: taps.crm.url,
      env: {
        DB_CONNECTION: 'pgsql',
        DB_HOST: String(host),
        DB_PORT: String(port),
        DB_DATABASE: String(database),
        DB_USERNAME: String(username),
        DB_PASSWORD: String(password),
        DB_SSLMODE: 'disable',
      },
    });
    own = await api.appWith('own-notes', [ownNotes()]);
    all = await api.appWith('all', [{ service: 'crm', component: '*', verbs: READ_WRITE }]);
  });

  afterAll(async () => {
    await api?.close();
    await taps?.crm.close();
    await taps?.system.close();
  });

  beforeEach(() => {
    taps.crm.clear();
    taps.system.clear();
  });

  function expectBound(): void {
    const texts = [...taps.crm.statements, ...taps.system.statements];
    expect(texts.length).toBeGreaterThan(0);
    for (const text of texts) {
      expect(text.toLowerCase()).not.toContain(WORD);
      expect(text).not.toContain(NUMBER);
    }
  }

  // database-services.md 14.1 no. 0 and 14.3 no. 77: the parentheses of a client's filter closed those of the role's.
  describe('cannot switch off the record filter of a role', () => {
    const UNBALANCED = [
      '(id=3)) OR ((id=3)',
      '(id=3)) OR ((id=4)',
      'id=3) OR (id=3',
      'id>0) OR (id>0',
      '1=1) OR (1=1',
      ')',
      '(',
      '((id=3)',
      '(id=3))',
      "(title='x')) OR ((title like '%')",
      "title = 'x') OR ('1'='1",
      '(id=3)) or not ((id=3)',
      '(id=3))OR((id=4)',
      '(id=3)) || ((id=4)',
      '(id=3)) -- ',
      '(id=3)) /*',
      '(id=3)); DELETE FROM note; --',
      '(body is null)) OR ((body is not null)',
      'id IN (3)) OR (id IN (4)',
    ];
    const ALWAYS_TRUE = [
      '(id > 0) or (id > 0)',
      'id > 0 or id > 0',
      'not (id = 0)',
      'not (owner_id = 7) or id > 0',
      'owner_id = 8 or owner_id != 8',
    ];

    it.each(UNBALANCED)('by %s, on GET, PATCH and DELETE', async (filter) => {
      const before = await api.notes();
      for (const options of [
        { method: 'GET' },
        { method: 'PATCH', body: { resource: [{ title: 'taken' }] } },
        { method: 'PUT', body: { resource: [{ title: 'taken' }] } },
        { method: 'DELETE' },
        { method: 'POST', headers: { 'x-http-method': 'DELETE' } },
      ] satisfies CallOptions[]) {
        for (const place of ['query', 'body'] as const) {
          const sent: CallOptions =
            place === 'query'
              ? { ...options, query: { filter } }
              : { ...options, body: { ...('body' in options && options.body), filter } };
          const answer = await api.call('crm/_table/note', { ...sent, key: own.key });
          const asked = `${options.method} ${place} ${filter}`;
          expectHonestAnswer(answer, asked);
          expect(answer.status, asked).toBe(400);
          expect(answer.text).not.toContain(FOREIGN_TEXT);
        }
      }
      expect(await api.notes()).toEqual(before);
    });

    it.each(ALWAYS_TRUE)('by %s, which holds for every row', async (filter) => {
      const answer = await api.call('crm/_table/note', {
        key: own.key,
        query: { filter, fields: 'id,owner_id,title', include_count: 'true' },
      });
      expect(answer.status).toBe(200);
      expect(answer.text).not.toContain(FOREIGN_TEXT);
      const { resource, meta } = answer.json as { resource: { owner_id: number }[]; meta: { count: number } };
      expect(new Set(resource.map((row) => row.owner_id))).toEqual(new Set([OWN]));
      expect(meta.count).toBe(2);
      expect((await api.call('crm/_table/note', { key: own.key, query: { filter, count_only: 'true' } })).json).toBe(2);
    });

    it('by a filter that holds for every row, on PATCH and DELETE', async () => {
      const body = { resource: [{ body: 'changed' }] };
      const patched = await api.call('crm/_table/note', { method: 'PATCH', key: own.key, query: { filter: '(id > 0) or (id > 0)' }, body });
      expect(patched.status).toBe(200);
      expect((await api.notes()).filter((row) => row.body === 'changed').map((row) => row.owner_id)).toEqual([OWN, OWN]);
      const before = (await api.notes()).filter((row) => row.owner_id === FOREIGN);
      expect(
        (await api.call('crm/_table/note', { method: 'DELETE', key: own.key, query: { filter: `owner_id = ${FOREIGN}` } })).json,
      ).toEqual({ resource: [] });
      expect((await api.notes()).filter((row) => row.owner_id === FOREIGN)).toEqual(before);
    });

    it('by its columns under another way of naming rows', async () => {
      const foreign: CallOptions[] = [
        { query: { ids: '3,4' } },
        { query: { ids: '3,4', continue: 'true' } },
        { query: { ids: '3', fields: '*' } },
        { query: { ids: String(FOREIGN), id_field: 'owner_id' } },
        { method: 'POST', headers: { 'x-http-method': 'GET' }, body: { resource: [{ id: 3 }, { id: 4 }] } },
        { method: 'POST', query: { method: 'GET' }, body: { ids: [3, 4] } },
        { method: 'PATCH', query: { ids: '3,4' }, body: { resource: [{ title: 'taken' }] } },
        { method: 'PATCH', body: { resource: [{ id: 3, title: 'taken' }] } },
        { method: 'PUT', query: { id_field: 'title' }, body: { resource: [{ title: FOREIGN_TEXT, body: 'taken' }] } },
        { method: 'DELETE', query: { ids: '3,4' } },
        { method: 'DELETE', body: { resource: [{ id: 3 }] } },
      ];
      const before = (await api.notes()).filter((row) => row.owner_id === FOREIGN);
      for (const options of foreign) {
        const answer = await api.call('crm/_table/note', { ...options, key: own.key });
        expectHonestAnswer(answer, JSON.stringify(options));
        expect(answer.status, JSON.stringify(options)).toBe(400);
        // The client's own text may come back in a message; the other columns may not.
        expect(answer.text).not.toContain('"owner_id":8');
        expect(answer.text).not.toContain(`"body":"${FOREIGN_TEXT}"`);
      }
      for (const method of ['GET', 'PATCH', 'DELETE']) {
        const answer = await api.call('crm/_table/note/3', {
          method,
          key: own.key,
          ...(method === 'PATCH' && { body: { title: 'taken' } }),
        });
        expect([answer.status, errorOf(answer)?.message]).toEqual([404, "Record with identifier '3' not found."]);
      }
      expect((await api.notes()).filter((row) => row.owner_id === FOREIGN)).toEqual(before);
    });
  });

  // database-services.md 14.1 no. 1: values in parentheses were part of the statement.
  it('is never run as SQL, whatever value it is', async () => {
    const faults = new Faults();
    const values = [
      `(pg_sleep(${NUMBER}))`,
      `(SELECT '${WORD}')`,
      `(select ${NUMBER})`,
      `(1+${NUMBER})`,
      `(current_user || '${WORD}')`,
      `(version() || '${WORD}')`,
      `(pg_read_file('/etc/${WORD}'))`,
      `(owner_id + ${NUMBER})`,
      `'${WORD}' OR '1'='1`,
      `'${WORD}'; DROP TABLE note; --'`,
      `${WORD}'; DROP TABLE note; --`,
      `${WORD}\\'; DROP TABLE note; --`,
      `$$${WORD}$$`,
      `E'\\x${WORD}'`,
      `(title || '${WORD}')`,
      `\${${WORD}}`,
      `:${WORD}`,
      `{${WORD}}`,
      `'${WORD}\u0000'`,
      `'${WORD}' -- `,
      `"${WORD}"`,
      `\`${WORD}\``,
      `NOW() - interval '${NUMBER} days'`,
      `(NOW() - INTERVAL ${NUMBER} DAY) OR (1=1)`,
    ];
    const started = performance.now();
    for (const field of ['id', 'title', 'amount', 'at', 'data', 'code', 'done', 'tags']) {
      for (const operator of ['=', 'like', 'in', '>', 'contains']) {
        for (const value of values) {
          const filter = operator === 'in' ? `${field} in (${value})` : `${field} ${operator} ${value}`;
          faults.check(await api.call('crm/_table/note', { key: own.key, query: { filter, fields: 'id' } }), filter);
        }
      }
    }
    faults.expectNone();
    expectBound();
    expect(performance.now() - started).toBeLessThan(60_000);
    expect(await api.notes()).toHaveLength(4);
  });

  it('is never run as SQL, wherever a database call takes it', async () => {
    const faults = new Faults();
    const bad = [
      `${WORD}`,
      `id,${WORD}`,
      `id;DROP TABLE note;--${WORD}`,
      `"${WORD}"`,
      `id) FROM note; --${WORD}`,
      `(select ${NUMBER})`,
      `id desc, (select ${NUMBER})`,
      `${WORD}' OR '1'='1`,
      `*,${WORD}`,
      `count(${WORD})`,
      `id::${WORD}`,
    ];
    for (const value of bad) {
      for (const name of [
        'fields',
        'order',
        'group',
        'ids',
        'id_field',
        'id_type',
        'limit',
        'offset',
        'filter',
        'related',
        'having',
        'as_list',
        'schema',
        'include_count',
        'params',
        'params[:a]',
        'top',
        'skip',
        'sort',
        'types',
        'file',
        'accept',
      ]) {
        const query = { [name]: value, ...(name.startsWith('params') && { filter: 'title = :a' }) };
        faults.check(await api.call('crm/_table/note', { key: all.key, query }), JSON.stringify(query));
      }
      const segment = encodeURIComponent(value);
      for (const target of [
        `crm/_table/${segment}`,
        `crm/_table/note/${segment}`,
        `crm/_schema/${segment}`,
        `crm/_schema/note/${segment}`,
        `crm/_schema/note/_field/${segment}`,
        `crm/${segment}`,
        `${segment}/_table/note`,
        `crm/_table/pair/1,${segment}`,
        `crm/_table/pair/${segment},x`,
        `crm/_proc/${segment}`,
        `crm/_func/${segment}`,
        `crm/_table/hidden.${segment}`,
      ]) {
        for (const method of ['GET', 'PATCH', 'DELETE']) {
          const answer = await api.call(target, { method, key: all.key, ...(method === 'PATCH' && { body: { title: WORD } }) });
          // Some of it is not built yet, and says so.
          if (answer.status !== 501) faults.check(answer, `${method} ${target}`);
        }
      }
      for (const record of [
        { title: value },
        { [value]: 1 },
        { title: { expression: value } },
        { id: value, title: WORD },
        { title: [value] },
        { data: { a: value } },
        { tags: [value] },
        { code: value },
        { amount: value },
        { at: value },
        { file: value },
      ]) {
        for (const method of ['POST', 'PATCH', 'DELETE']) {
          const body = { resource: [{ id: 4_000, owner_id: OWN, ...record }] };
          faults.check(await api.call('crm/_table/note', { method, key: own.key, body }), `${method} ${JSON.stringify(body)}`);
        }
      }
    }
    faults.expectNone();
    expectBound();
    expect((await api.notes()).filter((row) => (row.id as number) <= 4)).toHaveLength(4);
  });

  // system-service.md 9.1 H2: ids and values in brackets went into the statement.
  it('is never run as SQL by the system service', async () => {
    const faults = new Faults();
    const token = await api.headgate.token();
    const resources = [
      'role',
      'app',
      'user',
      'admin',
      'service',
      'lookup',
      'cors',
      'custom',
      'email_template',
      'service_type',
      'event',
      'constant',
    ];
    const values = [
      `0) or (id=2`,
      `${NUMBER}) or (1=1`,
      `${WORD}' or '1'='1`,
      `${WORD};drop table role;--`,
      `(select ${NUMBER})`,
      `"${WORD}"`,
      `${WORD}\u0000`,
      `1,${WORD}`,
    ];
    for (const resource of resources) {
      for (const value of values) {
        for (const query of [
          { ids: value },
          { filter: `id = ${value}` },
          { filter: `id in (${value})` },
          { filter: `name = '${value}'` },
          { filter: `name like ${value}` },
          { filter: `${WORD} = 1` },
          { filter: `(id = 1)) or ((${WORD} = 1)` },
          { order: value },
          { fields: value },
          { related: value },
          { limit: value },
          { offset: value },
          { group: value },
          { id_field: value, as_list: 'true' },
        ]) {
          const answer = await api.call(`system/${resource}`, { token, query });
          faults.check(answer, `${resource} ${JSON.stringify(query)}`);
          if ('ids' in query && resource !== 'custom' && resource !== 'service_type' && resource !== 'event' && resource !== 'constant')
            expect(answer.status, `${resource} ${JSON.stringify(query)}`).toBe(400);
        }
        const segment = encodeURIComponent(value);
        for (const method of ['GET', 'PATCH', 'DELETE'])
          faults.check(
            await api.call(`system/${resource}/${segment}`, {
              token,
              method,
              ...(method === 'PATCH' && { body: { name: value, description: value } }),
            }),
            `${method} system/${resource}/${segment}`,
          );
      }
    }
    for (const value of values) {
      for (const [resource, record] of [
        ['role', { name: value }],
        ['app', { name: value, role_id: value }],
        ['user', { email: value, name: value, username: value }],
        ['lookup', { name: value, value }],
        ['cors', { path: value, origin: value }],
        ['custom', { name: value, value }],
        ['service', { name: value, type: value, config: { [value]: value } }],
        ['email_template', { name: value, to: value }],
      ] as const)
        faults.check(
          await api.call(`system/${resource}`, { token, method: 'POST', body: { resource: [record] } }),
          `POST ${resource} ${value}`,
        );
      for (const body of [{ email: value, password: value }, { email: value }, { username: value, password: value }])
        faults.check(await api.call('user/session', { method: 'POST', body }), `login ${value}`);
      faults.check(await api.call('user/password', { method: 'POST', query: { reset: 'true' }, body: { email: value } }), `reset ${value}`);
      faults.check(
        await api.call('user/password', { method: 'POST', body: { email: value, code: value, new_password: value } }),
        `code ${value}`,
      );
      faults.check(await api.call('crm/_table/note', { key: value.replace('\u0000', '') }), `key ${value}`);
      faults.check(await api.call('crm/_table/note', { query: { api_key: value, session_token: value } }), `query key ${value}`);
    }
    faults.expectNone();
    expectBound();
  });

  // database-services.md 14.1 no. 4, rest-core.md 3.6: lookups were pasted before the filter was parsed.
  it('is bound where it comes by way of a profile and a lookup', async () => {
    const faults = new Faults();
    const app = await api.appWith('by-name', [
      {
        service: 'crm',
        component: '_table/note/*',
        verbs: READ_WRITE,
        filters: [{ name: 'title', operator: '=', value: '{user.first_name}' }],
      },
      { service: 'user', component: '*', verbs: READ_WRITE },
    ]);
    await api.user('injector@example.com', 'a-long-enough-password', app);
    const token = await api.logIn('injector@example.com', 'a-long-enough-password');
    const as = { key: app.key, token };
    for (const name of [
      `${WORD}') OR (id > 0) OR (title = 'x`,
      `${WORD}' OR '1'='1`,
      `(SELECT title FROM note) ${WORD}`,
      `{user.email}${WORD}`,
      `:a${WORD}`,
      `${WORD}\\`,
      `%${WORD}`,
    ]) {
      expect((await api.call('user/profile', { ...as, method: 'POST', body: { first_name: name } })).status).toBe(200);
      const answer = await api.call('crm/_table/note', as);
      expect(answer.json, name).toEqual({ resource: [] });
      const asked = await api.call('crm/_table/note', { key: all.key, token, query: { filter: 'title = {user.first_name}' } });
      faults.check(asked, name);
      expect(asked.text).not.toContain(FOREIGN_TEXT);
      expect(
        (await api.call('crm/_table/note', { ...as, method: 'DELETE', query: { filter: 'title like {user.first_name}' } })).json,
      ).toEqual({ resource: [] });
    }
    faults.expectNone();
    expectBound();
    expect((await api.notes()).filter((row) => (row.id as number) <= 4)).toHaveLength(4);
  });
});
