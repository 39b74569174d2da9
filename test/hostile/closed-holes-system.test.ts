import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresServer } from '../containers.js';
import { ADMIN } from '../headgate.js';
import { expectHonestAnswer } from './support/contract.js';
import { type Api, connectionOf, GET, READ_WRITE, startApi } from './support/guarded-api.js';
import { type CallOptions, call } from './support/http.js';

/**
 * The holes of system-service.md 9.1, by their numbers there. H2 (SQL by ids and filters) is in injection.test.ts, H9 (secrets shown) in
 * planted-secrets.test.ts; H11 (packages) lies in what is not built.
 */

const PASSWORD = 'a-long-enough-password';
const SEEDED_KEY = '6498a8ad1beb9d84d63035c5d1120c007fad6de706734db9689f8996707e0f7d';
const RECORD_RESOURCES = ['admin', 'app', 'cors', 'custom', 'email_template', 'lookup', 'role', 'service', 'user'];

let api: Api;
let token: string;

beforeAll(async () => {
  api = await startApi();
  token = await api.headgate.token();
});

afterAll(() => api?.close());

const idsOf = async (target: string): Promise<number[]> =>
  (await api.admin<{ resource: { id: number }[] }>('GET', `${target}${target.includes('?') ? '&' : '?'}fields=id`)).resource.map(
    ({ id }) => id,
  );

const idOf = async (resource: string, name: string): Promise<number> =>
  (await api.admin<{ resource: { id: number }[] }>('GET', `system/${resource}?fields=id&filter=${encodeURIComponent(`name = '${name}'`)}`))
    .resource[0]!.id;

describe('H1: deleting by force', () => {
  it.each(RECORD_RESOURCES)('does not empty %s', async (resource) => {
    const before = (await api.admin<{ resource: unknown[] }>('GET', `system/${resource}`)).resource;
    for (const query of [
      { force: 'true' },
      { force: 'true', filter: '' },
      { force: 'true', ids: '' },
      { force: 'true', filter: ' ' },
      { force: '1', rollback: 'true' },
    ] as Record<string, string>[]) {
      for (const options of [
        { method: 'DELETE' },
        { method: 'DELETE', body: { resource: [] } },
        { method: 'POST', headers: { 'x-http-method': 'DELETE' }, body: {} },
        { method: 'DELETE', body: { force: true } },
      ] satisfies CallOptions[]) {
        const answer = await api.call(`system/${resource}`, { token, query, ...options });
        expectHonestAnswer(answer, JSON.stringify(query));
        expect(answer.status).toBe(400);
      }
    }
    expect((await api.admin<{ resource: unknown[] }>('GET', `system/${resource}`)).resource).toEqual(before);
  });
});

describe('H3: what only a root administrator may do', () => {
  it('is refused before anything is done, whatever the address looks like', async () => {
    const app = await api.appWith('everything', [{ service: 'system', component: '*', verbs: READ_WRITE }]);
    const before = await api.admin('GET', 'system/admin');
    const evil = { resource: [{ email: 'evil@example.com', password: PASSWORD }] };
    for (const query of [{}, { x: 'session' }, { x: 'environment' }, { fields: 'session' }, { x: '/system/environment' }] as Record<
      string,
      string
    >[]) {
      for (const target of [
        'system/admin',
        'system/admin/',
        'SYSTEM/admin',
        'system/ADMIN',
        'system/admin//',
        'system/./admin',
        'system/admin/..',
        'system//admin',
      ]) {
        const answer = await api.call(target, { method: 'POST', key: app.key, query, body: evil });
        expectHonestAnswer(answer, target);
        expect(answer.status, target).toBeGreaterThanOrEqual(400);
      }
    }
    for (const [method, target] of [
      ['PATCH', 'system/admin/1'],
      ['DELETE', 'system/admin/1'],
      ['PATCH', 'system/user/1'],
      ['DELETE', 'system/user/1'],
      ['DELETE', 'system/admin?ids=1'],
      ['DELETE', 'system/admin/1/session'],
    ] as const) {
      const answer = await api.call(target, {
        method,
        key: app.key,
        body: { password: PASSWORD, is_active: false, resource: [{ id: 1, is_active: false }] },
      });
      expect([403, 404], `${method} ${target} ${answer.text}`).toContain(answer.status);
    }
    for (const is_sys_admin of [true, 1, 'true']) {
      const answer = await api.call('system/user', {
        method: 'POST',
        key: app.key,
        body: { resource: [{ email: `flag-${String(is_sys_admin)}@example.com`, is_sys_admin, is_root_admin: true, password: PASSWORD }] },
      });
      expectHonestAnswer(answer, 'is_sys_admin');
    }
    expect(await api.admin('GET', 'system/admin')).toEqual(before);
    expect((await api.call('system/admin/session', { method: 'POST', body: ADMIN })).status).toBe(200);
  });
});

