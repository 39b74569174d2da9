import { userTable } from '@headgate/system-db';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Install, Installation } from '../support/installation.js';

export function accountsSuite(install: Install): void {
  let at: Installation;
  beforeAll(async () => {
    at = await install();
  });
  afterAll(() => at.close());

  const PASSWORD = 'Conformance-Pass-1x';
  const inner = (body: { error: { context: { resource: { message: string }[] } } }) => body.error.context.resource[0]!;
  const makeUser = async (email: string, more: object = {}, resource = 'user') =>
    (await at.post(`system/${resource}`, { resource: [{ email, password: PASSWORD, ...more }] })).body.resource[0].id as number;

  describe('a user', () => {
    it('is answered in the order of the contract, without secrets', async () => {
      const { status, body } = await at.post(
        'system/user',
        {
          resource: [
            {
              first_name: 'Jane',
              last_name: 'Doe',
              email: 'jane@example.com',
              password: PASSWORD,
              security_question: 'Pet?',
              security_answer: 'Rex',
            },
          ],
        },
        { query: { fields: '*' } },
      );
      expect(status).toBe(201);
      const [user] = body.resource;
      expect(Object.keys(user)).toEqual([
        'id',
        'name',
        'first_name',
        'last_name',
        'last_login_date',
        'email',
        'is_active',
        'phone',
        'security_question',
        'default_app_id',
        'created_date',
        'last_modified_date',
        'created_by_id',
        'last_modified_by_id',
        'oauth_provider',
        'username',
        'confirmed',
        'expired',
      ]);
      expect((await at.get(`system/user/${user.id}`, { fields: 'saml,is_root_admin' })).body).toEqual({ saml: null, is_root_admin: false });
      expect(user).toMatchObject({ name: 'Jane Doe', username: 'jane@example.com', confirmed: true, expired: false, is_active: true });
      for (const name of ['password', 'security_answer', 'is_sys_admin', 'confirm_code', 'remember_token'])
        expect(user).not.toHaveProperty(name);
      expect(JSON.stringify(body)).not.toContain(PASSWORD);
    });
    it('shows no computed value that was not asked for', async () => {
      const id = await makeUser('plain@example.com');
      expect((await at.get(`system/user/${id}`, { fields: 'id' })).body).toEqual({ id });
    });
    it('stores what was sent, empty or not', async () => {
      const id = await makeUser('inactive@example.com', { is_active: false, phone: '0' });
      expect((await at.get(`system/user/${id}`)).body).toMatchObject({ is_active: false, phone: '0', name: 'inactive' });
    });
    it.each([
      [{ password: 'x'.repeat(15) }, 'The password field must be at least 16 characters.'],
      [{ email: 'not-an-email' }, 'The email field must be a valid email address.'],
      [{ username: 'abc' }, 'The username field must be at least 6 characters.'],
      [{ username: 'two words' }, 'The username field must not contain blanks.'],
      [{ username: 'jane@example.com' }, 'The username has already been taken.'],
      [{ email: '' }, 'The email field is required.'],
    ])('with %o is refused', async (wrong, message) => {
      const { status, body } = await at.post('system/user', { resource: [{ email: 'wrong@example.com', password: PASSWORD, ...wrong }] });
      expect(status).toBe(400);
      expect(inner(body).message).toContain(message);
      expect((await at.get('system/user', { filter: "email = 'wrong@example.com'" })).body.resource).toEqual([]);
    });
    it('keeps its email to itself', async () => {
      const id = await makeUser('mine@example.com');
      const { body } = await at.patch(`system/user/${id}`, { email: 'jane@example.com' });
      expect(body.error).toMatchObject({ code: 400, context: { email: ['The email has already been taken.'] } });
      expect(JSON.stringify(body)).not.toMatch(/sql|constraint|update/i);
    });
    it('cannot be made an administrator', async () => {
      const id = await makeUser('rise@example.com', { is_sys_admin: true, is_root_admin: true });
      await at.patch(`system/user/${id}`, { is_sys_admin: true, is_root_admin: true });
      expect(await at.db.find(userTable, { where: { kind: 'compare', column: 'id', operator: '=', value: id } })).toMatchObject([
        { is_sys_admin: false, is_root_admin: false },
      ]);
      expect((await at.get(`system/admin/${id}`)).status).toBe(404);
    });
    it('loses its sessions with its password and when deactivated', async () => {
      const id = await makeUser('leaver@example.com');
      for (const change of [{ password: 'Conformance-Pass-2y' }, { is_active: false }]) {
        await at.patch(`system/user/${id}`, { is_active: true });
        const token = await at.tokenOf(id);
        expect((await at.get('user/session', {}, { as: { token } })).status).toBe(200);
        await at.patch(`system/user/${id}`, change);
        expect((await at.get('user/session', {}, { as: { token } })).status).toBe(403);
      }
    });
    it('cannot be invited without mail, and is not made then', async () => {
      expect(
        (await at.post('system/user', { resource: [{ email: 'guest@example.com' }] }, { query: { send_invite: 'true' } })).status,
      ).toBe(501);
      expect((await at.get('system/user', { filter: "email = 'guest@example.com'" })).body.resource).toEqual([]);
      expect(
        (await at.post('system/user', { resource: [{ email: 'guest@example.com' }] }, { query: { send_invite: 'false' } })).status,
      ).toBe(201);
    });
    it('comes from CSV, where empty cells mean defaults', async () => {
      const { status } = await at.post(
        'system/user',
        { resource: [{ email: 'csv@example.com', first_name: 'C', last_name: 'Sv', name: '', is_active: '', phone: '', username: '' }] },
        { format: 'csv' },
      );
      expect(status).toBe(201);
      expect((await at.get('system/user', { filter: "email = 'csv@example.com'" })).body.resource[0]).toMatchObject({
        name: 'C Sv',
        is_active: true,
        phone: null,
        username: 'csv@example.com',
      });
    });
    it('has one role for each app', async () => {
      const role = (await at.post('system/role', { resource: [{ name: 'r1' }] })).body.resource[0].id;
      const app = (await at.post('system/app', { resource: [{ name: 'a1' }] })).body.resource[0].id;
      const id = await makeUser('roles@example.com', { user_to_app_to_role_by_user_id: [{ app_id: app, role_id: role }] });
      const { body } = await at.patch(`system/user/${id}`, { user_to_app_to_role_by_user_id: [{ app_id: app, role_id: role }] });
      expect(body.error.message).toBe(
        'Multiple user-to-app-to-role assignment. You can only have a single user-to-app-to-role assignment.',
      );
      const related = { fields: 'id', related: 'user_to_app_to_role_by_user_id' };
      const [row] = (await at.get(`system/user/${id}`, related)).body.user_to_app_to_role_by_user_id;
      expect(row).toEqual({ id: row.id, user_id: id, app_id: app, role_id: role });
      expect(
        (await at.patch(`system/user/${id}`, { user_to_app_to_role_by_user_id: [{ ...row, user_id: null }] }, { query: related })).body,
      ).toEqual({ id, user_to_app_to_role_by_user_id: [] });
    });
  });

  describe('users and administrators', () => {
    it('are kept apart', async () => {
      const admin = await makeUser('second@example.com', {}, 'admin');
      const user = await makeUser('apart@example.com');
      expect((await at.get(`system/user/${admin}`)).status).toBe(404);
      expect((await at.get(`system/admin/${user}`)).status).toBe(404);
      expect(
        (await at.get('system/user', { filter: '(id > 0) or (id > 0)' })).body.resource.map((found: { id: number }) => found.id),
      ).not.toContain(admin);
      expect((await at.patch(`system/user/${admin}`, { first_name: 'X' })).body.error).toMatchObject({
        code: 403,
        message: 'Not allowed to change an admin user.',
      });
      expect((await at.remove(`system/user/${admin}`)).body.error).toMatchObject({
        code: 403,
        message: 'Not allowed to delete an admin user.',
      });
      expect((await at.patch(`system/admin/${user}`, { first_name: 'X' })).body.error).toMatchObject({
        code: 400,
        message: 'Cannot update a non-admin user.',
      });
      expect((await at.remove(`system/admin/${user}`)).body.error).toMatchObject({ code: 400, message: 'Cannot delete a non-admin user.' });
      expect((await at.remove(`system/admin/${admin}`)).status).toBe(200);
    });
    it('share their email addresses', async () => {
      await makeUser('shared@example.com');
      expect((await at.post('system/admin', { resource: [{ email: 'shared@example.com', password: PASSWORD }] })).status).toBe(400);
    });
  });

  describe('administrators', () => {
    it('cannot delete themselves', async () => {
      expect((await at.remove(`system/admin/${at.root.id}`)).body.error).toMatchObject({
        code: 403,
        message: 'Cannot delete your account.',
      });
    });
    it('always remain', async () => {
      const own = await install();
      try {
        const other = (await own.post('system/admin', { resource: [{ email: 'other@example.com', password: PASSWORD }] })).body.resource[0]
          .id;
        const asOther = { as: { token: await own.tokenOf(other) } };
        expect((await own.patch(`system/admin/${own.root.id}`, { is_active: false }, asOther)).status).toBe(200);
        expect((await own.patch(`system/admin/${other}`, { is_active: false }, asOther)).status).toBe(403);
        expect(
          (await own.patch('system/admin', { resource: [{ is_active: false }] }, { ...asOther, query: { filter: 'id > 0' } })).status,
        ).toBe(400);
        expect((await own.get(`system/admin/${other}`, {}, asOther)).body.is_active).toBe(true);
        expect((await own.patch(`system/admin/${own.root.id}`, { is_active: true }, asOther)).status).toBe(200);
      } finally {
        await own.close();
      }
    });
    it('remain when two of them deactivate each other at once', async () => {
      const own = await install();
      try {
        const other = (await own.post('system/admin', { resource: [{ email: 'pair@example.com', password: PASSWORD }] })).body.resource[0]
          .id;
        const asOther = { as: { token: await own.tokenOf(other) } };
        await Promise.allSettled([
          own.patch(`system/admin/${other}`, { is_active: false }),
          own.patch(`system/admin/${own.root.id}`, { is_active: false }, asOther),
        ]);
        const active = await own.db.find(userTable, { where: { kind: 'compare', column: 'is_active', operator: '=', value: true } });
        expect(active.filter((user) => user.is_sys_admin)).toHaveLength(1);
      } finally {
        await own.close();
      }
    });
    it('are not made with all rights where few were asked for', async () => {
      const { status, body } = await at.post('system/admin', {
        resource: [{ email: 'few@example.com', password: PASSWORD, is_restricted_admin: true, access_by_tabs: ['users'] }],
      });
      expect(status).toBe(501);
      expect(body.error.reason).toBe('not_implemented');
      expect((await at.get('system/admin', { filter: "email = 'few@example.com'" })).body.resource).toEqual([]);
    });
  });

  describe('sessions of a user', () => {
    it('are listed and ended', async () => {
      const id = await makeUser('sessions@example.com');
      const [first, second] = [await at.tokenOf(id), await at.tokenOf(id)];
      const { body } = await at.get(`system/user/${id}/session`);
      expect(body.resource).toHaveLength(2);
      expect(Object.keys(body.resource[0])).toEqual(['id', 'app_id', 'issued_at', 'expires_at', 'address', 'user_agent']);
      expect(JSON.stringify(body)).not.toContain(first.slice(-20));
      expect((await at.remove(`system/user/${id}/session/${body.resource[0].id}`)).body).toEqual({ success: true });
      const alive = await Promise.all([first, second].map(async (token) => (await at.get('user/session', {}, { as: { token } })).status));
      expect(alive.sort()).toEqual([200, 403]);
      expect((await at.remove(`system/user/${id}/session`)).body).toEqual({ success: true });
      expect((await at.get('user/session', {}, { as: { token: second } })).status).toBe(403);
      expect((await at.get(`system/user/${id}/session`)).body.resource).toEqual([]);
    });
    it('belong to users, or to administrators', async () => {
      expect((await at.get(`system/user/${at.root.id}/session`)).status).toBe(404);
      expect((await at.get(`system/admin/${at.root.id}/session`)).status).toBe(200);
      expect((await at.get(`system/admin/${at.root.id}/session/x/y`)).status).toBe(404);
      expect((await at.get(`system/user/${at.root.id}/other`)).status).toBe(404);
    });
  });
}
