import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Install, Installation } from '../support/installation.js';

export function systemResourcesSuite(install: Install): void {
  let at: Installation;
  beforeAll(async () => {
    at = await install();
  });
  afterAll(() => at.close());

  describe('the services themselves', () => {
    it('list what is built', async () => {
      expect((await at.get('system', { as_list: 'true' })).body.resource).toEqual([
        'admin',
        'admin/password',
        'admin/profile',
        'admin/session',
        'app',
        'cache',
        'constant',
        'cors',
        'custom',
        'email_template',
        'environment',
        'event',
        'lookup',
        'role',
        'service',
        'service_type',
        'user',
      ]);
      expect((await at.get('user')).body).toEqual({
        resource: [{ name: 'password' }, { name: 'profile' }, { name: 'register' }, { name: 'session' }, { name: 'custom' }],
      });
      expect((await at.get('user', { fields: 'name,label' })).body.resource[0]).toEqual({ name: 'password', label: expect.any(String) });
      expect((await at.get('user', { fields: '*', include_access: 'true' })).body.resource[0].access).toEqual([
        'GET',
        'POST',
        'PUT',
        'PATCH',
        'DELETE',
      ]);
    });
    it('offer components for roles', async () => {
      expect((await at.get('user', { as_access_list: 'true' })).body.resource).toEqual([
        '',
        '*',
        'password/',
        'profile/',
        'register/',
        'session/',
        'custom/',
      ]);
      const { resource } = (await at.get('system', { as_access_list: 'true' })).body;
      expect(resource.slice(0, 6)).toEqual(['', '*', 'admin/', 'admin/*', 'admin/password', 'admin/profile']);
      expect(resource).toContain('role/*');
    });
    it('name what they do not know and what is not built', async () => {
      expect((await at.get('system/nothing_here')).body.error.message).toBe("Resource 'nothing_here' not found for service 'system'.");
      for (const name of ['limit', 'limit_cache', 'script_type', 'scheduler', 'service_report', 'package', 'config_package', 'import']) {
        const { status, body } = name === 'import' ? await at.post('system/import', {}) : await at.get(`system/${name}`);
        expect(status).toBe(501);
        expect(body.error.message).toContain(`system/${name}`);
      }
    });
    it('answer the list that the admin app asks for on other pages', async () => {
      expect((await at.get('system/event_script', { limit: '50', include_count: 'true' })).body).toEqual({
        resource: [],
        meta: { count: 0 },
      });
      expect((await at.post('system/event_script/x', {})).status).toBe(501);
    });
    it('refuse verbs that a resource does not have', async () => {
      for (const [verb, url, message] of [
        ['POST', 'system/event', "POST requests without a resource are not currently supported by the 'event' service."],
        ['POST', 'system/constant', "POST requests without a resource are not currently supported by the 'constant' service."],
        ['POST', 'system/cache', "POST requests without a resource are not currently supported by the 'cache' service."],
        ['DELETE', 'system/service_type/x', "DELETE requests for resource 'x' are not currently supported by the 'service_type' service."],
        ['POST', 'user', "POST requests without a resource are not currently supported by the 'user' service."],
      ] as const) {
        const { status, body } = await at.call(verb, url, { body: {} });
        expect({ status, message: body.error.message }).toEqual({ status: 400, message });
      }
    });
    it('answer constants as ever', async () => {
      expect((await at.get('system/constant')).body).toEqual({ resource: [] });
      expect((await at.get('system/constant/x')).body).toEqual({ resource: [] });
    });
  });

  describe('service types', () => {
    it('are all answered, sorted, cut by group and fields', async () => {
      const { body } = await at.get('system/service_type', { fields: 'name,group', limit: '2', include_count: 'true' });
      expect(body.meta).toBeUndefined();
      const names = body.resource.map((type: { name: string }) => type.name);
      expect(names.length).toBeGreaterThan(60);
      expect(names).toEqual([...names].sort((left, right) => new Intl.Collator('en', { numeric: true }).compare(left, right)));
      for (const never of ['hana', 'databricks']) expect(names).not.toContain(never);
      const { resource } = (await at.get('system/service_type', { group: 'file,EMAIL', fields: 'group' })).body;
      expect(new Set(resource.map((type: { group: string }) => type.group))).toEqual(new Set(['File', 'Email']));
      expect((await at.get('system/service_type', { group: 'Nothing' })).body).toEqual({ resource: [] });
      expect((await at.get('system/service_type', { as_list: 'true', group: 'Cache' })).body.resource).toEqual([
        'cache_local',
        'cache_memcached',
        'cache_redis',
      ]);
    });
    it('have a form', async () => {
      const { body } = await at.get('system/service_type/ftp_file');
      expect(body).toMatchObject({
        name: 'ftp_file',
        label: 'FTP File Storage',
        group: 'File',
        singleton: false,
        subscription_required: null,
        status: 'planned',
      });
      expect(body.config_schema.map((field: { name: string }) => field.name)).toEqual([
        'host',
        'port',
        'username',
        'password',
        'ssl',
        'timeout',
        'passive',
        'public_path',
        'container',
      ]);
      expect(body.config_schema[1]).toMatchObject({ name: 'port', type: 'integer', default: 21, required: false, allow_null: true });
      expect((await at.get('system/service_type/swagger')).body).toMatchObject({ singleton: true, config_schema: [] });
      expect((await at.get('system/service_type/no_such_type')).body.error.message).toBe("Service type 'no_such_type' not found.");
    });
    it('offer the roles of this moment', async () => {
      const { body } = await at.post('system/role', { resource: [{ name: 'fresh' }] });
      const field = (await at.get('system/service_type/user')).body.config_schema.find(
        (entry: { name: string }) => entry.name === 'open_reg_role_id',
      );
      expect(field.values).toEqual(
        expect.arrayContaining([
          { label: '', name: null },
          { label: 'fresh', name: body.resource[0].id },
        ]),
      );
    });
  });

  describe('environment', () => {
    it('tells nobody more than a login page needs', async () => {
      const { status, body } = await at.get('system/environment', {}, { as: 'nobody' });
      expect(status).toBe(200);
      expect(Object.keys(body)).toEqual(['authentication', 'apps']);
      expect(body.authentication).toMatchObject({
        login_attribute: 'email',
        allow_open_registration: false,
        allow_forever_sessions: false,
        oauth: [],
        adldap: [],
        saml: [],
      });
      expect(body.authentication.open_reg_email_service_id).toBe(at.state.latest.servicesByName.get('email')!.id);
      expect(body.apps).toEqual([]);
    });
    it('tells callers with a role more, administrators all', async () => {
      const role = (await at.post('system/role', { resource: [{ name: 'any', is_active: true }] })).body.resource[0].id;
      const app = (
        await at.post(
          'system/app',
          { resource: [{ name: 'site', type: 2, url: 'https://shop.example.com/', is_active: true, role_id: role }] },
          { query: { fields: '*' } },
        )
      ).body.resource[0];
      const { body } = await at.get('system/environment', {}, { as: { key: app.api_key } });
      expect(Object.keys(body)).toEqual(['authentication', 'apps', 'platform', 'server', 'client', 'config']);
      expect(body.platform).toMatchObject({ license: 'GOLD', license_key: false, version: '0.1.0' });
      expect(body.platform).not.toHaveProperty('install_path');
      expect(body.apps).toEqual([
        {
          id: app.id,
          name: 'site',
          description: null,
          url: 'https://shop.example.com/',
          is_default: false,
          allow_fullscreen_toggle: true,
          requires_fullscreen: false,
          toggle_location: 'top',
        },
      ]);
      expect((await at.get('system/environment', {}, { as: 'nobody' })).body.apps).toHaveLength(1);
      const { body: all } = await at.get('system/environment');
      expect(all.platform).toMatchObject({
        db_driver: expect.any(String),
        install_path: '/opt/headgate',
        root_admin_exists: true,
        packages: [{ name: '@headgate/system', version: '0.1.0' }],
      });
      expect(all.php.core.php_version).toContain('node');
      expect(all.apps.length).toBeGreaterThan(1);
      expect(all.config).toMatchObject({
        always_wrap_resources: true,
        resources_wrapper: 'resource',
        db: { max_records_returned: 100_000 },
      });
    });
  });

  describe('events', () => {
    it('are named after services, resources and verbs', async () => {
      const { body } = await at.get('system/event', { service: 'system' });
      expect(body.system['system.app']).toEqual({
        type: 'api',
        endpoints: ['system.app.get', 'system.app.post', 'system.app.patch', 'system.app.put', 'system.app.delete'],
        parameter: null,
      });
      expect(body.system['system.admin.session'].endpoints).toEqual([
        'system.admin.session.get',
        'system.admin.session.post',
        'system.admin.session.put',
        'system.admin.session.delete',
      ]);
      const list = (await at.get('system/event', { service: 'user', as_list: 'true' })).body.resource;
      expect(list).toEqual(expect.arrayContaining(['user.get', 'user.custom.get', 'user.password.post', 'user.session.delete']));
    });
    it('name the values of their placeholders', async () => {
      await at.post('system/service', {
        resource: [{ name: 'crm', type: 'pgsql', is_active: true, config: { host: 'x', database: 'y' } }],
      });
      const { body } = await at.get('system/event', { service: 'crm', scriptable: 'true' });
      expect(body.crm['crm._table.{table_name}']).toEqual({
        type: 'api',
        endpoints: ['get', 'post'].flatMap((verb) =>
          ['.pre_process', '.post_process', '', '.queued'].map((stage) => `crm._table.{table_name}.${verb}${stage}`),
        ),
        parameter: { table_name: ['contact'] },
      });
      expect((await at.get('system/event', { service: 'crm', as_list: 'true' })).body.resource).toEqual([
        'crm._table.{table_name}.get',
        'crm._table.contact.get',
        'crm._table.{table_name}.post',
        'crm._table.contact.post',
      ]);
      expect((await at.get('system/event', { services_only: 'true' })).body.resource).toEqual([
        'api_docs',
        'crm',
        'db',
        'email',
        'files',
        'logs',
        'system',
        'user',
      ]);
    });
  });

  describe('the cache', () => {
    it('lists services and flushes them', async () => {
      expect((await at.get('system/cache', { fields: '*' })).body.resource).toContainEqual({
        name: 'db',
        label: 'Local SQL Database',
        description: expect.any(String),
        type: 'sqlite',
      });
      expect((await at.get('system/cache')).body.resource[0]).toEqual({ name: 'api_docs' });
      const before = at.state.latest.servicesByName.get('db');
      expect((await at.remove('system/cache/db')).body).toEqual({ success: true });
      expect(at.state.latest.servicesByName.get('db')).not.toBe(before);
      expect((await at.remove('system/cache')).body).toEqual({ success: true });
      expect((await at.remove('system/cache/nope')).body.error).toMatchObject({ code: 404, message: 'Could not find a service for nope' });
      expect((await at.remove('system/cache', {}, { as: 'nobody' })).status).toBe(400);
    });
  });

  describe('roles', () => {
    it('say which tabs of the admin app they open', async () => {
      const system = at.state.latest.servicesByName.get('system')!.id;
      const rows = [
        ['user/*', 31],
        ['role/*', 1],
        ['app/*', 1],
      ].map(([component, verb_mask]) => ({ service_id: system, component, verb_mask, requestor_mask: 3 }));
      const role = (await at.post('system/role', { resource: [{ name: 'tabs', role_service_access_by_role_id: rows as never }] })).body
        .resource[0].id;
      const app = at.state.latest.apps.keys().next().value!;
      const unused = (await at.get(`system/role/${role}`, { accessible_tabs: 'true' })).body.accessible_tabs;
      expect(unused).toHaveLength(12);
      await at.post('system/user', {
        resource: [{ email: 'tabs@example.com', user_to_app_to_role_by_user_id: [{ app_id: app, role_id: role }] }],
      });
      expect((await at.get(`system/role/${role}`, { accessible_tabs: 'true' })).body.accessible_tabs).toEqual(['users', 'roles']);
      expect((await at.get(`system/role/${role}`)).body).not.toHaveProperty('accessible_tabs');
    });
  });
}