describe('H4: a role that may write the system', () => {
  it('cannot raise itself, by itself or through relations', async () => {
    const app = await api.appWith('climber', [
      { service: 'system', component: 'role/*', verbs: READ_WRITE },
      { service: 'system', component: 'app/*', verbs: READ_WRITE },
      { service: 'system', component: 'user/*', verbs: READ_WRITE },
    ]);
    const system = await idOf('service', 'system');
    const wide = { service_id: system, component: '*', verb_mask: 31, requestor_mask: 3 };
    const everything = { service_id: null, component: '*', verb_mask: 31, requestor_mask: 3 };
    const wider = await api.appWith('wider', [{ service: 'system', component: '*', verbs: READ_WRITE }]);
    const before = await api.admin('GET', `system/role/${app.role}?related=role_service_access_by_role_id`);
    for (const [method, target, body] of [
      ['PATCH', `system/role/${app.role}`, { role_service_access_by_role_id: [wide] }],
      ['PATCH', `system/role/${app.role}`, { role_service_access_by_role_id: [everything] }],
      ['PUT', 'system/role', { resource: [{ id: app.role, role_service_access_by_role_id: [wide] }] }],
      ['PATCH', 'system/role?filter=id%3E0', { resource: [{ role_service_access_by_role_id: [everything] }] }],
      ['POST', 'system/role', { resource: [{ name: 'mine', is_active: true, role_service_access_by_role_id: [wide] }] }],
      ['PATCH', `system/app/${app.id}`, { role_id: wider.role }],
      ['POST', 'system/app', { resource: [{ name: 'mine', is_active: true, role_id: wider.role }] }],
      ['PATCH', `system/role/${wider.role}`, { user_to_app_to_role_by_role_id: [{ user_id: 1, app_id: app.id }] }],
    ] as const) {
      const answer = await api.call(target, { method, key: app.key, body });
      expectHonestAnswer(answer, `${method} ${target}`);
      expect(answer.status === 200 ? 'done' : 'refused', `${method} ${target} ${JSON.stringify(body)}`).toBe('refused');
    }
    // A relation that cannot be written is ignored.
    expectHonestAnswer(
      await api.call(`system/role/${wider.role}`, {
        method: 'PATCH',
        key: app.key,
        body: { app_by_role_id: [{ id: app.id, role_id: wider.role }] },
      }),
      'an app by way of a role',
    );
    expect(await api.admin('GET', `system/app/${app.id}?fields=role_id`)).toEqual({ role_id: app.role });
    expect(await api.admin('GET', `system/role/${app.role}?related=role_service_access_by_role_id`)).toEqual(before);
    expect((await api.call('system/lookup', { key: app.key })).status).toBe(401);
    expect((await api.call('system/app', { token, query: { filter: "name = 'mine'" } })).json).toEqual({ resource: [] });
  });

  it('cannot read by relations what it may not read', async () => {
    const app = await api.appWith('role-reader', [{ service: 'system', component: 'role/*', verbs: GET }]);
    for (const related of [
      'app_by_role_id',
      'user_by_created_by_id',
      'user_to_app_to_role_by_role_id',
      'service_by_role_service_access',
      'role_service_access_by_role_id,app_by_role_id',
      '*',
    ]) {
      const answer = await api.call(`system/role/${app.role}`, { key: app.key, query: { related } });
      expectHonestAnswer(answer, related);
      expect(answer.text).not.toContain(app.key);
      expect(answer.text).not.toContain(ADMIN.email);
    }
  });
});

