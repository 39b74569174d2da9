import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Install, Installation } from '../support/installation.js';

export function apiDocsSuite(install: Install): void {
  let at: Installation;
  const keys: Record<string, string> = {};
  const ids: Record<string, number> = {};
  const CONFIG = { host: 'db.example.com', port: 5432, database: 'crm' };

  beforeAll(async () => {
    at = await install();
    for (const name of ['crm', 'closed']) {
      const made = await at.post('system/service', {
        resource: [{ name, label: `The ${name}`, type: 'pgsql', is_active: true, config: CONFIG }],
      });
      ids[name] = made.body.resource[0].id;
    }
    await at.post('system/service', { resource: [{ name: 'asleep', type: 'pgsql', is_active: false, config: CONFIG }] });
    await withRole('contacts', [{ service_id: ids.crm!, component: '_table/contact/*', verb_mask: 1 }]);
    await withRole('company', [{ service_id: ids.crm!, component: '_table/company', verb_mask: 3 }]);
  });
  afterAll(() => at.close());

  /** An app with a role of these rights. */
  async function withRole(name: string, access: readonly { service_id: number; component: string; verb_mask: number }[]) {
    const role = await at.post('system/role', {
      resource: [{ name, is_active: true, role_service_access_by_role_id: access.map((row) => ({ requestor_mask: 1, ...row })) }],
    });
    const role_id = role.body.resource[0].id;
    const app = await at.post('system/app', { resource: [{ name, is_active: true, type: 0, role_id }] }, { query: { fields: 'api_key' } });
    keys[name] = app.body.resource[0].api_key;
  }

  describe('the list of documents', () => {
    it('names the active services, and not the documents themselves', async () => {
      const { resource } = (await at.get('api_docs', { as_list: 'true' })).body;
      expect(resource).toEqual(expect.arrayContaining(['closed', 'crm', 'system', 'user']));
      expect(resource).not.toContain('api_docs');
      expect(resource).not.toContain('asleep');
    });
    it('names only what the role may use', async () => {
      expect((await at.get('api_docs', { as_list: 'true' }, { as: { key: keys.contacts! } })).body).toEqual({ resource: ['crm'] });
    });
    it('is empty to nobody', async () => {
      expect((await at.get('api_docs', { as_list: 'true' }, { as: 'nobody' })).body).toEqual({ resource: [] });
      expect((await at.get('api_docs', {}, { as: 'nobody' })).body).toMatchObject({ openapi: '3.0.0', paths: {}, tags: [] });
    });
  });

  describe('the document of a service', () => {
    it('says how to call it and what it is', async () => {
      const { status, body } = await at.get('api_docs/crm');
      expect(status).toBe(200);
      expect(body).toMatchObject({
        openapi: '3.0.0',
        info: { title: 'The crm', description: '', version: '2.0', group: 'Database' },
        servers: [{ url: '/api/v2/crm', description: '' }],
        components: { securitySchemes: { ApiKeyHeader: { type: 'apiKey', in: 'header', name: 'X-DreamFactory-API-Key' } } },
      });
      expect(body.components.securitySchemes.SessionTokenHeader.name).toBe('X-DreamFactory-Session-Token');
    });
    it('has every member that the docs page reads of an operation', async () => {
      const { get, post } = (await at.get('api_docs/crm')).body.paths['/_table/{table_name}'];
      expect(get).toMatchObject({
        operationId: 'crm.get._table.table_name',
        summary: 'Retrieve records',
        tags: ['crm'],
        responses: { '200': expect.anything(), default: { $ref: '#/components/responses/Error' } },
      });
      expect(get.description).not.toBe('');
      expect(get.parameters[0]).toEqual({
        name: 'table_name',
        in: 'path',
        required: true,
        schema: { type: 'string', enum: ['contact', 'company'] },
      });
      expect(post.requestBody.content['application/json'].schema.properties.resource.type).toBe('array');
    });
    it('has a path and a schema for each table when it is expanded', async () => {
      const { paths, components } = (await at.get('api_docs/crm', { expand_schema: 'true' })).body;
      expect(Object.keys(paths)).toEqual(['/', '/_table/contact', '/_table/company', '/_table/contact/{id}', '/_table/company/{id}']);
      expect(Object.keys(components.schemas)).toEqual(['contact', 'company']);
      expect(components.schemas.contact.properties).toEqual({ id: { type: 'integer' }, name: { type: 'string' } });
      expect(paths['/_table/contact/{id}'].get.responses['200'].content['application/json'].schema).toEqual({
        $ref: '#/components/schemas/contact',
      });
    });
    it('lists records of system and user resources with their verbs', async () => {
      const { paths } = (await at.get('api_docs/system')).body;
      expect(Object.keys(paths['/role'])).toEqual(['get', 'post', 'patch', 'put', 'delete']);
      expect(Object.keys(paths['/role/{id}'])).toEqual(['get', 'patch', 'put', 'delete']);
      expect(Object.keys(paths['/role'].post.responses)).toEqual(['201', 'default']);
      expect(Object.keys(paths['/environment'])).toEqual(['get']);
      expect(Object.keys((await at.get('api_docs/user')).body.paths['/session'])).toEqual(['get', 'post', 'put', 'delete']);
    });
    it('has operation ids that are used once', async () => {
      const { paths } = (await at.get('api_docs')).body;
      const all = Object.values(paths as Record<string, Record<string, { operationId: string }>>)
        .flatMap((item) => Object.values(item))
        .map((operation) => operation.operationId);
      expect(new Set(all).size).toBe(all.length);
    });
    it('is refused where the service is not there, sleeps, or is not built', async () => {
      const missing = await at.get('api_docs/no_such');
      expect([missing.status, missing.body.error.message]).toEqual([404, 'Could not find a service for no_such']);
      expect((await at.get('api_docs/asleep')).status).toBe(403);
      expect((await at.get('api_docs/files')).status).toBe(501);
      expect((await at.get('api_docs/crm/more')).status).toBe(404);
      expect((await at.post('api_docs', {})).status).toBe(400);
    });
  });

  describe('what a role may not do', () => {
    it('is not in the document: verbs, tables, fields, other resources', async () => {
      const as = { key: keys.contacts! };
      const { paths } = (await at.get('api_docs/crm', {}, { as })).body;
      expect(Object.keys(paths)).toEqual(['/_table/{table_name}', '/_table/{table_name}/{id}']);
      expect(Object.keys(paths['/_table/{table_name}'])).toEqual(['get']);
      expect(paths['/_table/{table_name}'].get.parameters[0].schema.enum).toEqual(['contact']);
      const expanded = (await at.get('api_docs/crm', { expand_schema: 'true' }, { as })).body;
      expect(Object.keys(expanded.paths)).toEqual(['/_table/contact', '/_table/contact/{id}']);
      expect(JSON.stringify(expanded)).not.toContain('company');
    });
    it('is measured path by path: a right on a table is none on its records', async () => {
      const { paths } = (await at.get('api_docs/crm', { expand_schema: 'true' }, { as: { key: keys.company! } })).body;
      expect(Object.keys(paths)).toEqual(['/_table/company']);
      expect(Object.keys(paths['/_table/company'])).toEqual(['get', 'post']);
    });
    it('is not in the whole document', async () => {
      const { body } = await at.get('api_docs', { expand_schema: 'true' }, { as: { key: keys.contacts! } });
      expect(Object.keys(body.paths)).toEqual(['/crm/_table/contact', '/crm/_table/contact/{id}']);
      expect(body.tags.map((tag: { name: string }) => tag.name)).toEqual(['crm']);
      expect(JSON.stringify(body)).not.toMatch(/closed|company/);
    });
    it('has no document: services without rights are refused like services that are not there', async () => {
      for (const as of ['nobody', { key: keys.contacts! }] as const) {
        for (const name of ['closed', 'no_such', 'system']) {
          const { status, body } = await at.get(`api_docs/${name}`, {}, { as });
          expect(status).toBe(403);
          expect(body.error.message).toBe(`You do not have access to API Docs for the requested service ${name}.`);
        }
      }
    });
  });

  it('names the components of the whole document by their services', async () => {
    const { components, paths } = (await at.get('api_docs', { expand_schema: 'true' })).body;
    expect(Object.keys(components.schemas)).toEqual(expect.arrayContaining(['crm.contact', 'closed.contact']));
    expect(paths['/closed/_table/contact'].get.tags).toEqual(['closed']);
    expect(JSON.stringify(paths['/closed/_table/contact'])).toContain('#/components/schemas/closed.contact');
  });

  describe('a document of an administrator', () => {
    const store = (name: string, content: string, format = 0) =>
      at.post('system/service', {
        resource: [{ name, label: 'Sums', type: 'pgsql', is_active: true, config: CONFIG, service_doc_by_service_id: { format, content } }],
      });

    it('replaces the one of the service, filled in and completed', async () => {
      await store(
        'maths',
        JSON.stringify({ openapi: '3.0.0', paths: { '/maths/add': { get: { summary: 'Adds ({service.label})' }, 'x-note': 1 } } }),
      );
      const { body } = await at.get('api_docs/maths');
      expect(body.paths).toEqual({
        '/add': {
          get: { summary: 'Adds (Sums)', tags: ['maths'], responses: { default: { $ref: '#/components/responses/Error' } } },
          'x-note': 1,
        },
      });
      expect(body.servers).toEqual([{ url: '/api/v2/maths', description: '' }]);
    });
    it('that cannot be read is told so', async () => {
      await store('broken', '{"paths":');
      const { status, body } = await at.get('api_docs/broken');
      expect([status, body.error.message]).toEqual([503, 'There are no defined API Docs for the requested service broken.']);
      await store('yaml', 'openapi: 3.0.0', 1);
      expect((await at.get('api_docs/yaml')).status).toBe(501);
      expect((await at.get('api_docs')).status).toBe(200);
    });
  });
}
