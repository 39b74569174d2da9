import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Install, Installation } from '../support/installation.js';

export function settingsRecordsSuite(install: Install): void {
  let at: Installation;
  beforeAll(async () => {
    at = await install();
  });
  afterAll(() => at.close());

  const make = async (resource: string, record: object) => {
    const { status, body } = await at.post(`system/${resource}`, { resource: [record as never] });
    expect(status).toBe(201);
    return body.resource[0].id as number;
  };

  describe('apps', () => {
    it('get a random key', async () => {
      const id = await make('app', { name: 'one', type: '0', is_active: true });
      const { body } = await at.get(`system/app/${id}`);
      expect(body.api_key).toMatch(/^[0-9a-f]{64}$/);
      expect(body).toMatchObject({
        type: 0,
        requires_fullscreen: false,
        allow_fullscreen_toggle: true,
        toggle_location: 'top',
        launch_url: '',
      });
      expect(Object.keys(body).at(-1)).toBe('launch_url');
    });
    it('refuse short keys, and never share one', async () => {
      const short = await at.post('system/app', { resource: [{ name: 'short', api_key: 'abc' }] });
      expect(short.body.error.context.resource[0].message).toContain('The api key field must be at least 64 characters.');
      const key = 'a'.repeat(64);
      const first = await make('app', { name: 'first', api_key: key });
      const second = await make('app', { name: 'second', api_key: key });
      expect((await at.get(`system/app/${first}`)).body.api_key).toBe(key);
      expect((await at.get(`system/app/${second}`)).body.api_key).not.toBe(key);
      expect((await at.put(`system/app/${second}`, { api_key: key })).status).toBe(400);
    });
    it('are renewed one at a time, and the old key is dead at once', async () => {
      const role = await make('role', {
        name: 'reader',
        is_active: true,
        role_service_access_by_role_id: [{ component: '*', verb_mask: 1, requestor_mask: 1 }],
      });
      const id = await make('app', { name: 'keyed', is_active: true, role_id: role });
      const admin = (await at.get('system/app', { filter: "name = 'admin'" })).body.resource[0];
      const { api_key: key } = (await at.get(`system/app/${id}`)).body;
      expect((await at.get(`system/role/${role}`, {}, { as: { key } })).status).toBe(200);
      const { body } = await at.patch(`system/app/${id}`, {}, { query: { regenerate: 'true', fields: 'api_key' } });
      expect(body.api_key).not.toBe(key);
      expect((await at.get(`system/role/${role}`, {}, { as: { key } })).status).toBe(400);
      expect((await at.get(`system/role/${role}`, {}, { as: { key: body.api_key } })).status).toBe(200);
      expect((await at.get('system/app', { filter: "name = 'admin'" })).body.resource[0].api_key).toBe(admin.api_key);
      await at.patch(`system/app/${id}`, { is_active: false });
      expect((await at.get(`system/role/${role}`, {}, { as: { key: body.api_key } })).status).toBe(403);
    });
    it('with a public key never get a role', async () => {
      const role = await make('role', { name: 'wide', is_active: true });
      const admin = (await at.get('system/app', { filter: "name = 'admin'" })).body.resource[0];
      expect((await at.patch(`system/app/${admin.id}`, { role_id: role })).status).toBe(400);
      expect((await at.get(`system/app/${admin.id}`)).body.role_id).toBeNull();
    });
    it('open where their type says', async () => {
      expect(
        (await at.get(`system/app/${await make('app', { name: 'url', type: 2, url: 'https://shop.example.com/' })}`)).body.launch_url,
      ).toBe('https://shop.example.com/');
      expect((await at.get(`system/app/${await make('app', { name: 'path', type: 3, path: '/my/app.html' })}`)).body.launch_url).toBe(
        'http://localhost:8080/my/app.html',
      );
    });
    it('refuse roles that do not exist', async () => {
      const { body } = await at.post('system/app', { resource: [{ name: 'norole', role_id: 999999 }] });
      expect(body.error.context.resource[0].context).toEqual({ role_id: ['The selected role id is invalid.'] });
    });
  });

  describe('lookups', () => {
    it('hide private values, and the mask keeps them', async () => {
      const id = await make('lookup', { name: 'secret_key', value: 'one', private: true });
      expect((await at.get(`system/lookup/${id}`, { fields: 'value' })).body).toEqual({ value: '**********', private: true });
      await at.patch(`system/lookup/${id}`, { value: '**********', description: 'changed' });
      expect(at.state.latest.lookups.find((lookup) => lookup.name === 'secret_key')?.value).toBe('one');
      const opened = await at.patch(`system/lookup/${id}`, { private: false });
      expect(opened.status).toBe(400);
      expect(JSON.stringify(opened.body)).not.toContain('one"');
      expect((await at.patch(`system/lookup/${id}`, { private: false, value: 'open' })).status).toBe(200);
      expect((await at.get(`system/lookup/${id}`)).body.value).toBe('open');
    });
    it('of others are out of reach', async () => {
      const role = await make('role', { name: 'holder', lookup_by_role_id: [{ name: 'theirs', value: 'x' }] });
      const { id } = (await at.get(`system/role/${role}`, { related: 'lookup_by_role_id' })).body.lookup_by_role_id[0];
      expect((await at.get(`system/lookup/${id}`)).status).toBe(404);
      expect((await at.patch(`system/lookup/${id}`, { value: 'y' })).status).toBe(404);
      expect((await at.remove(`system/lookup/${id}`)).status).toBe(404);
      expect((await at.get('system/lookup', { ids: String(id) })).status).toBe(400);
      expect((await at.get('system/lookup', { include_count: 'true', filter: "name = 'theirs'" })).body).toEqual({
        resource: [],
        meta: { count: 0 },
      });
    });
    it('have one name for each owner', async () => {
      const id = await make('lookup', { name: 'twice', value: '1' });
      const other = await make('lookup', { name: 'thrice', value: '1' });
      expect((await at.post('system/lookup', { resource: [{ name: 'twice' }] })).body.error.context.resource[0].message).toContain(
        'Lookup name can not be modified to one that already exists.',
      );
      expect((await at.patch(`system/lookup/${other}`, { name: 'twice' })).status).toBe(400);
      expect((await at.patch(`system/lookup/${id}`, { name: 'twice', value: '2' })).status).toBe(200);
      await make('role', { name: 'same', lookup_by_role_id: [{ name: 'twice', value: 'role' }] });
    });
  });

  describe('CORS rules', () => {
    it('take verbs as names and as a mask', async () => {
      const id = await make('cors', { path: 'api/*', origin: '*', method: ['GET', 'POST'] });
      expect((await at.get(`system/cors/${id}`)).body).toMatchObject({
        method: ['GET', 'POST'],
        enabled: true,
        supports_credentials: false,
        max_age: 0,
      });
      await at.patch(`system/cors/${id}`, { method: 31 });
      expect((await at.get(`system/cors/${id}`)).body.method).toEqual(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
      expect((await at.patch(`system/cors/${id}`, { method: ['ZZZ'] })).body.error.message).toContain('The verb "ZZZ" is not supported.');
      expect(at.state.latest.cors).toHaveLength(1);
    });
    it('need a path of their own and an origin', async () => {
      expect((await at.post('system/cors', { resource: [{ origin: '*' }] })).body.error.context.resource[0].message).toBe(
        'Invalid data supplied. The path is required.',
      );
      expect((await at.post('system/cors', { resource: [{ path: 'x' }] })).body.error.context.resource[0].message).toBe(
        'Invalid data supplied. The origin is required.',
      );
      expect((await at.post('system/cors', { resource: [{ path: 'api/*', origin: '*' }] })).status).toBe(400);
    });
  });

  describe('custom values', () => {
    it.each([['123'], ['true'], ['text'], [''], [123], [true], [false], [null], [{ a: [1, { b: null }] }], [[1, 2]]])(
      '%j comes back the same',
      async (value) => {
        expect((await at.post('system/custom', { resource: [{ name: 'v', value }] })).body).toEqual({ resource: [{ name: 'v' }] });
        const { status, body } = await at.get('system/custom/v');
        expect(status).toBe(200);
        expect(Array.isArray(value) ? body.resource : body).toEqual(value);
        expect((await at.remove('system/custom/v')).body).toEqual({ name: 'v' });
      },
    );
    it('are made once and changed by name', async () => {
      await at.post('system/custom', { resource: [{ name: 'n', value: 1 }] });
      expect((await at.post('system/custom', { resource: [{ name: 'n', value: 2 }] })).body.error.code).toBe(1000);
      expect((await at.put('system/custom', { resource: [{ name: 'n', value: 3 }] })).body).toEqual({ resource: [{ name: 'n' }] });
      expect((await at.patch('system/custom/n', { value: 4 })).body).toEqual({ name: 'n' });
      expect((await at.get('system/custom', { ids: 'n' })).body.resource[0]).toMatchObject({
        name: 'n',
        value: 4,
        created_by_id: at.root.id,
      });
      expect((await at.get('system/custom/nothing')).body.error.message).toBe("Record with identifier 'nothing' not found.");
    });
    it('of users are each their own', async () => {
      const ids = await Promise.all(
        ['u1@example.com', 'u2@example.com'].map(
          async (email) => (await at.post('system/user', { resource: [{ email }] })).body.resource[0].id,
        ),
      );
      const role = (
        await at.post('system/role', {
          resource: [
            { name: 'customs', is_active: true, role_service_access_by_role_id: [{ component: '*', verb_mask: 31, requestor_mask: 1 }] },
          ],
        })
      ).body.resource[0].id;
      const app = (
        await at.post('system/app', { resource: [{ name: 'customs', is_active: true, role_id: role }] }, { query: { fields: 'api_key' } })
      ).body.resource[0].api_key;
      const [one, two] = await Promise.all(ids.map(async (id) => ({ as: { key: app, token: await at.tokenOf(id) } })));
      expect(await at.post('user/custom', { resource: [{ name: 'theme', value: { dark: true } }] }, one)).toEqual({
        status: 201,
        body: { resource: [{ name: 'theme' }] },
      });
      expect((await at.post('user/custom', { resource: [{ name: 'theme', value: 'light' }] }, one)).status).toBe(201);
      expect((await at.get('user/custom/theme', {}, one)).body).toBe('light');
      expect((await at.get('user/custom', {}, two)).body).toEqual({ resource: [] });
      expect((await at.get('user/custom/theme', {}, two)).status).toBe(404);
      expect((await at.remove('user/custom/theme', {}, two)).status).toBe(404);
      expect((await at.patch('user/custom/theme', { value: { y: 2 } }, one)).body).toEqual({ name: 'theme' });
      expect((await at.remove('user/custom/theme', {}, one)).body).toEqual({ name: 'theme' });
      expect((await at.get('user/custom', {}, { as: { key: app } })).status).toBe(401);
    });
  });

  describe('mail templates', () => {
    it.each([
      ['a@example.com', 'a@example.com'],
      ['a@example.com,b@example.com', ['a@example.com', 'b@example.com']],
      [
        ['a@example.com', 'b@example.com'],
        ['a@example.com', 'b@example.com'],
      ],
      [[{ name: 'D', email: 'd@example.com' }], [{ name: 'D', email: 'd@example.com' }]],
      [null, null],
    ])('take addresses as %j', async (to, expected) => {
      const id = await make('email_template', { name: `t-${JSON.stringify(to)}`.slice(0, 60), to });
      expect((await at.get(`system/email_template/${id}`)).body.to).toEqual(expected);
    });
    it('start with three of the installation', async () => {
      const { body } = await at.get('system/email_template', { order: 'id', limit: '1' });
      expect(body.resource[0]).toMatchObject({ name: 'User Invite Default', subject: '[DF] New User Invitation', created_by_id: null });
      expect(Object.keys(body.resource[0]).at(-1)).toBe('attachment');
    });
  });
}