describe('H5: services that are not of the role', () => {
  it('are seen in no list, by no filter and by no id', async () => {
    const app = await api.appWith('service-reader', [{ service: 'system', component: 'service/*', verbs: GET }]);
    await api.admin('POST', 'system/service', {
      resource: [{ name: 'private-one', type: 'sqlite', is_active: true, config: { database: 'private.sqlite' } }],
    });
    const id = await idOf('service', 'private-one');
    for (const query of [
      {},
      { filter: 'id > 0' },
      { filter: '(id > 0) or (id > 0)' },
      { filter: "name = 'private-one'" },
      { filter: '(type in ("sqlite"))' },
      { filter: 'is_active = true' },
      { ids: String(id) },
      { ids: String(id), continue: 'true' },
      { as_list: 'true', id_field: 'name' },
      { include_count: 'true' },
      { fields: '*' },
      { order: 'name' },
    ] as Record<string, string>[]) {
      const answer = await api.call('system/service', { key: app.key, query });
      expectHonestAnswer(answer, JSON.stringify(query));
      expect(answer.text.replaceAll(query.filter ?? 'none', ''), JSON.stringify(query)).not.toContain('private');
    }
    expect((await api.call(`system/service/${id}`, { key: app.key })).status).toBe(404);
    expect((await api.call('', { key: app.key })).text).not.toContain('private-one');
    expect((await api.call('system/service', { key: app.key, query: { count_only: 'true' } })).json).toBe(
      ((await api.call('system/service', { key: app.key })).json as { resource: unknown[] }).resource.length,
    );
  });
});

describe('H6: lookups of others', () => {
  it('are neither seen nor changed by their id', async () => {
    const { role } = await api.appWith('owner-of-lookups', []);
    await api.admin('PATCH', `system/role/${role}`, { lookup_by_role_id: [{ name: 'of-a-role', value: 'value-of-a-role' }] });
    const { lookup_by_role_id } = await api.admin<{ lookup_by_role_id: { id: number }[] }>(
      'GET',
      `system/role/${role}?related=lookup_by_role_id`,
    );
    const { id } = lookup_by_role_id[0]!;
    const count = await api.admin<number>('GET', 'system/lookup?count_only=true');
    expect(count).toBe((await api.admin<{ resource: unknown[] }>('GET', 'system/lookup')).resource.length);
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const answer = await api.call(`system/lookup/${id}`, { method, token, ...(method === 'PATCH' && { body: { value: 'taken' } }) });
      expect([method, answer.status]).toEqual([method, 404]);
      expect(answer.text).not.toContain('value-of-a-role');
    }
    for (const options of [
      { query: { ids: String(id) } },
      { method: 'DELETE', query: { ids: String(id) } },
      { method: 'PATCH', body: { resource: [{ id, value: 'taken' }] } },
    ] satisfies CallOptions[])
      expect((await api.call('system/lookup', { token, ...options })).status).toBe(400);
    expect(
      (await api.admin<{ lookup_by_role_id: { value: string }[] }>('GET', `system/role/${role}?related=lookup_by_role_id`))
        .lookup_by_role_id[0]!.value,
    ).toBe('value-of-a-role');
  });

  it('that are private do not become readable by a change of the flag', async () => {
    await api.admin('POST', 'system/lookup', { resource: [{ name: 'hidden', value: 'the-hidden-value', private: true }] });
    const id = await idOf('lookup', 'hidden');
    for (const body of [{ private: false }, { private: false, value: '**********' }, { private: 0 }, { private: null }]) {
      const answer = await api.call(`system/lookup/${id}`, { method: 'PATCH', token, body, query: { fields: '*' } });
      expectHonestAnswer(answer, JSON.stringify(body));
      expect(answer.text).not.toContain('the-hidden-value');
      expect((await api.call(`system/lookup/${id}`, { token })).text).not.toContain('the-hidden-value');
    }
    for (const filter of ["value = 'the-hidden-value'", "value like 'the%'", 'value contains hidden', 'value is not null'])
      expect((await api.call('system/lookup', { token, query: { filter } })).text.replaceAll(filter, '')).not.toContain('the-hidden-value');
    for (const query of [{ order: 'value' }, { filter: "value like 'the-h%'", count_only: 'true' }] as Record<string, string>[])
      expect((await api.call('system/lookup', { token, query })).json).not.toBe(1);
  });
});

