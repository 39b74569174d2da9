import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { postgresServer } from '../containers.js';
import { ADMIN, type RunningHeadgate, startHeadgate } from '../headgate.js';

/**
 * The calls of DreamFactory's admin app as it sends them (headers, bodies, whole rows as read), and the keys without which its pages are
 * empty or stop (admin-ui-calls.md sections 1 to 10).
 */

/** The key that is compiled into the app. */
const ADMIN_APP_KEY = '6498a8ad1beb9d84d63035c5d1120c007fad6de706734db9689f8996707e0f7d';
const LIST = 'limit=50&offset=0&include_count=true';

type Row = Record<string, unknown>;
const rowSchema = z.record(z.string(), z.unknown());
const listSchema = z.object({ resource: z.array(rowSchema), meta: z.object({ count: z.number().int() }).optional() });
const createdSchema = z.object({ resource: z.tuple([z.looseObject({ id: z.number().int().positive() })]) });

let headgate: RunningHeadgate;
let session: string;

beforeAll(async () => {
  headgate = await startHeadgate();
  session = await headgate.token();
});
afterAll(() => headgate?.stop());

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly body: unknown;
}

/** A call with the headers that the app sends; `token` undefined is the state before log-in. */
async function send(
  method: string,
  target: string,
  body?: unknown,
  options: { token?: string | undefined; headers?: Row } = {},
): Promise<Answer> {
  const token = 'token' in options ? options.token : session;
  const isText = typeof body === 'string';
  const response = await fetch(`${headgate.origin}${target.startsWith('/') ? target : `/api/v2/${target}`}`, {
    method,
    redirect: 'manual',
    headers: {
      Accept: 'application/json, text/plain, */*',
      'Cache-Control': 'no-cache, private',
      'X-DreamFactory-API-Key': ADMIN_APP_KEY,
      'snackbar-error': 'server',
      'show-loading': '',
      ...(token !== undefined && { 'X-DreamFactory-Session-Token': token }),
      ...(body !== undefined && !isText && { 'Content-Type': 'application/json' }),
      ...(options.headers as Record<string, string> | undefined),
    },
    ...(body !== undefined && { body: isText ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  return { status: response.status, type, text, body: type.includes('application/json') ? JSON.parse(text) : undefined };
}

/** A call that must succeed, and answer JSON: the app renames the keys of nothing else. */
async function ok(method: string, target: string, body?: unknown, status = 200): Promise<unknown> {
  const answer = await send(method, target, body);
  expect(answer, `${method} ${target}`).toMatchObject({ status, type: expect.stringContaining('application/json') });
  return answer.body;
}

const row = async (target: string) => rowSchema.parse(await ok('GET', target));
const list = async (target: string) => listSchema.parse(await ok('GET', target)).resource;
const create = async (target: string, body: Row) => createdSchema.parse(await ok('POST', target, { resource: [body] }, 201)).resource[0];
const pick = (of: Row, ...keys: string[]) => Object.fromEntries(keys.map((key) => [key, of[key]]));

async function countedList(target: string): Promise<Row[]> {
  const answer = listSchema.parse(await ok('GET', target));
  expect(answer.meta?.count, target).toBeTypeOf('number');
  return answer.resource;
}

async function serviceId(name: string): Promise<number> {
  const [service] = await list(`system/service?filter=name=${name}`);
  return z.number().parse(service?.id);
}

const missing = (of: Row, ...keys: string[]) => keys.filter((key) => !(key in of));

describe('start and session', () => {
  it('leads to the landing page once there is an administrator', async () => {
    const response = await fetch(headgate.origin, { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([302, '/dreamfactory/dist/index.html']);
  });

  it('describes the log-in to everyone, and the machine to nobody without a session', async () => {
    const { status, body } = await send('GET', 'system/environment', undefined, { token: undefined });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      authentication: {
        login_attribute: 'email',
        oauth: [],
        adldap: [],
        saml: [],
        allow_open_registration: false,
        allow_forever_sessions: expect.any(Boolean),
      },
      apps: expect.any(Array),
    });
    expect(body).not.toHaveProperty('server.release');
    expect(body).not.toHaveProperty('platform.install_path');
  });

  it('refuses the lookup that is read before log-in with neither 403 nor 404, which would end the page', async () => {
    const { status } = await send('GET', `system/lookup?filter=name="intercom_widget_enabled"&${LIST}`, undefined, { token: undefined });
    expect([400, 401]).toContain(status);
  });

  it('logs an administrator in by the second of two calls, and a wrong password by neither', async () => {
    const credentials = { password: ADMIN.password, email: ADMIN.email };
    expect((await send('POST', 'user/session', credentials, { token: undefined })).status).toBe(401);
    const { status, body } = await send('POST', 'system/admin/session', credentials, { token: undefined });
    expect(status).toBe(200);
    expect(
      missing(
        rowSchema.parse(body),
        'session_token',
        'session_id',
        'id',
        'name',
        'first_name',
        'last_name',
        'email',
        'last_login_date',
        'host',
      ),
    ).toEqual([]);
    expect(body).toMatchObject({ is_sys_admin: true, is_root_admin: true });
    for (const target of ['user/session', 'system/admin/session']) {
      const refused = await send('POST', target, { ...credentials, password: 'not-the-password' }, { token: undefined });
      expect(refused).toMatchObject({ status: 401, body: { error: { message: expect.any(String), status_code: 401 } } });
    }
  });

  it('finds the session again on a reload, with an empty Authorization header, and says 401 to a dead one', async () => {
    const alive = await send('GET', 'user/session', undefined, { headers: { Authorization: '' } });
    expect(alive).toMatchObject({ status: 200, body: { session_token: expect.any(String), is_sys_admin: true, is_root_admin: true } });
    expect((await send('GET', 'user/session', undefined, { token: 'dead' })).status).toBe(401);
  });

  it('tells an administrator what the system page reads', async () => {
    const body = await row('system/environment');
    expect(body).toMatchObject({
      platform: { version: expect.any(String), license: 'GOLD', license_key: false, root_admin_exists: true, packages: expect.any(Array) },
      server: {
        server_os: expect.any(String),
        release: expect.any(String),
        version: expect.any(String),
        host: expect.any(String),
        machine: expect.any(String),
      },
      client: { user_agent: expect.any(String), ip_address: expect.any(String), locale: expect.any(String) },
    });
    const platform = rowSchema.parse(body.platform);
    expect(
      missing(
        platform,
        'is_hosted',
        'is_trial',
        'db_driver',
        'install_path',
        'log_path',
        'log_mode',
        'log_level',
        'app_debug',
        'cache_driver',
      ),
    ).toEqual([]);
  });

  it('ends a session at log-out', async () => {
    const { body } = await send('POST', 'system/admin/session', ADMIN, { token: undefined });
    const token = z.string().parse(rowSchema.parse(body).session_token);
    expect((await send('DELETE', 'system/admin/session', undefined, { token })).status).toBe(200);
    // A dead session sends the app to its log-in form, a revoked one is refused as the original refuses it.
    expect((await send('GET', 'user/session', undefined, { token })).status).toBe(403);
  });
});

describe('home, search and lists of services', () => {
  it('answers the numbers of the home page', async () => {
    for (const target of ['service?fields=id,name,type', 'role?fields=id,name', 'app?']) {
      for (const { name } of await countedList(`system/${target}&include_count=true`)) expect(name).toBeTypeOf('string');
    }
    for (const app of await list('system/app?include_count=true')) expect(app.api_key).toMatch(/^[0-9a-f]{64}$/);
  });

  it('answers the eight searches of the search box', async () => {
    const like = (...names: string[]) => names.map((name) => `(${name} like "%sample%")`).join(' or ');
    const filters = { admin: like('first_name', 'last_name', 'name', 'email'), user: like('first_name', 'last_name', 'name', 'email') };
    const named = {
      service: like('name', 'label', 'description', 'type'),
      role: like('name', 'description'),
      app: like('name', 'description'),
      email_template: like('name', 'description'),
    };
    for (const [resource, filter] of Object.entries({ ...filters, ...named })) {
      await list(`system/${resource}?filter=${encodeURIComponent(filter)}&limit=0&offset=0&include_count=false`);
    }
    expect(await list(`system/role?filter=${encodeURIComponent(named.role)}&limit=0`)).toHaveLength(1);
  });

  it('lists the services of a group by their types, and none for a group without types', async () => {
    const types = (await list(`system/service_type?fields=name&${LIST}&group=Database`)).map(({ name }) => `"${name}"`);
    const [db] = await countedList(
      `system/service?filter=${encodeURIComponent(`(type in (${types.join(',')}))`)}&sort=name&offset=0&include_count=true`,
    );
    expect(pick(db!, 'name', 'is_active', 'type')).toEqual({ name: 'db', is_active: true, type: 'sqlite' });
    expect(missing(db!, 'id', 'label', 'description', 'deletable')).toEqual([]);
    expect(await list(`system/service_type?fields=name&${LIST}&group=Nothing`)).toEqual([]);
    expect(await list(`system/service?filter=${encodeURIComponent('(type in (""))')}&sort=name&offset=0&include_count=true`)).toEqual([]);
  });

  it('finds by search text within the types, and answers an empty list of scripts', async () => {
    const filter = '((name like "%d%") or (label like "%d%") or (description like "%d%") or (type like "%d%")) and (type in ("sqlite"))';
    expect(await countedList(`system/service?limit=10&offset=0&filter=${encodeURIComponent(filter)}&include_count=true`)).toHaveLength(1);
    expect(await list(`system/event_script?${LIST}`)).toEqual([]);
  });

  it('lists the platform services as made by nobody', async () => {
    const filter = encodeURIComponent('(created_by_id is null) and (name != "api_docs")');
    const names = (await countedList(`system/service?filter=${filter}&sort=name&${LIST}`)).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['email', 'files', 'logs', 'system', 'user']));
    expect(names).not.toContain('api_docs');
  });
});

describe('one service', () => {
  const wizard = (name: string, database: string) => ({
    type: 'sqlite',
    name,
    label: name,
    description: '',
    is_active: true,
    storage_service_id: null,
    service_doc_by_service_id: null,
    config: {
      database,
      dsn: null,
      options: null,
      attributes: null,
      statements: null,
      allow_upsert: false,
      max_records: 1000,
      cache_enabled: false,
      cache_ttl: 0,
    },
    id: null,
  });

  it('draws the form from the types', async () => {
    const types = await list(`system/service_type?${LIST}&group=Database`);
    const pgsql = types.find(({ name }) => name === 'pgsql')!;
    const fields = z.array(rowSchema).parse(pgsql.config_schema);
    expect(fields.slice(0, 5).map(({ name }) => name)).toEqual(['host', 'port', 'database', 'username', 'password']);
    const known = [
      'string',
      'text',
      'integer',
      'password',
      'boolean',
      'object',
      'array',
      'picklist',
      'multi_picklist',
      'verb_mask',
      'event_picklist',
      'file_certificate',
      'file_certificate_api',
    ];
    for (const field of fields) {
      expect(known).toContain(field.type);
      expect(missing(field, 'name', 'label', 'type', 'alias')).toEqual([]);
    }
    await list('system/lookup?fields=name&limit=100');
  });

  it('answers the drop-downs of files, scripts and events', async () => {
    expect(await ok('GET', `/api/v2?group=source control,file&${LIST}`)).toMatchObject({ services: expect.any(Array) });
    for (const name of z.object({ resource: z.array(z.string()) }).parse(await ok('GET', `system/event?as_list=true&${LIST}`)).resource)
      expect(name).not.toBe('');
  });

  it('makes a database service that can be tested at once, opens, saves, clears, duplicates and deletes it', async () => {
    const { id } = await create('system/service', wizard('inventory', 'inventory.sqlite'));
    expect(await ok('GET', 'inventory/_table')).toEqual({ resource: [] });

    const read = await row(`system/service/${id}?related=service_doc_by_service_id`);
    expect(read).toMatchObject({ name: 'inventory', config: { database: expect.any(String) }, service_doc_by_service_id: null });
    expect(await ok('PUT', `system/service/${id}`, { ...read, label: 'Inventory', storage_service_id: null })).toEqual({ id });
    await ok('DELETE', 'system/cache/inventory');
    expect(await row(`system/service/${id}`)).toMatchObject({ label: 'Inventory', config: read.config });

    await countedList('system/service?limit=1000&offset=0&include_count=true');
    const { name: _name, ...copied } = pick(read, 'name', 'label', 'description', 'is_active', 'type', 'config');
    const copy = await create('system/service', { ...copied, name: 'inventory_copy' });
    expect(await row(`system/service/${copy.id}`)).toMatchObject({ name: 'inventory_copy', type: 'sqlite' });
    for (const made of [copy.id, id]) expect(await ok('DELETE', `system/service/${made}`)).toEqual({ id: made });
    expect((await send('GET', 'inventory/_table')).status).toBe(404);
  });

  it('connects PostgreSQL by the fields of the wizard, numbers as text, and leaves a wrong password to the test', async (context) => {
    const server = await postgresServer();
    if (server === undefined) return context.skip();
    const { hostname, port, username, password, pathname } = new URL(server);
    const config = {
      ...{ host: hostname, port, database: pathname.slice(1), username, password },
      ...{
        schema: null,
        charset: null,
        sslmode: null,
        timezone: null,
        application_name: null,
        options: null,
        attributes: null,
        statements: null,
      },
      ...{ allow_upsert: false, max_records: 1000, cache_enabled: false, cache_ttl: 0 },
    };
    const wrong = await create('system/service', {
      ...wizard('shop', ''),
      type: 'pgsql',
      config: { ...config, password: 'not-the-password' },
    });
    const refused = await send('GET', 'shop/_table');
    expect(refused).toMatchObject({ status: 503, body: { error: { detail: expect.stringContaining('password authentication failed') } } });
    await ok('DELETE', `system/service/${wrong.id}`);

    const { id } = await create('system/service', { ...wizard('shop', ''), type: 'pgsql', config });
    expect(await ok('GET', 'shop/_table')).toEqual({ resource: [] });
    expect(await list('shop/_schema?fields=name,label')).toEqual([]);
    await ok('DELETE', `system/service/${id}`);
  });

  it('keeps a password that comes back as it was shown', async () => {
    const config = { host: '127.0.0.1', port: '1', database: 'none', username: 'reader', password: 'kept-and-not-shown' };
    const { id } = await create('system/service', { ...wizard('masked', 'none'), type: 'pgsql', config });
    const shown = await send('GET', `system/service/${id}`);
    expect(shown.text).not.toContain(config.password);
    const read = rowSchema.parse(shown.body);
    expect(read.config).toMatchObject({ password: '**********', port: 1 });
    expect(await ok('PUT', `system/service/${id}`, { ...read, description: 'again' })).toEqual({ id });
    // Another host with the mask would send the stored password there.
    const elsewhere = await send('PUT', `system/service/${id}`, {
      ...read,
      config: { ...rowSchema.parse(read.config), host: '127.0.0.2' },
    });
    expect(elsewhere.status).toBe(400);
    await ok('DELETE', `system/service/${id}`);
  });

  it('says within seconds that a database cannot be reached, so that the wizard takes the service back', async () => {
    const config = { host: '127.0.0.1', port: '1', database: 'none', username: 'reader', password: 'x' };
    const { id } = await create('system/service', { ...wizard('unreachable', 'none'), type: 'pgsql', config });
    const started = performance.now();
    const { status, body } = await send('GET', 'unreachable/_table');
    expect(status).toBe(503);
    expect(body).toMatchObject({ error: { message: expect.stringContaining('unreachable') } });
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(await ok('DELETE', `system/service/${id}`)).toEqual({ id });
  });

  it('makes role and app of the step "Security Configuration"', async () => {
    const service_id = await serviceId('db');
    const access = { service_id, component: '_table/*', verb_mask: 1, requestor_mask: 3, filters: [], filter_op: 'AND' };
    const role = await create('system/role', {
      name: 'db_auto_role',
      description: 'Auto-generated role for service db',
      is_active: true,
      role_service_access_by_role_id: [access],
      user_to_app_to_role_by_role_id: [],
    });
    const app = await create('system/app?fields=*&related=role_by_role_id', {
      name: 'db_app',
      description: 'Auto-generated app for service db',
      type: '0',
      role_id: role.id,
      is_active: true,
      url: null,
      storage_service_id: null,
      storage_container: null,
      path: null,
    });
    const key = z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .parse(app.api_key);
    const asApp = (target: string) => send('GET', target, undefined, { token: undefined, headers: { 'X-DreamFactory-API-Key': key } });
    expect((await asApp('db/_table/contact?limit=1')).status).toBe(200);
    expect((await asApp('db/_schema/contact')).status).toBe(401);
    await ok('DELETE', `system/app/${app.id}`);
    await ok('DELETE', `system/role/${role.id}`);
  });

  it('tells the form what was wrong with a name', async () => {
    const { status, body } = await send('POST', 'system/service', { resource: [wizard('two words', 'x.sqlite')] });
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { context: { resource: [{ message: expect.stringContaining('Service name') }] } } });
  });
});

