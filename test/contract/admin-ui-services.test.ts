import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { postgresServer } from '../containers.js';
import { ADMIN } from '../headgate.js';
import {
  countedList,
  create,
  headgate,
  LIST,
  list,
  missing,
  ok,
  pick,
  type Row,
  row,
  rowSchema,
  send,
  serviceId,
  useAdminApp,
} from './admin-app.js';

useAdminApp();

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