describe('H7: API keys', () => {
  it('are made at random, and renewed for the app that was named', async () => {
    const apps = await Promise.all(['key-one', 'key-two', 'key-three'].map((name) => api.appWith(name, [])));
    expect(new Set(apps.map(({ key }) => key)).size).toBe(3);
    for (const { key } of apps) expect(key).toMatch(/^[0-9a-f]{64}$/);
    const before = await api.admin<{ resource: { id: number; api_key: string }[] }>('GET', 'system/app?fields=id,api_key');
    await api.admin('PATCH', `system/app/${apps[1]!.id}?regenerate=true`, {});
    const after = await api.admin<{ resource: { id: number; api_key: string }[] }>('GET', 'system/app?fields=id,api_key');
    expect(after.resource.filter((app, index) => app.api_key !== before.resource[index]!.api_key).map(({ id }) => id)).toEqual([
      apps[1]!.id,
    ]);
  });

  it('are given to one app only', async () => {
    const first = await api.appWith('first-owner', []);
    const second = await api.appWith('second-owner', []);
    const answer = await api.call(`system/app/${second.id}`, { method: 'PATCH', token, body: { api_key: first.key } });
    expect(answer.status).toBe(400);
    const { resource } = await api.admin<{ resource: { api_key: string }[] }>('POST', 'system/app?fields=*', {
      resource: [{ name: 'third-owner', api_key: first.key }],
    });
    expect(resource[0]!.api_key).not.toBe(first.key);
    expect((await api.call(`system/app/${second.id}`, { method: 'PATCH', token, body: { api_key: 'short' } })).status).toBe(400);
  });
});

// system-service.md 6.4: everybody knows the key of `admin`.
describe('a seeded app', () => {
  it('is never given a role', async () => {
    const { role } = await api.appWith('any-role', [{ service: 'system', component: '*', verbs: READ_WRITE }]);
    for (const name of ['admin', 'api_docs', 'file_manager']) {
      const id = await idOf('app', name);
      expect((await api.call(`system/app/${id}`, { method: 'PATCH', token, body: { role_id: role } })).status, name).toBe(400);
      expect((await api.call('system/app', { method: 'PATCH', token, body: { resource: [{ id, role_id: role }] } })).status, name).toBe(
        400,
      );
    }
    expect((await api.call('system/role', { key: SEEDED_KEY })).status).toBe(400);
  });
});

const systemDatabase = await postgresServer();

describe.skipIf(!systemDatabase)('H8: the keys that everybody knows', () => {
  it('do not come back with the next start', async () => {
    const { host, port, database, username, password } = connectionOf(systemDatabase!);
    const env = {
      DB_CONNECTION: 'pgsql',
      DB_HOST: String(host),
      DB_PORT: String(port),
      DB_DATABASE: String(database),
      DB_USERNAME: String(username),
      DB_PASSWORD: String(password),
      APP_KEY: 'base64:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
    };
    const keyOf = async (running: Api) =>
      (await running.admin<{ resource: { id: number; api_key: string }[] }>('GET', 'system/app?filter=name%3D%27admin%27')).resource[0]!;
    const first = await startApi({ env });
    const seeded = await keyOf(first);
    expect(seeded.api_key).toBe(SEEDED_KEY);
    await first.admin('PATCH', `system/app/${seeded.id}?regenerate=true`, {});
    const renewed = await keyOf(first);
    await first.close();
    const second = await startApi({ env });
    expect((await keyOf(second)).api_key).toBe(renewed.api_key);
    expect(renewed.api_key).not.toBe(SEEDED_KEY);
    await second.close();
  });
});

describe('H10: calls home', () => {
  it('are made neither at the start nor when services, users and administrators are made', async () => {
    const log = pathToFileURL(path.join(import.meta.dirname, 'support', 'connection-log.mjs')).href;
    const watched = await startApi({ env: { NODE_OPTIONS: `--import=${log}`, LOG_CHANNEL: 'stderr', APP_LOG_LEVEL: 'info' } });
    try {
      await watched.admin('POST', 'system/service', {
        resource: [{ name: 'lite', type: 'sqlite', is_active: true, config: { database: 'lite.sqlite' } }],
      });
      await watched.admin('GET', 'lite/_table');
      await watched.admin('POST', 'system/admin', { resource: [{ email: 'second@example.com', password: PASSWORD }] });
      await watched.user('home@example.com', PASSWORD);
      await watched.logIn('home@example.com', PASSWORD);
      await watched.admin('GET', 'system/environment');
      // The address to listen on is looked up too.
      expect(watched.headgate.output()).not.toMatch(/^outgoing: (?!127\.0\.0\.1$)/m);
      // That the watch works at all: this one must be seen.
      const config = { host: '127.0.0.1', port: 1, database: 'd', username: 'u', password: 'p' };
      await watched.admin('POST', 'system/service', { resource: [{ name: 'away', type: 'pgsql', is_active: true, config }] });
      await watched.call('away/_table', { token: await watched.headgate.token() });
      await expect.poll(() => watched.headgate.output()).toContain('outgoing: 127.0.0.1:1');
    } finally {
      await watched.close();
    }
  });
});