describe('schema manager and data explorer', () => {
  it('lists databases and tables', async () => {
    const filter = encodeURIComponent('(type in ("sqlite","pgsql"))');
    const [db] = await list(`system/service?filter=${filter}&fields=id,name,label,description,type&limit=100&sort=name`);
    expect(missing(db!, 'name', 'label', 'type')).toEqual([]);
    for (const query of ['?fields=name,label', '?fields=name,label&refresh=true', '']) {
      const tables = await list(`db/_schema${query}`);
      expect(tables.map(({ name }) => name)).toContain('contact');
    }
  });

  it('describes a table with its fields and relationships', async () => {
    const table = await row('db/_schema/contact?refresh=true');
    expect(missing(table, 'name', 'label', 'plural', 'description', 'alias', 'access', 'primary_key')).toEqual([]);
    for (const field of z.array(rowSchema).parse(table.field)) {
      const keys = [
        'name',
        'alias',
        'label',
        'type',
        'db_type',
        'required',
        'allow_null',
        'is_primary_key',
        'is_foreign_key',
        'is_virtual',
        'is_aggregate',
        'ref_table',
        'ref_field',
      ];
      expect(missing(field, ...keys)).toEqual([]);
    }
    const [relation] = z.array(rowSchema).parse(table.related);
    expect(missing(relation!, 'name', 'alias', 'type', 'is_virtual', 'field', 'ref_table', 'ref_field')).toEqual([]);
    expect((await list('db/_schema/contact/_field')).length).toBeGreaterThan(2);
    expect(await row('db/_schema/contact/_field/company_id')).toMatchObject({ name: 'company_id', is_foreign_key: true });
    expect(await row(`db/_schema/contact/_related/${relation!.name}`)).toMatchObject({ name: relation!.name });
  });

  it('pages, sorts and filters rows in the words of the explorer', async () => {
    const rows = (query: string) => countedList(`db/_table/contact?limit=50&offset=0&include_count=true${query}`);
    const all = await rows('');
    expect(all.length).toBeGreaterThan(1);
    const ids = (of: readonly Row[]) => of.map(({ id }) => Number(id));
    expect(ids(await rows('&order=id DESC'))).toEqual(ids(all).sort((a, b) => b - a));
    // The foreign-key jump quotes, a filter on a number does not.
    for (const filter of [`(id = '${all[0]!.id}')`, `(id = ${all[0]!.id})`]) {
      expect(ids(await rows(`&filter=${encodeURIComponent(filter)}`))).toEqual([all[0]!.id]);
    }
    const name = String(all[0]!.first_name);
    const filters = [
      `(first_name like '%${name.slice(1, 3)}%') AND (id >= 1)`,
      `(first_name like '${name.slice(0, 2)}%')`,
      '(first_name IS NOT NULL)',
      `(first_name != 'O''Hara')`,
    ];
    for (const filter of filters) expect(ids(await rows(`&filter=${encodeURIComponent(filter)}`))).toContain(all[0]!.id);
    expect(await rows(`&filter=${encodeURIComponent('(first_name IS NULL)')}`)).toEqual([]);
  });
});

