import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  ADMIN_APP_KEY,
  countedList,
  create,
  LIST,
  list,
  missing,
  ok,
  pick,
  row,
  rowSchema,
  send,
  serviceId,
  useAdminApp,
} from './admin-app.js';

useAdminApp();

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