describe('H12: services that belong to the system', () => {
  it('are neither deleted, renamed nor doubled, and types are known ones', async () => {
    const services = await api.admin<{ resource: { id: number; name: string; type: string }[] }>(
      'GET',
      'system/service?fields=id,name,type',
    );
    const changes: CallOptions[] = [
      { method: 'PATCH', body: { name: 'renamed' } },
      { method: 'PATCH', body: { type: 'sqlite' } },
      { method: 'PATCH', body: { deletable: true, mutable: true, name: 'renamed' } },
    ];
    for (const name of ['system', 'user', 'api_docs']) {
      const { id, type } = services.resource.find((candidate) => candidate.name === name)!;
      // The service of users may be renamed, not deleted.
      for (const options of [{ method: 'DELETE' }, ...(name === 'user' ? [] : changes)])
        expect((await api.call(`system/service/${id}`, { token, ...options })).status, `${options.method} ${name}`).toBe(403);
      expect((await api.call('system/service', { method: 'DELETE', token, query: { ids: String(id) } })).status).toBe(400);
      expect(
        (await api.call('system/service', { method: 'DELETE', token, query: { filter: `name = '${name}'` } })).status,
      ).toBeGreaterThanOrEqual(400);
      const second = { name: `second-${name.replace('_', '-')}`, type, is_active: true };
      expect((await api.call('system/service', { method: 'POST', token, body: { resource: [second] } })).status).toBe(400);
    }
    for (const type of ['nonsense', '', null, 5, '__proto__', 'constructor', ['pgsql']])
      expect(
        (await api.call('system/service', { method: 'POST', token, body: { resource: [{ name: 'odd', type }] } })).status,
        String(type),
      ).toBe(400);
    expect(await api.admin('GET', 'system/service?fields=id,name,type')).toEqual(services);
  });
});

describe('H13: writes that fail', () => {
  it('leave nothing behind, and no account is active that was not to be', async () => {
    for (const is_active of [false, 0, '0', 'false']) {
      const email = `idle-${typeof is_active}-${String(is_active)}@example.com`;
      await api.admin('POST', 'system/user', { resource: [{ email, password: PASSWORD, is_active }] });
      expect((await api.call('user/session', { method: 'POST', body: { email, password: PASSWORD } })).status, email).toBe(401);
    }
    const before = await api.admin('GET', 'system/service');
    for (const record of [
      { config: { host: 'x' }, name: 'half', type: 'pgsql' },
      { name: 'half', config: { host: '', database: '' }, type: 'pgsql', is_active: true },
      { name: 'half', type: 'pgsql' },
      { name: 'half', type: 'sqlite', config: { database: '../../x' } },
      { name: 'half', type: 'sqlite', config: { database: 'x.sqlite' }, label: 'x'.repeat(100) },
      { name: 'half', type: 'sqlite', config: { database: 'x.sqlite' }, service_doc_by_service_id: 'x' },
    ])
      expect(
        (await api.call('system/service', { method: 'POST', token, body: { resource: [record] } })).status,
        JSON.stringify(record),
      ).toBe(400);
    expect(await api.admin('GET', 'system/service')).toEqual(before);

    await api.admin('POST', 'system/service', {
      resource: [{ name: 'whole', type: 'pgsql', config: { host: 'one.example', database: 'd', username: 'u', password: 'p' } }],
    });
    const id = await idOf('service', 'whole');
    const whole = await api.admin('GET', `system/service/${id}`);
    for (const body of [
      { config: { database: 'two' }, label: 'x'.repeat(100) },
      { config: { database: 'two', port: 'x' } },
      { config: { database: '' } },
      { name: 'a b', config: { database: 'two' } },
      { name: 'system', config: { database: 'two' } },
    ])
      expect((await api.call(`system/service/${id}`, { method: 'PATCH', token, body })).status, JSON.stringify(body)).toBe(400);
    expect(await api.admin('GET', `system/service/${id}`)).toEqual(whole);
  });
});

