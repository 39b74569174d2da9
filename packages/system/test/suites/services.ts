import { serviceTable, sqlDbConfigTable } from '@headgate/system-db';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServiceWithAccess, neverServiceTypes, plannedServiceTypes } from '../../src/index.js';
import type { Install, Installation } from '../support/installation.js';

export function servicesSuite(install: Install): void {
  let at: Installation;
  beforeAll(async () => {
    at = await install();
  });
  afterAll(() => at.close());

  const CONFIG = { host: 'db.example.com', port: 5432, database: 'crm', username: 'reader', password: 'a-secret-word' };
  const make = async (name: string, more: object = {}) => {
    const { status, body } = await at.post('system/service', {
      resource: [{ name, type: 'pgsql', is_active: true, config: CONFIG, ...more } as never],
    });
    expect(body).toMatchObject({ resource: [{ id: expect.any(Number) }] });
    expect(status).toBe(201);
    return body.resource[0].id as number;
  };
  const refusal = async (record: object) => {
    const { status, body } = await at.post('system/service', { resource: [record as never] });
    expect(status).toBe(400);
    return body.error.context.resource[0];
  };
  const stored = async (id: number) => at.state.latest.services.get(id)?.config;

  describe('a new service', () => {
    it('is answered with its configuration, secrets masked', async () => {
      const id = await make('first');
      const { body } = await at.get(`system/service/${id}`, { related: 'service_doc_by_service_id' });
      expect(body).toMatchObject({
        id,
        name: 'first',
        label: 'first',
        description: null,
        mutable: true,
        deletable: true,
        service_doc_by_service_id: null,
      });
      expect(Object.keys(body)).toEqual([
        'id',
        'name',
        'label',
        'description',
        'is_active',
        'type',
        'mutable',
        'deletable',
        'created_date',
        'last_modified_date',
        'created_by_id',
        'last_modified_by_id',
        'config',
        'service_doc_by_service_id',
      ]);
      expect(body.config).toMatchObject({
        service_id: id,
        host: 'db.example.com',
        port: 5432,
        database: 'crm',
        username: 'reader',
        password: '**********',
        options: null,
        allow_upsert: false,
        cache_enabled: false,
        cache_ttl: 0,
      });
      expect(await stored(id)).toMatchObject({ password: 'a-secret-word' });
      expect(JSON.stringify(body)).not.toContain('a-secret-word');
    });
    it('serves at once', async () => {
      await make('served');
      expect((await at.get('served')).body).toEqual({ host: 'db.example.com', database: 'crm' });
    });
    it('takes its members in any order', async () => {
      const { body } = await at.post('system/service', { resource: [{ config: CONFIG, type: 'pgsql', name: 'order' }] });
      expect(body.resource[0].id).toBeGreaterThan(0);
      const { status } = await at.post('system/service', { resource: [{ config: { host: 'x' }, type: 'pgsql', name: 'order2' }] });
      expect(status).toBe(400);
      expect((await at.get('system/service', { filter: "name = 'order2'" })).body.resource).toEqual([]);
    });
    it('shows its configuration wherever it is named', async () => {
      const id = await make('named');
      expect((await at.get(`system/service/${id}`, { fields: 'name,config' })).body).toMatchObject({
        name: 'named',
        config: { host: 'db.example.com' },
      });
      expect(Object.keys((await at.get(`system/service/${id}`, { fields: 'name' })).body)).toEqual(['name']);
    });
    it('has a name that fits URLs, in lower case', async () => {
      const id = await make('Mixed-Case_1');
      expect((await at.get(`system/service/${id}`)).body.name).toBe('mixed-case_1');
      for (const name of ['a b', 'a.b', 'a/b', 'status', 'v2'])
        expect((await refusal({ name, type: 'pgsql', config: CONFIG })).context).toHaveProperty('name');
      expect((await refusal({ type: 'pgsql', config: CONFIG })).message).toContain('The name field is required.');
      expect((await refusal({ name: 'mixed-case_1', type: 'pgsql', config: CONFIG })).message).toContain(
        'The name has already been taken.',
      );
    });
    it('loses markup in its texts', async () => {
      const id = await make('markup', { label: '<b>Bold</b> label', description: '<script>alert(1)</script>text' });
      expect((await at.get(`system/service/${id}`)).body).toMatchObject({ label: 'Bold label', description: 'alert(1)text' });
      expect((await refusal({ name: 'long', label: 'x'.repeat(81), type: 'pgsql', config: CONFIG })).message).toContain(
        'The label field must not be greater than 80 characters.',
      );
    });
    it("cannot set what is the server's", async () => {
      const id = await make('flags', { mutable: false, deletable: false });
      expect((await at.get(`system/service/${id}`)).body).toMatchObject({ mutable: true, deletable: true });
    });
    it.each([
      [{ name: 'x1', type: 'nonsense', config: {} }, "Unknown service type 'nonsense'."],
      [{ name: 'x2', config: {} }, 'The type field is required.'],
      [
        { name: 'x3', type: 'pgsql', config: { database: 'x' } },
        'Database connection information must contain at least host and database name.',
      ],
      [{ name: 'x4', type: 'pgsql' }, 'Database connection information must contain at least host and database name.'],
      [{ name: 'x5', type: 'local_file' }, 'The container field is required.'],
      [{ name: 'x6', type: 'swagger' }, "There can be only one service of type 'swagger'."],
      [{ name: 'x7', type: 'rws', config: { base_url: 'http://x/', parameters: 'a=1' } }, 'Web service parameters must be an array.'],
      [{ name: 'x8', type: 'pgsql', config: { ...CONFIG, port: 'many' } }, 'The port field must be an integer.'],
    ])('%j is refused and not there', async (record, message) => {
      expect((await refusal(record)).message).toContain(message);
      expect((await at.get('system/service', { filter: `name = '${record.name}'` })).body.resource).toEqual([]);
    });
  });

  describe('changing a service', () => {
    it('merges the configuration and keeps masked secrets', async () => {
      const id = await make('merge');
      expect((await at.patch(`system/service/${id}`, { config: { database: 'other', password: '**********' } })).body).toEqual({ id });
      expect(await stored(id)).toMatchObject({ host: 'db.example.com', database: 'other', password: 'a-secret-word' });
      await at.patch(`system/service/${id}`, { config: { password: 'another-word' } });
      expect(await stored(id)).toMatchObject({ password: 'another-word' });
    });
    it('takes the record back as it was read', async () => {
      const id = await make('roundtrip');
      const { body: before } = await at.get(`system/service/${id}`, { related: 'service_doc_by_service_id' });
      expect((await at.put(`system/service/${id}`, before)).status).toBe(200);
      const { body: after } = await at.get(`system/service/${id}`);
      expect(after.config).toEqual(before.config);
      expect(await stored(id)).toMatchObject({ password: 'a-secret-word' });
    });
    it('to another server needs the secrets anew', async () => {
      const id = await make('moved');
      const { status, body } = await at.patch(`system/service/${id}`, { config: { host: 'evil.example.com' } });
      expect(status).toBe(400);
      expect(body.error.context).toEqual({ password: ['The password must be given anew, because host changes.'] });
      expect(await stored(id)).toMatchObject({ host: 'db.example.com' });
      expect((await at.patch(`system/service/${id}`, { config: { host: 'new.example.com', password: 'new-word' } })).status).toBe(200);
      expect((await at.get('moved')).body.host).toBe('new.example.com');
    });
    it('closes what served before', async () => {
      const id = await make('closing');
      await at.get('closing');
      const { closed } = at.databaseType;
      await at.patch(`system/service/${id}`, { label: 'New' });
      expect(at.databaseType.closed).toBe(closed + 1);
      expect((await at.get('closing')).status).toBe(200);
    });
    it('keeps its type', async () => {
      const id = await make('typed');
      expect((await at.patch(`system/service/${id}`, { type: 'sqlite' })).status).toBe(400);
      expect((await at.patch(`system/service/${id}`, { type: 'pgsql' })).status).toBe(200);
    });
    it('that is invalid changes nothing', async () => {
      const id = await make('atomic');
      const { body } = await at.patch(`system/service/${id}`, { label: 'changed', config: { host: '', password: 'x' } });
      expect(body.error.code).toBe(400);
      expect((await at.get(`system/service/${id}`)).body.label).toBe('atomic');
      expect(await stored(id)).toMatchObject({ host: 'db.example.com' });
    });
    it('stores and removes its document', async () => {
      const id = await make('documented', { service_doc_by_service_id: { format: 0, content: '{"openapi":"3.0.0"}' } });
      const doc = async () =>
        (await at.get(`system/service/${id}`, { fields: 'id', related: 'service_doc_by_service_id' })).body.service_doc_by_service_id;
      expect(await doc()).toEqual({
        service_id: id,
        format: 0,
        content: '{"openapi":"3.0.0"}',
        created_date: expect.any(String),
        last_modified_date: expect.any(String),
      });
      await at.patch(`system/service/${id}`, { service_doc_by_service_id: { content: 'x' } });
      expect((await doc()).content).toBe('x');
      await at.patch(`system/service/${id}`, { service_doc_by_service_id: null });
      expect(await doc()).toBeNull();
    });
    it('replaces lookups in the configuration, and follows them', async () => {
      const [lookup] = (await at.post('system/lookup', { resource: [{ name: 'db_host', value: 'one.example.com', private: true }] })).body
        .resource;
      await make('looked', { config: { ...CONFIG, host: '{db_host}' } });
      expect((await at.get('looked')).body.host).toBe('one.example.com');
      await at.patch(`system/lookup/${lookup.id}`, { value: 'two.example.com' });
      expect((await at.get('looked')).body.host).toBe('two.example.com');
      expect((await at.get('system/service', { filter: "name = 'looked'" })).body.resource[0].config.host).toBe('{db_host}');
    });
  });

  describe('a dry run', () => {
    it('says what it found and stores nothing', async () => {
      const { status, body } = await at.post(
        'system/service',
        { resource: [{ name: 'dry', type: 'pgsql', config: CONFIG }] },
        { query: { dry_run: 'true' } },
      );
      expect(status).toBe(200);
      expect(body).toEqual({ resource: [{ server: 'server at db.example.com', tables: ['contact'] }] });
      expect((await at.get('system/service', { filter: "name = 'dry'" })).body.resource).toEqual([]);
    });
    it('refuses what the write would refuse', async () => {
      const { status, body } = await at.post(
        'system/service',
        { resource: [{ name: 'dry', type: 'pgsql', config: { host: 'x' } }] },
        { query: { dry_run: 'true' } },
      );
      expect(status).toBe(400);
      expect(body.error.context).toHaveProperty('database');
      const id = await make('dry2');
      expect(
        (await at.patch(`system/service/${id}`, { config: { host: 'evil.example.com' } }, { query: { dry_run: 'true' } })).body.error
          .context,
      ).toHaveProperty('password');
      expect((await at.patch(`system/service/${id}`, { config: { database: 'z' } }, { query: { dry_run: 'true' } })).body).toEqual({
        server: 'server at db.example.com',
        tables: ['contact'],
      });
      expect(await stored(id)).toMatchObject({ database: 'crm' });
    });
  });

  describe('services of the installation', () => {
    it('keep their name and stay', async () => {
      const system = at.state.latest.servicesByName.get('system')!.id;
      expect((await at.remove(`system/service/${system}`)).status).toBe(403);
      expect((await at.patch(`system/service/${system}`, { name: 'other' })).status).toBe(403);
      expect((await at.patch(`system/service/${system}`, { is_active: false })).status).toBe(403);
      expect((await at.patch(`system/service/${system}`, { label: 'Still mine' })).status).toBe(200);
      expect((await at.remove('system/service', { filter: 'id > 0' })).status).toBe(400);
      expect(await at.db.count(serviceTable)).toBeGreaterThan(6);
    });
    it('of planned types say so', async () => {
      const { status, body } = await at.get('files');
      expect(status).toBe(501);
      expect(body.error.message).toBe("Services of type 'local_file' are not implemented in this version.");
    });
  });

  describe('deleting a service', () => {
    it('takes what hangs on it along', async () => {
      const id = await make('gone', { service_doc_by_service_id: { content: 'x' } });
      const role = (
        await at.post('system/role', {
          resource: [{ name: 'uses-gone', role_service_access_by_role_id: [{ service_id: id, component: '*', verb_mask: 1 }] }],
        })
      ).body.resource[0].id;
      expect((await at.remove(`system/service/${id}`)).body).toEqual({ id });
      expect((await at.get('gone')).body.error.message).toBe('Could not find a service for gone');
      expect(
        (await at.get(`system/role/${role}`, { related: 'role_service_access_by_role_id' })).body.role_service_access_by_role_id,
      ).toEqual([]);
      expect(await at.db.find(sqlDbConfigTable, { where: { kind: 'compare', column: 'service_id', operator: '=', value: id } })).toEqual(
        [],
      );
    });
    it('refuses to delete a role that a service gives', async () => {
      const role = (await at.post('system/role', { resource: [{ name: 'sso-role' }] })).body.resource[0].id;
      await at.post('system/service', {
        resource: [
          {
            name: 'hub',
            type: 'oauth_github',
            config: { client_id: 'a', client_secret: 'b', redirect_url: 'http://x/', default_role: role },
          },
        ],
      });
      const { status, body } = await at.remove(`system/role/${role}`);
      expect(status).toBe(400);
      expect(body.error.message).toContain("'hub'");
    });
  });

  describe('planned types', () => {
    it('store their configurations and lists', async () => {
      const { body } = await at.post('system/service', {
        resource: [
          {
            name: 'remote',
            type: 'rws',
            config: {
              base_url: 'http://127.0.0.1:9/v1',
              parameters: [{ name: 'lang', value: 'en', outbound: true, action: 31 }],
              headers: [],
              cache_enabled: true,
              cache_ttl: 60,
            },
          },
        ],
      });
      const id = body.resource[0].id;
      const { config } = (await at.get(`system/service/${id}`)).body;
      expect(config).toMatchObject({
        service_id: id,
        base_url: 'http://127.0.0.1:9/v1',
        options: null,
        replace_link: false,
        headers: [],
        cache_enabled: true,
        cache_ttl: 60,
      });
      expect(config.parameters).toEqual([
        { service_id: id, name: 'lang', value: 'en', exclude: false, outbound: true, cache_key: false, action: 31 },
      ]);
    });
    it('mask mail passwords and read ports as numbers', async () => {
      const { body } = await at.post('system/service', {
        resource: [
          {
            name: 'mailer',
            type: 'smtp_email',
            config: { host: '127.0.0.1', port: '2525', encryption: '', username: 'mailer', password: 'mail-secret' },
          },
        ],
      });
      const { config } = (await at.get(`system/service/${body.resource[0].id}`)).body;
      expect(config).toMatchObject({ host: '127.0.0.1', port: 2525, username: 'mailer', password: '**********', parameters: [] });
    });
    it('of every kind have a form that the admin app can draw', () => {
      const drawn = new Set([
        'string',
        'text',
        'password',
        'integer',
        'boolean',
        'picklist',
        'multi_picklist',
        'object',
        'array',
        'verb_mask',
        'event_picklist',
        'file_certificate',
        'file_certificate_api',
      ]);
      for (const type of plannedServiceTypes) {
        for (const field of type.fields) {
          expect(drawn).toContain(field.type);
          if (field.type.includes('picklist') && field.type !== 'event_picklist') expect(field.values ?? field.source).toBeDefined();
        }
      }
      expect(new Set(plannedServiceTypes.map((type) => type.name)).size).toBe(plannedServiceTypes.length);
      for (const never of neverServiceTypes) expect(plannedServiceTypes.map((type) => type.name)).not.toContain(never.name);
    });
    it('can all store a configuration', async () => {
      for (const type of plannedServiceTypes) {
        if (type.singleton) continue;
        const config = Object.fromEntries(
          type.fields
            .map((field) => [field.name, field.values?.find((choice) => choice.name)?.name ?? sampleOf(field.type, field.name)])
            .filter(([, value]) => value !== undefined),
        );
        const { status, body } = await at.post('system/service', {
          resource: [{ name: `all-${type.name}`, type: type.name, config: config as never }],
        });
        expect({ type: type.name, status, error: body.error?.context?.resource?.[0]?.message }).toEqual({
          type: type.name,
          status: 201,
          error: undefined,
        });
        const shown = (await at.get(`system/service/${body.resource[0].id}`)).body.config;
        if (type.fields.length > 0)
          for (const field of type.fields)
            if (typeof config[field.name] === 'string' && !field.masked)
              expect([type.name, field.name, shown[field.name]]).toEqual([type.name, field.name, config[field.name]]);
        await at.remove(`system/service/${body.resource[0].id}`);
      }
    });
  });

  function sampleOf(type: string, name: string): unknown {
    if (name === 'port') return 1234;
    if (type === 'string' || type === 'text' || type === 'password' || type.startsWith('file_certificate')) return 'sample';
    return type === 'integer' ? 5 : type === 'boolean' ? true : undefined;
  }

  describe('a service made with access', () => {
    it('comes with a role, an app and a key that works', async () => {
      const made = await createServiceWithAccess(at.db, at.types, {
        service: { name: 'crm', type: 'pgsql', config: CONFIG },
        key: 'read-only',
      });
      expect(made.apiKey).toMatch(/^[0-9a-f]{64}$/);
      const as = { key: made.apiKey! };
      expect((await at.get('crm', {}, { as })).status).toBe(200);
      expect((await at.post('crm', {}, { as })).status).toBe(401);
      expect((await at.get('system/role', {}, { as })).status).toBe(401);
    });
    it('is whole or not there', async () => {
      await expect(
        createServiceWithAccess(at.db, at.types, { service: { name: 'crm', type: 'pgsql', config: CONFIG }, key: undefined }),
      ).rejects.toThrow("There already is a service named 'crm'.");
      await expect(
        createServiceWithAccess(at.db, at.types, { service: { name: 'crm2', type: 'pgsql', config: {} }, key: 'full' }),
      ).rejects.toMatchObject({ context: { host: expect.anything() } });
      await at.post('system/role', { resource: [{ name: 'crm3_auto_role' }] });
      await expect(
        createServiceWithAccess(at.db, at.types, { service: { name: 'crm3', type: 'pgsql', config: CONFIG }, key: 'full' }),
      ).rejects.toThrow('crm3_auto_role');
      expect((await at.get('system/service', { filter: "name in ('crm2','crm3')" })).body.resource).toEqual([]);
    });
  });
}