describe('roles and apps', () => {
  it('offers the components of a service, and tolerates a row for all services', async () => {
    const names = z.object({ resource: z.array(z.string()) }).parse(await ok('GET', 'db?as_access_list=true')).resource;
    expect(names).toEqual(expect.arrayContaining(['', '*', '_table/', '_table/*', '_table/contact/', '_table/contact/*', '_schema/*']));
    await ok('GET', '/api/v2/?as_access_list=true');
    for (const service of await countedList('system/service?sort=name&limit=0&offset=0&include_count=true'))
      expect(missing(service, 'id', 'name')).toEqual([]);
  });

  it('creates, opens and changes a role: rows with an id are changed, without one added, without a role removed', async () => {
    const related = 'role_service_access_by_role_id,lookup_by_role_id';
    const service_id = await serviceId('db');
    const access = { id: null, role_id: 0, requestor_mask: 1, filter_op: 'AND' };
    const { id } = await create(`system/role?fields=*&related=${related}`, {
      id: 0,
      name: 'readers of contacts',
      description: 'd',
      is_active: true,
      role_service_access_by_role_id: [
        { ...access, service_id, component: '_table/contact/*', verb_mask: 3, filters: [{ name: 'id', operator: '>', value: '1' }] },
        { ...access, service_id: null, component: '*', verb_mask: 1, filters: [] },
      ],
      lookup_by_role_id: [{ name: 'region', value: 'EU', private: false }],
    });
    const open = async () => {
      const role = await row(`system/role/${id}?related=${related}&accessible_tabs=true`);
      return {
        role,
        rows: z.array(rowSchema).parse(role.role_service_access_by_role_id),
        lookups: z.array(rowSchema).parse(role.lookup_by_role_id),
      };
    };
    const first = await open();
    expect(first.rows).toMatchObject([
      {
        service_id,
        component: '_table/contact/*',
        verb_mask: 3,
        requestor_mask: 1,
        filters: [{ name: 'id', operator: '>', value: '1' }],
        filter_op: 'AND',
      },
      { service_id: null, component: '*', verb_mask: 1 },
    ]);
    expect(first.lookups).toMatchObject([{ name: 'region', value: 'EU', private: false }]);

    const body = { ...pick(first.role, 'id', 'name', 'description', 'is_active') };
    const changed = {
      ...body,
      role_service_access_by_role_id: [
        { ...first.rows[0], verb_mask: 7 },
        { ...first.rows[1], role_id: null },
      ],
      lookup_by_role_id: [
        { ...pick(first.lookups[0]!, 'id', 'name', 'private'), value: 'US' },
        { name: 'key', value: 'private-value', private: true },
      ],
    };
    expect(await ok('PUT', `system/role/${id}`, changed)).toEqual({ id });
    const second = await open();
    expect(second.rows).toMatchObject([{ id: first.rows[0]!.id, verb_mask: 7, filters: [{ name: 'id' }] }]);
    expect(second.lookups).toMatchObject([
      { name: 'region', value: 'US' },
      { name: 'key', value: '**********', private: true },
    ]);
    await countedList('system/role?sort=name&related=lookup_by_role_id&offset=0&include_count=true');
    await countedList('system/role?include_count=true');
    expect(await ok('DELETE', `system/role/${id}`)).toEqual({ id });
  });

  it('tells the form why a role was not made', async () => {
    const taken = {
      id: 0,
      name: 'sample-reader',
      description: '',
      is_active: true,
      role_service_access_by_role_id: [],
      lookup_by_role_id: [],
    };
    const { status, body } = await send('POST', 'system/role?fields=*', { resource: [taken] });
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { context: { resource: [{ message: expect.stringContaining('taken') }] } } });
  });

  it('creates, lists, changes and re-keys an app', async () => {
    const [role] = await list('system/role?limit=0&offset=0&include_count=true');
    const form = {
      name: 'shop',
      description: 'd',
      type: '0',
      role_id: role!.id,
      is_active: true,
      url: null,
      storage_service_id: null,
      storage_container: null,
      path: null,
    };
    const { id } = await create('system/app?fields=*&related=role_by_role_id', form);
    const apps = await countedList('system/app?sort=name&fields=*&related=role_by_role_id&limit=0&offset=0&include_count=true');
    for (const app of apps)
      expect(missing(app, 'id', 'name', 'api_key', 'description', 'is_active', 'launch_url', 'created_by_id', 'role_by_role_id')).toEqual(
        [],
      );
    expect(apps.find(({ name }) => name === 'admin')).toMatchObject({ api_key: ADMIN_APP_KEY, created_by_id: null, role_by_role_id: null });
    expect(await row(`system/app/${id}?fields=*&related=role_by_role_id`)).toMatchObject({
      type: 0,
      role_by_role_id: { id: role!.id, name: role!.name },
    });

    expect(await ok('PUT', `system/app/${id}`, { ...form, description: 'changed' })).toEqual({ id });
    const api_key = 'ab'.repeat(32);
    expect(await ok('PUT', `system/app/${id}`, { api_key })).toEqual({ id });
    expect(await row(`system/app/${id}`)).toMatchObject({ description: 'changed', api_key });
    expect(await ok('DELETE', `system/app/${id}`)).toEqual({ id });
  });
});