describe('H14: errors of the system database', () => {
  it('tell no SQL, on create and on update', async () => {
    await api.admin('POST', 'system/role', { resource: [{ name: 'taken' }, { name: 'free' }] });
    const id = await idOf('role', 'free');
    for (const [method, target, body] of [
      ['POST', 'system/role', { resource: [{ name: 'taken' }] }],
      ['POST', 'system/role?continue=true', { resource: [{ name: 'taken' }, { name: 'taken' }] }],
      ['POST', 'system/role?rollback=true', { resource: [{ name: 'new' }, { name: 'taken' }] }],
      ['PATCH', `system/role/${id}`, { name: 'taken' }],
      ['PATCH', 'system/role', { resource: [{ id, name: 'taken' }] }],
      ['POST', 'system/app', { resource: [{ name: 'orphan', role_id: 99_999 }] }],
      ['POST', 'system/app', { resource: [{ name: 'orphan', storage_service_id: 99_999 }] }],
      ['PATCH', `system/role/${id}`, { role_service_access_by_role_id: [{ service_id: 99_999, component: '*', verb_mask: 1 }] }],
      ['POST', 'system/user', { resource: [{ email: ADMIN.email }] }],
      ['POST', 'system/user', { resource: [{ name: 'x' }] }],
    ] as const) {
      const answer = await api.call(target, { method, token, body });
      expectHonestAnswer(answer, `${method} ${target}`);
      expect(answer.status, `${method} ${target} ${answer.text}`).toBe(400);
      expect(answer.text).not.toMatch(/UNIQUE|FOREIGN KEY|constraint|sqlite|23505/i);
    }
    expect((await api.admin<{ resource: unknown[] }>('GET', "system/role?filter=name%3D'new'")).resource).toEqual([]);
  });
});

describe('H15: the last administrator', () => {
  it('can be neither deleted nor deactivated, by himself or another way', async () => {
    const [id] = await idsOf('system/admin');
    for (const [method, target, body] of [
      ['DELETE', `system/admin/${id}`, undefined],
      ['DELETE', `system/admin?ids=${id}`, undefined],
      ['DELETE', 'system/admin?filter=id%3E0', undefined],
      ['PATCH', `system/admin/${id}`, { is_active: false }],
      ['PUT', 'system/admin', { resource: [{ id, is_active: false }] }],
      ['PATCH', 'system/admin?filter=id%3E0', { resource: [{ is_active: false }] }],
      ['DELETE', `system/user/${id}`, undefined],
      ['PATCH', `system/user/${id}`, { is_active: false }],
      ['PATCH', 'system/user?filter=id%3E0', { resource: [{ is_sys_admin: false }] }],
    ] as const)
      expectHonestAnswer(await api.call(target, { method, token, ...(body && { body }) }), `${method} ${target}`);
    expect((await api.call('system/admin', { token })).json).toMatchObject({ resource: [{ id, is_active: true }] });
    expect((await api.call('system/admin/session', { method: 'POST', body: ADMIN })).status).toBe(200);
  });
});

describe('H16: rows that name their parent by a text', () => {
  it('are compared as numbers, and end', async () => {
    const { role } = await api.appWith('parent', [{ service: 'system', component: 'app', verbs: GET }]);
    const { role_service_access_by_role_id: rows } = await api.admin<{ role_service_access_by_role_id: { id: number }[] }>(
      'GET',
      `system/role/${role}?related=role_service_access_by_role_id`,
    );
    for (const role_id of [String(role), ` ${role}`, `${role}.0`, 'x', '', {}, [role], true, -1, 1e20]) {
      const answer = await api.call(`system/role/${role}`, {
        method: 'PATCH',
        token,
        body: { role_service_access_by_role_id: [{ id: rows[0]!.id, role_id, component: 'app' }] },
      });
      expectHonestAnswer(answer, JSON.stringify(role_id));
    }
    expect((await api.call('system/role', { token })).status).toBe(200);
  });
});

describe('H17: nobody in particular', () => {
  it('learns neither the version, nor when an administrator was here, nor which apps there are', async () => {
    await api.appWith('visible-app', [{ service: 'user', component: '*', verbs: GET }]);
    const status = await call(api.headgate.origin, '/status');
    expect(status.json).not.toMatchObject({ version: expect.stringMatching(/\d+\.\d+/) });
    expect((status.json as { last_admin_login?: unknown }).last_admin_login ?? null).toBeNull();
    const environment = await api.call('system/environment');
    expect(environment.status).toBe(200);
    expect(environment.text).not.toMatch(/visible-app|"version"|v24\.|node|\/tmp\//i);
    for (const target of ['', 'system', 'user', 'system/constant', 'system/service_type', 'system/event', 'system/cache'])
      expect((await api.call(target)).text, target).not.toMatch(/visible-app|private-one|whole/);
  });
});
