import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Install, Installation } from '../support/installation.js';

export function rightsSuite(install: Install): void {
  /** Callers with rights on `system` who are no administrators. */
  let at: Installation;
  let systemId: number;
  beforeAll(async () => {
    at = await install();
    systemId = at.state.latest.servicesByName.get('system')!.id;
  });
  afterAll(() => at.close());

  let made = 0;
  /** A key whose role has these rights: `[component, verbs]` on `system`. */
  async function keyWith(...rights: readonly (readonly [string, number])[]) {
    const name = `caller-${++made}`;
    const rows = rights.map(([component, verb_mask]) => ({ service_id: systemId, component, verb_mask, requestor_mask: 1 }));
    const role = (await at.post('system/role', { resource: [{ name, is_active: true, role_service_access_by_role_id: rows }] })).body
      .resource[0].id as number;
    const app = (await at.post('system/app', { resource: [{ name, is_active: true, role_id: role }] }, { query: { fields: '*' } })).body
      .resource[0];
    return { role, app: app.id as number, as: { key: app.api_key as string } };
  }

  describe('reading relations of another resource', () => {
    it('needs the right to read that resource', async () => {
      const { as, role } = await keyWith(['role/*', 1]);
      const { status, body } = await at.get(`system/role/${role}`, { related: 'app_by_role_id' }, { as });
      expect(status).toBe(403);
      expect(body.error.message).toBe("GET access to component 'app' of service 'system' is not allowed by this user's role.");
      expect(JSON.stringify(body)).not.toContain(as.key);
      for (const related of ['user_by_created_by_id', 'user_to_app_to_role_by_role_id', 'service_by_role_service_access'])
        expect((await at.get('system/role', { related }, { as })).status).toBe(403);
      expect((await at.get(`system/role/${role}`, { related: 'role_service_access_by_role_id,lookup_by_role_id' }, { as })).status).toBe(
        200,
      );
    });
    it('shows no administrators to those who may see users only', async () => {
      const { as, role } = await keyWith(['role/*', 1], ['user/*', 1]);
      const { status, body } = await at.get(`system/role/${role}`, { related: 'user_by_created_by_id' }, { as });
      expect(status).toBe(200);
      expect(body.user_by_created_by_id).toBeNull();
      expect(JSON.stringify(body)).not.toContain('root@example.com');
    });
    it('is checked before writes', async () => {
      const { as } = await keyWith(['role/*', 31]);
      expect((await at.post('system/role', { resource: [{ name: 'peek' }] }, { as, query: { related: 'app_by_role_id' } })).status).toBe(
        403,
      );
      expect((await at.get('system/role', { filter: "name = 'peek'" })).body.resource).toEqual([]);
    });
  });

  describe('nobody raises itself', () => {
    it('by writing its own role, or rows that reach further than its own', async () => {
      const { as, role } = await keyWith(['role/*', 31]);
      expect((await at.patch(`system/role/${role}`, { description: 'mine' }, { as })).status).toBe(403);
      expect((await at.remove(`system/role/${role}`, {}, { as })).status).toBe(403);
      for (const row of [
        { service_id: systemId, component: '*', verb_mask: 31, requestor_mask: 1 },
        { service_id: null, component: '*', verb_mask: 1, requestor_mask: 1 },
        { service_id: systemId, component: 'user/*', verb_mask: 1, requestor_mask: 1 },
        { service_id: systemId, component: 'role/*', verb_mask: 1, requestor_mask: 2 },
      ]) {
        const { status, body } = await at.post(
          'system/role',
          { resource: [{ name: 'raised', role_service_access_by_role_id: [row] }] },
          { as },
        );
        expect(status).toBe(400);
        expect(body.error.context.resource[0].status_code).toBe(403);
      }
      expect((await at.get('system/role', { filter: "name = 'raised'" })).body.resource).toEqual([]);
      const rows = [
        { service_id: systemId, component: 'role/*', verb_mask: 1, requestor_mask: 1 },
        { service_id: at.state.latest.servicesByName.get('db')!.id, component: '*', verb_mask: 31, requestor_mask: 1 },
      ];
      expect((await at.post('system/role', { resource: [{ name: 'lesser', role_service_access_by_role_id: rows }] }, { as })).status).toBe(
        201,
      );
    });
    it('by pointing an app or a user at a wider role', async () => {
      const wide = await keyWith(['*', 31]);
      const { as, app } = await keyWith(['app/*', 31], ['user/*', 31]);
      expect((await at.patch(`system/app/${app}`, { role_id: wide.role }, { as })).status).toBe(403);
      expect((await at.post('system/app', { resource: [{ name: 'new-wide', role_id: wide.role }] }, { as })).status).toBe(400);
      expect((await at.patch(`system/app/${wide.app}`, {}, { as, query: { regenerate: 'true', fields: 'api_key' } })).status).toBe(403);
      const user = (await at.post('system/user', { resource: [{ email: 'climber@example.com' }] }, { as })).body.resource[0].id;
      expect(
        (await at.patch(`system/user/${user}`, { user_to_app_to_role_by_user_id: [{ app_id: app, role_id: wide.role }] }, { as })).status,
      ).toBe(403);
      expect((await at.get(`system/app/${app}`)).body.role_id).not.toBe(wide.role);
    });
    it('by taking over an account', async () => {
      const wide = await keyWith(['*', 31]);
      const { as, app } = await keyWith(['user/*', 31]);
      const boss = (
        await at.post('system/user', {
          resource: [{ email: 'boss@example.com', user_to_app_to_role_by_user_id: [{ app_id: app, role_id: wide.role }] }],
        })
      ).body.resource[0].id;
      expect((await at.patch(`system/user/${boss}`, { password: 'Conformance-Pass-1x' }, { as })).status).toBe(403);
      expect((await at.remove(`system/user/${boss}`, {}, { as })).status).toBe(403);
      expect((await at.remove(`system/user/${boss}/session`, {}, { as })).status).toBe(403);
      expect((await at.patch(`system/user/${at.root.id}`, { password: 'Conformance-Pass-1x' }, { as })).status).toBe(403);
    });
    it('by binding an account to a sign-on service', async () => {
      const { as } = await keyWith(['user/*', 31]);
      const id = (
        await at.post('system/user', { resource: [{ email: 'bound@example.com', oauth_provider: 'evil', saml: 'evil' }] }, { as })
      ).body.resource[0].id;
      expect((await at.get(`system/user/${id}`, { fields: 'oauth_provider,saml' })).body).toEqual({ oauth_provider: null, saml: null });
    });
    it('by making administrators', async () => {
      const { as } = await keyWith(['*', 31]);
      const { status, body } = await at.post(
        'system/admin',
        { resource: [{ email: 'evil@example.com', password: 'Conformance-Pass-1x' }] },
        { as },
      );
      expect(status).toBe(403);
      expect(body.error.message).toBe('Only root admin can manage admins.');
      expect((await at.get('system/admin', { filter: "email = 'evil@example.com'" })).body.resource).toEqual([]);
      expect((await at.remove(`system/admin/${at.root.id}/session`, {}, { as })).status).toBe(403);
    });
    it('through services that give roles', async () => {
      const wide = await keyWith(['*', 31]);
      const { as, role } = await keyWith(['service/*', 31]);
      const user = at.state.latest.servicesByName.get('user')!.id;
      await at.patch(`system/role/${role}`, {
        role_service_access_by_role_id: [{ service_id: user, component: '*', verb_mask: 31, requestor_mask: 1 }],
      });
      expect(
        (await at.patch(`system/service/${user}`, { config: { allow_open_registration: true, open_reg_role_id: wide.role } }, { as }))
          .status,
      ).toBe(403);
      expect(at.state.latest.servicesByName.get('user')!.config.open_reg_role_id ?? null).toBeNull();
    });
  });

  describe('services', () => {
    it('are seen as far as the role lists them, whatever the filter', async () => {
      const { as, role } = await keyWith(['service/*', 1]);
      const db = at.state.latest.servicesByName.get('db')!.id;
      await at.patch(`system/role/${role}`, {
        role_service_access_by_role_id: [{ service_id: db, component: '*', verb_mask: 1, requestor_mask: 1 }],
      });
      for (const filter of [
        undefined,
        'id > 0',
        '(id > 0) or (id > 0)',
        '(type in ("sqlite","local_file"))',
        '(type not like "%swagger%")',
        'is_active = true',
      ]) {
        const { body } = await at.get('system/service', { include_count: 'true', fields: 'name', ...(filter && { filter }) }, { as });
        const names = body.resource.map((service: { name: string }) => service.name).filter((name: string) => name !== 'system');
        expect(names).toEqual(['db']);
        expect(body.meta.count).toBe(body.resource.length);
      }
      const files = at.state.latest.servicesByName.get('files')!.id;
      expect((await at.get(`system/service/${files}`, {}, { as })).status).toBe(404);
      expect((await at.get('system/service', { ids: `${db},${files}` }, { as })).body.error.context.error).toEqual([1]);
      expect((await at.get(`system/service/${db}`, {}, { as })).status).toBe(200);
    });
    it('are listed at the root of the API alike', async () => {
      const { as, role } = await keyWith(['none', 1]);
      const db = at.state.latest.servicesByName.get('db')!.id;
      await at.patch(`system/role/${role}`, {
        role_service_access_by_role_id: [{ service_id: db, component: '_table/x', verb_mask: 1, requestor_mask: 1 }],
      });
      const list = await at.list({ as });
      expect(list.services.map((service: { name: string }) => service.name)).toEqual(['db', 'system']);
      expect(list.services[0]).toMatchObject({
        id: db,
        name: 'db',
        label: 'Local SQL Database',
        type: 'sqlite',
        spec_url: '/api/v2/db/_spec',
      });
      expect((await at.list({ as: 'nobody' })).services).toEqual([]);
      expect((await at.list({ as: 'nobody', query: { type: 'local_file' } })).service_types).toEqual([
        { name: 'local_file', label: 'Local File Storage', group: 'File', description: 'File service supporting the local file system.' },
      ]);
      expect(await at.list({ as: 'nobody', query: { group: 'NoSuchGroup' } })).toEqual({ services: [], service_types: [] });
      expect((await at.list({ as, query: { fields: 'type' } })).services).toEqual([{ type: 'sqlite' }, { type: 'system' }]);
    });
  });
}