describe('users, administrators and profile', () => {
  const person = (name: string) => ({
    username: name,
    email: `${name}@example.com`,
    first_name: '',
    last_name: '',
    name,
    phone: '',
    is_active: true,
    password: `${name}-has-a-long-password`,
  });

  it('creates a user with a role for an app and a lookup, opens and changes it', async () => {
    const [role] = await list('system/role?limit=0');
    const [app] = await list('system/app?limit=0&sort=name');
    const body = {
      ...person('gertrude'),
      lookup_by_user_id: [{ name: 'desk', value: '7', private: false }],
      user_to_app_to_role_by_user_id: [{ user_id: 0, app_id: app!.id, role_id: role!.id }],
    };
    const { id } = await create('system/user?send_invite=false', body);
    const open = () => row(`system/user/${id}?related=lookup_by_user_id,user_to_app_to_role_by_user_id`);
    const read = await open();
    expect(read).toMatchObject({
      lookup_by_user_id: [{ name: 'desk', value: '7' }],
      user_to_app_to_role_by_user_id: [{ user_id: id, app_id: app!.id, role_id: role!.id }],
    });
    const [assignment] = z.array(rowSchema).parse(read.user_to_app_to_role_by_user_id);
    const [lookup] = z.array(rowSchema).parse(read.lookup_by_user_id);
    const changed = {
      ...pick(read, 'username', 'email', 'last_name', 'name', 'phone', 'is_active'),
      first_name: 'Gertrude',
      lookup_by_user_id: [{ ...pick(lookup!, 'id', 'name', 'private'), value: '8' }],
      user_to_app_to_role_by_user_id: [pick(assignment!, 'id', 'user_id', 'app_id', 'role_id')],
    };
    expect(await ok('PUT', `system/user/${id}`, changed)).toEqual({ id });
    expect(await open()).toMatchObject({
      first_name: 'Gertrude',
      lookup_by_user_id: [{ id: lookup!.id, value: '8' }],
      user_to_app_to_role_by_user_id: [{ id: assignment!.id }],
    });
    for (const user of await countedList('system/user?sort=name&offset=0&include_count=true')) {
      expect(missing(user, 'id', 'email', 'name', 'first_name', 'last_name', 'is_active', 'confirmed')).toEqual([]);
      expect(user).not.toHaveProperty('password');
    }
    expect(await ok('DELETE', `system/user/${id}`)).toEqual({ id });
  });

  it('imports a list of users, and exports it as a file', async () => {
    const file = 'email,first_name,last_name,name,password\nhenry@example.com,Henry,Import,Henry Import,henrys-long-password-1\n';
    const imported = await send('POST', 'system/user', file, { headers: { 'Content-Type': 'text/csv' } });
    expect(imported.status).toBe(201);
    for (const [format, type] of [
      ['csv', 'text/csv'],
      ['json', 'application/json'],
      ['xml', 'application/xml'],
    ] as const) {
      const exported = await send('GET', `system/user?file=list.${format}`);
      expect(exported).toMatchObject({ status: 200, type: expect.stringContaining(type) });
      expect(exported.text).toContain('henry@example.com');
      expect(exported.text).not.toContain('henrys-long-password');
    }
  });

  it('creates, opens and changes an administrator', async () => {
    const tabs = ['apps', 'users', 'services', 'apidocs', 'schema/data', 'files', 'scripts', 'config', 'packages', 'limits', 'scheduler'];
    const body = { ...person('isabel'), access_by_tabs: tabs, is_restricted_admin: false, lookup_by_user_id: [] };
    const { id } = await create('system/admin?send_invite=false', body);
    const read = await row(`system/admin/${id}?related=user_to_app_to_role_by_user_id,lookup_by_user_id`);
    expect(read).toMatchObject({ user_to_app_to_role_by_user_id: [], lookup_by_user_id: [] });
    const { password: _password, ...unchanged } = body;
    expect(await ok('PUT', `system/admin/${id}`, { ...unchanged, first_name: 'Isabel' })).toEqual({ id });
    await countedList('system/admin?sort=name&offset=0&include_count=true');
    expect(await ok('DELETE', `system/admin/${id}`)).toEqual({ id });
  });

  it('refuses a restricted administrator instead of making an unrestricted one', async () => {
    const body = { ...person('jonathan'), access_by_tabs: ['apps', 'users'], is_restricted_admin: true, lookup_by_user_id: [] };
    const refused = await send('POST', 'system/admin?send_invite=false', { resource: [body] });
    expect(refused).toMatchObject({ status: 501, text: expect.stringContaining('Restricted administrators') });
    const names = (await countedList('system/admin?sort=name&offset=0&include_count=true')).map(({ name }) => name);
    expect(names).not.toContain('jonathan');
  });

  it('shows and changes the own profile and password, and the session lives on', async () => {
    const body = { ...person('katherine'), access_by_tabs: [], is_restricted_admin: false, lookup_by_user_id: [] };
    const { id } = await create('system/admin?send_invite=false', body);
    const login = await send('POST', 'system/admin/session', { email: body.email, password: body.password }, { token: undefined });
    const token = z.string().parse(rowSchema.parse(login.body).session_token);
    const profile = rowSchema.parse((await send('GET', 'system/admin/profile', undefined, { token })).body);
    expect(missing(profile, 'username', 'email', 'first_name', 'last_name', 'name', 'phone', 'security_question')).toEqual([]);
    expect(await send('PUT', 'system/admin/profile', { ...profile, phone: '123' }, { token })).toMatchObject({ status: 200 });

    const passwords = { old_password: body.password, new_password: 'another-long-password', confirm_password: 'another-long-password' };
    const changed = await send('POST', 'system/admin/password?login=true&reset=false', passwords, { token });
    expect(changed).toMatchObject({ status: 200, body: { success: true, session_token: expect.any(String) } });
    const renewed = z.string().parse(rowSchema.parse(changed.body).session_token);
    expect((await send('GET', 'system/admin/profile', undefined, { token: renewed })).body).toMatchObject({ phone: '123' });
    expect((await send('GET', 'system/admin/profile', undefined, { token })).status).toBe(403);
    await ok('DELETE', `system/admin/${id}`);
  });
});

