import { roleServiceAccessTable, roleTable } from '@headgate/system-db';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Install, Installation } from '../support/installation.js';

export function writingRecordsSuite(install: Install): void {
  let at: Installation;
  beforeAll(async () => {
    at = await install();
  });
  afterAll(() => at.close());

  const roleNamed = async (name: string) => (await at.get('system/role', { filter: `name = '${name}'` })).body.resource[0];
  const makeRole = async (name: string, more: object = {}) =>
    (await at.post('system/role', { resource: [{ name, ...more }] })).body.resource[0].id as number;

  describe('creating', () => {
    it('answers 201 and the key', async () => {
      const { status, body } = await at.post('system/role', { resource: [{ name: 'c1', id: null }] });
      expect(status).toBe(201);
      expect(body).toEqual({ resource: [{ id: expect.any(Number) }] });
    });
    it('takes a bare list, and one record in the wrapper', async () => {
      expect((await at.post('system/role', [{ name: 'c2' }])).status).toBe(201);
      expect((await at.post('system/role', { resource: { name: 'c3' } })).status).toBe(201);
    });
    it('refuses a bare object with a hint', async () => {
      const { status, body } = await at.post('system/role', { name: 'c4' });
      expect(status).toBe(400);
      expect(body.error.message).toContain('No record(s) detected in request.');
      expect(await roleNamed('c4')).toBeUndefined();
    });
    it('refuses an identifier', async () => {
      const { status, body } = await at.post('system/role/5', { name: 'c5' });
      expect(status).toBe(400);
      expect(body.error.message).toBe('Create record by identifier not currently supported.');
    });
    it('answers whole records and relations when asked', async () => {
      const { body } = await at.post(
        'system/role',
        { resource: [{ name: 'c6', lookup_by_role_id: [{ name: 'k', value: 'v' }] }] },
        { query: { fields: '*', related: 'lookup_by_role_id' } },
      );
      expect(body.resource[0]).toMatchObject({
        name: 'c6',
        description: null,
        is_active: false,
        lookup_by_role_id: [{ name: 'k', value: 'v', private: false, role_id: body.resource[0].id }],
      });
      expect(Object.keys(body.resource[0].lookup_by_role_id[0])).toEqual([
        'id',
        'role_id',
        'name',
        'value',
        'private',
        'description',
        'created_date',
        'last_modified_date',
        'created_by_id',
        'last_modified_by_id',
      ]);
      expect(body.resource[0].lookup_by_role_id[0].created_by_id).toBeNull();
    });
    it('checks fields before it writes', async () => {
      expect((await at.post('system/role', { resource: [{ name: 'c7' }] }, { query: { fields: 'nope' } })).status).toBe(400);
      expect((await at.post('system/role', { resource: [{ name: 'c7' }] }, { query: { related: 'nope' } })).status).toBe(400);
      expect(await roleNamed('c7')).toBeUndefined();
    });
    it('says what is missing, in the form of a batch', async () => {
      const { status, body } = await at.post('system/role', { resource: [{ description: 'x' }] });
      expect(status).toBe(400);
      expect(body.error).toMatchObject({
        code: 1000,
        message: 'Batch Error: Not all requested records could be created.',
        context: {
          error: [0],
          resource: [
            {
              code: 400,
              message: 'Invalid data supplied. The name field is required.',
              context: { name: ['The name field is required.'] },
            },
          ],
        },
      });
    });
    it('says that a name is taken, without SQL', async () => {
      await makeRole('taken');
      const { body } = await at.post('system/role', { resource: [{ name: 'taken' }] });
      expect(body.error.context.resource[0]).toMatchObject({
        message: 'Invalid data supplied. The name has already been taken.',
        context: { name: ['The name has already been taken.'] },
      });
      expect(JSON.stringify(body)).not.toMatch(/insert|unique|constraint|sqlite/i);
    });
    it('ignores members that the server keeps', async () => {
      const { body } = await at.post(
        'system/role',
        { resource: [{ id: 4711, name: 'c8', created_by_id: 99, created_date: '2000-01-01', last_modified_by_id: 99 }] },
        { query: { fields: '*' } },
      );
      expect(body.resource[0]).toMatchObject({ created_by_id: at.root.id, last_modified_by_id: null });
      expect(body.resource[0].id).not.toBe(4711);
      expect(body.resource[0].created_date).not.toContain('2000');
    });
    it('refuses unknown members of a strict request', async () => {
      const { body } = await at.post('system/role', { resource: [{ name: 'c9', is_aktive: true }] }, { strict: true });
      expect(body.error.context.resource[0]).toMatchObject({ reason: 'unknown_field', hint: "Did you mean 'is_active'?" });
      expect((await at.get('system/role', { limti: '1' }, { strict: true })).body.error).toMatchObject({
        reason: 'unknown_parameter',
        hint: "Did you mean 'limit'?",
      });
    });
    it('refuses what is too long or of another type', async () => {
      expect((await at.post('system/role', { resource: [{ name: 'x'.repeat(65) }] })).body.error.context.resource[0].message).toContain(
        'must not be greater than 64 characters',
      );
      expect(
        (await at.post('system/role', { resource: [{ name: 'y', is_active: 'perhaps' }] })).body.error.context.resource[0].context,
      ).toHaveProperty('is_active');
      expect((await at.post('system/role', { resource: [{ name: { a: 1 } }] })).status).toBe(400);
    });
  });

  describe('a batch whose second record fails', () => {
    const batch = (prefix: string) => ({ resource: [{ name: `${prefix}1` }, { description: 'no name' }, { name: `${prefix}3` }] });
    const stored = async (prefix: string) => (await at.get('system/role', { filter: `name like '${prefix}%'`, count_only: 'true' })).body;

    it('stops there and keeps what is before', async () => {
      const { body } = await at.post('system/role', batch('stop'));
      expect(body.error.context.error).toEqual([1]);
      expect(body.error.context.resource).toHaveLength(2);
      expect(await stored('stop')).toBe(1);
    });
    it('goes on where that is asked for', async () => {
      const { body } = await at.post('system/role', batch('cont'), { query: { continue: 'true' } });
      expect(body.error.context.resource).toHaveLength(3);
      expect(await stored('cont')).toBe(2);
    });
    it.each<Record<string, string>>([{ rollback: 'true' }, { rollback: 'true', continue: 'true' }])('undoes all with %o', async (query) => {
      const { body } = await at.post('system/role', batch('roll'), { query });
      expect(body.error.message).toBe('Batch Error: Not all requested records could be created. All changes rolled back.');
      expect(await stored('roll')).toBe(0);
    });
  });

  describe('updating', () => {
    it('merges, by PATCH and PUT alike', async () => {
      const id = await makeRole('u1', { description: 'd', is_active: true });
      expect((await at.put(`system/role/${id}`, { description: 'e' })).body).toEqual({ id });
      expect((await at.get(`system/role/${id}`)).body).toMatchObject({
        name: 'u1',
        description: 'e',
        is_active: true,
        last_modified_by_id: at.root.id,
      });
      expect((await at.patch(`system/role/${id}`, { description: null }, { query: { fields: 'id,description' } })).body).toEqual({
        id,
        description: null,
      });
    });
    it('takes an empty body', async () => {
      const id = await makeRole('u2');
      expect((await at.patch(`system/role/${id}`, undefined)).body).toEqual({ id });
      expect((await at.patch(`system/role/${id}`, {})).body).toEqual({ id });
    });
    it('keeps its status where it fails', async () => {
      const id = await makeRole('u3');
      expect((await at.patch(`system/role/${id}`, { name: '' })).body.error).toMatchObject({
        code: 400,
        status_code: 400,
        context: { name: ['The name field is required.'] },
      });
      expect((await at.patch(`system/role/${id}`, { name: 'u2' })).body.error).toMatchObject({
        code: 400,
        message: 'Invalid data supplied. The name has already been taken.',
      });
      expect((await at.patch('system/role/999999', { name: 'x' })).body.error).toMatchObject({
        code: 404,
        message: "Record with identifier '999999' not found.",
      });
    });
    it('writes many by their own ids, by ids, by filter', async () => {
      const [a, b] = [await makeRole('m1'), await makeRole('m2')];
      expect(
        (
          await at.patch(
            'system/role',
            {
              resource: [
                { id: a, description: 'A' },
                { id: b, description: 'B' },
              ],
            },
            { query: { fields: 'id,description' } },
          )
        ).body,
      ).toEqual({
        resource: [
          { id: a, description: 'A' },
          { id: b, description: 'B' },
        ],
      });
      expect((await at.patch('system/role', { resource: [{ description: 'same' }] }, { query: { ids: `${a},${b}` } })).body).toEqual({
        resource: [{ id: a }, { id: b }],
      });
      const { body } = await at.patch(
        'system/role',
        { resource: [{ description: 'filtered' }] },
        { query: { filter: "name like 'm_'", fields: 'description' } },
      );
      expect(body.resource).toEqual([{ description: 'filtered' }, { description: 'filtered' }]);
    });
    it('by filter holds for all or none', async () => {
      const [a] = [await makeRole('n1'), await makeRole('n2')];
      const { status, body } = await at.patch('system/role', { resource: [{ name: 'n-same' }] }, { query: { filter: "name like 'n_'" } });
      expect(status).toBe(400);
      expect(body.error.message).toContain('All changes rolled back.');
      expect((await at.get(`system/role/${a}`)).body.name).toBe('n1');
    });
  });

  describe('deleting', () => {
    it('needs a selection, and never empties a table', async () => {
      const before = (await at.get('system/role', { count_only: 'true' })).body;
      expect((await at.remove('system/role')).body.error.message).toBe('No filter or records given for delete request.');
      const queries: readonly Record<string, string>[] = [
        { force: 'true' },
        { filter: ' ' },
        { force: 'true', filter: '  ' },
        { force: 'true', filter: '' },
        { force: 'true', ids: '' },
      ];
      for (const query of queries) expect((await at.remove('system/role', query)).status).toBe(400);
      expect((await at.remove('system/admin', { force: 'true' })).status).toBe(400);
      expect((await at.get('system/role', { count_only: 'true' })).body).toBe(before);
    });
    it('works by id, ids, filter and records, and answers what was', async () => {
      const made = await Promise.all(['d1', 'd2', 'd3', 'd4', 'd5'].map((name) => makeRole(name)));
      expect((await at.remove(`system/role/${made[0]}`, { fields: '*' })).body).toMatchObject({ id: made[0], name: 'd1' });
      expect((await at.remove('system/role', { ids: `${made[1]},${made[2]}` })).body).toEqual({
        resource: [{ id: made[1] }, { id: made[2] }],
      });
      expect((await at.remove('system/role', { filter: "name = 'd4'" })).body).toEqual({ resource: [{ id: made[3] }] });
      expect((await at.call('DELETE', 'system/role', { body: { resource: [{ id: made[4]! }] } })).body).toEqual({
        resource: [{ id: made[4] }],
      });
      expect((await at.get('system/role', { filter: "name like 'd_'" })).body.resource).toEqual([]);
    });
    it('says what is missing', async () => {
      expect((await at.remove('system/role/999999')).status).toBe(404);
      expect((await at.remove('system/role', { ids: '999999' })).body.error).toMatchObject({
        code: 1000,
        message: 'Batch Error: Not all requested records could be deleted.',
      });
    });
  });

  describe('nested records', () => {
    const access = async (id: number) =>
      (await at.get(`system/role/${id}`, { fields: 'id', related: 'role_service_access_by_role_id' })).body.role_service_access_by_role_id;

    it('are changed, deleted and added as the row says', async () => {
      const id = await makeRole('nest', {
        role_service_access_by_role_id: [
          { service_id: 5, component: '_table/*', verb_mask: 1, requestor_mask: 1 },
          { service_id: 5, component: '_schema/*', verb_mask: 1 },
        ],
        lookup_by_role_id: [{ name: 'k', value: 'v' }],
      });
      const [first, second] = await access(id);
      const [lookup] = (await at.get(`system/role/${id}`, { related: 'lookup_by_role_id' })).body.lookup_by_role_id;
      await at.put(`system/role/${id}`, {
        id,
        name: 'nest',
        role_service_access_by_role_id: [
          {
            id: first.id,
            role_id: String(id),
            verb_mask: 3,
            filters: [{ name: 'owner', operator: '=', value: '{user.id}' }],
            filter_op: 'AND',
          },
          { id: second.id, role_id: null },
          { id: null, role_id: id, service_id: null, component: '', verb_mask: 1, requestor_mask: 3, filters: [] },
        ],
        lookup_by_role_id: [{ id: lookup.id, role_id: null }],
      });
      const after = await access(id);
      expect(after).toHaveLength(2);
      expect(after[0]).toMatchObject({
        id: first.id,
        role_id: id,
        component: '_table/*',
        verb_mask: 3,
        filters: [{ name: 'owner', operator: '=', value: '{user.id}' }],
        filter_op: 'AND',
      });
      expect(after[1]).toMatchObject({ role_id: id, service_id: null, component: null, requestor_mask: 3, filter_op: 'and' });
      expect((await at.get(`system/role/${id}`, { related: 'lookup_by_role_id' })).body.lookup_by_role_id).toEqual([]);
    });
    it('take masks as numbers and as names', async () => {
      const id = await makeRole('masks', {
        role_service_access_by_role_id: [{ verb_mask: ['GET', 'post'], requestor_mask: ['API', 'SCRIPT'] }],
      });
      expect((await access(id))[0]).toMatchObject({ verb_mask: 3, requestor_mask: 3 });
      expect((await at.patch(`system/role/${id}`, { role_service_access_by_role_id: [{ verb_mask: ['FLY'] }] })).status).toBe(400);
    });
    it('with an unknown id are new, of another owner untouched, and can be moved', async () => {
      const [one, two] = [await makeRole('owner1', { role_service_access_by_role_id: [{ component: 'x' }] }), await makeRole('owner2')];
      const [row] = await access(one);
      await at.patch(`system/role/${two}`, {
        role_service_access_by_role_id: [
          { id: row.id, component: 'stolen' },
          { id: 999999, component: 'new' },
        ],
      });
      expect((await access(one))[0].component).toBe('x');
      expect((await access(two)).map((found: { component: string }) => found.component)).toEqual(['stolen', 'new']);
      await at.patch(`system/role/${one}`, { role_service_access_by_role_id: [{ id: row.id, role_id: two }] });
      expect(await access(one)).toEqual([]);
      expect(await access(two)).toHaveLength(3);
    });
    it('of one name are the same lookup', async () => {
      const id = await makeRole('looks', { lookup_by_role_id: [{ name: 'one', value: '1' }] });
      const { body } = await at.patch(
        `system/role/${id}`,
        { lookup_by_role_id: [{ name: 'one', value: '2' }] },
        { query: { fields: 'id', related: 'role_lookup_by_role_id' } },
      );
      expect(body.role_lookup_by_role_id).toHaveLength(1);
      expect(body.role_lookup_by_role_id[0].value).toBe('2');
    });
    it('that fail undo the whole record', async () => {
      const roles = await at.db.count(roleTable);
      const rows = await at.db.count(roleServiceAccessTable);
      const { status } = await at.post('system/role', {
        resource: [{ name: 'whole', role_service_access_by_role_id: [{ component: 'ok' }, { service_id: 999999 }] }],
      });
      expect(status).toBe(400);
      expect(await at.db.count(roleTable)).toBe(roles);
      expect(await at.db.count(roleServiceAccessTable)).toBe(rows);
    });
    it('must be lists', async () => {
      const { body } = await at.post('system/role', { resource: [{ name: 'nolist', lookup_by_role_id: 'x' }] });
      expect(body.error.context.resource[0].message).toBe(
        'Bad data supplied for lookup_by_role_id. Related data must be supplied as array.',
      );
    });
    it('are not written through relations that are for reading', async () => {
      const id = await makeRole('ro');
      await at.patch(`system/role/${id}`, { app_by_role_id: [{ name: 'sneaky' }], user_by_created_by_id: { name: 'X' } });
      expect((await at.get('system/app', { filter: "name = 'sneaky'" })).body.resource).toEqual([]);
      expect((await at.get(`system/admin/${at.root.id}`)).body.name).toBe('Root');
      const app = await at.post('system/app', { resource: [{ name: 'withrole', role_by_role_id: { name: 'made' } }] });
      expect(app.status).toBe(201);
      expect(await roleNamed('made')).toBeUndefined();
    });
  });
}