describe('system settings', () => {
  it('adds, changes and deletes a CORS entry, methods as a list of verbs', async () => {
    const entry = {
      path: 'api/*',
      description: 'x',
      origin: 'http://a.example',
      header: '*',
      exposed_header: 'X-Foo',
      max_age: 60,
      method: ['GET', 'POST'],
      supports_credentials: true,
      enabled: true,
    };
    const { id } = await create('system/cors?fields=*', entry);
    expect(await row(`system/cors/${id}`)).toMatchObject({ ...entry, id });
    expect(await ok('PUT', `system/cors/${id}`, { ...(await row(`system/cors/${id}`)), description: 'y' })).toEqual({ id });
    expect(await countedList(`system/cors?${LIST}`)).toMatchObject([{ ...entry, description: 'y' }]);
    expect(await ok('DELETE', `system/cors/${id}?fields=*`)).toMatchObject({ id });
  });

  it('lists the caches and clears them', async () => {
    const caches = await list(`system/cache?fields=*&${LIST}`);
    for (const cache of caches) expect(missing(cache, 'name', 'label')).toEqual([]);
    await ok('DELETE', `system/cache/${caches[0]!.name}`);
    await ok('DELETE', 'system/cache');
  });

  it('opens, changes, creates and deletes an e-mail template', async () => {
    const [template] = await countedList(`system/email_template?${LIST}`);
    const keys = [
      'name',
      'description',
      'to',
      'cc',
      'bcc',
      'subject',
      'attachment',
      'body_html',
      'from_name',
      'from_email',
      'reply_to_name',
      'reply_to_email',
    ];
    const read = await row(`system/email_template/${template!.id}?fields=*`);
    expect(missing(read, 'id', ...keys)).toEqual([]);
    expect(await ok('PUT', `system/email_template/${read.id}`, { ...pick(read, ...keys), description: 'changed' })).toEqual({
      id: read.id,
    });
    const { id } = await create('system/email_template?fields=*', { ...pick(read, ...keys), name: 'another' });
    expect(await ok('DELETE', `system/email_template/${id}`)).toEqual({ id });
  });

  it('adds, changes and deletes global lookup keys', async () => {
    const { id } = await create('system/lookup?fields=*', { name: 'g1', value: 'v1', private: false, id: null });
    expect(await ok('PUT', `system/lookup/${id}`, { value: 'v2', private: false, id })).toEqual({ id });
    expect(await list(`system/lookup?${LIST}`)).toMatchObject([{ id, name: 'g1', value: 'v2', private: false }]);
    expect(await ok('DELETE', `system/lookup?ids=${id}`)).toEqual({ resource: [{ id }] });
  });

  it('keeps the switch of the chat widget as a lookup', async () => {
    const { id } = await create('system/lookup', { name: 'intercom_widget_enabled', value: 'false', private: false });
    expect(await ok('PATCH', `system/lookup/${id}`, { value: 'true' })).toEqual({ id });
    expect(await list(`system/lookup?filter=name="intercom_widget_enabled"&${LIST}`)).toMatchObject([{ value: 'true' }]);
    await ok('DELETE', `system/lookup?ids=${id}`);
  });

  it('names every resource that a locked page asks for', async () => {
    const names = (await list('system')).map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['admin', 'app', 'cache', 'cors', 'email_template', 'environment', 'lookup', 'role', 'service', 'user']),
    );
  });
});
