import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Install, Installation } from '../support/installation.js';

export function readingRecordsSuite(install: Install): void {
  let at: Installation;
  const ids: number[] = [];

  beforeAll(async () => {
    at = await install();
    const made = await at.post('system/role', {
      resource: [
        { name: 'alpha', description: 'first', is_active: true },
        { name: 'beta', description: 'second', is_active: false },
        { name: 'gamma', description: 'third', is_active: true },
      ],
    });
    expect(made.status).toBe(201);
    ids.push(...made.body.resource.map((role: { id: number }) => role.id));
  });
  afterAll(() => at.close());

  const names = (body: { resource: { name: string }[] }) => body.resource.map((role) => role.name);

  describe('a list', () => {
    it('is ordered by key and shows whole records', async () => {
      const { status, body } = await at.get('system/role');
      expect(status).toBe(200);
      expect(names(body)).toEqual(['alpha', 'beta', 'gamma']);
      expect(Object.keys(body.resource[0])).toEqual([
        'id',
        'name',
        'description',
        'is_active',
        'created_date',
        'last_modified_date',
        'created_by_id',
        'last_modified_by_id',
      ]);
      expect(body.resource[0].created_date).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000000Z$/);
      expect(body.resource[0].created_by_id).toBe(at.root.id);
      expect(body.resource[0].last_modified_by_id).toBeNull();
    });
    it('counts what it does not show', async () => {
      const { body } = await at.get('system/role', { include_count: 'true', limit: '1' });
      expect(body.resource).toHaveLength(1);
      expect(body.meta.count).toBe(3);
    });
    it.each(['0', '-1', 'abc', ''])('takes a limit of "%s" for none', async (limit) => {
      expect((await at.get('system/role', { limit })).body.resource).toHaveLength(3);
    });
    it('answers a bare count', async () => {
      expect((await at.get('system/role', { count_only: 'true' })).body).toBe(3);
    });
    it('answers identifiers', async () => {
      expect((await at.get('system/role', { as_list: 'true' })).body).toEqual({ resource: ids });
      expect((await at.get('system/role', { as_list: 'true', id_field: 'name' })).body).toEqual({ resource: ['alpha', 'beta', 'gamma'] });
    });
    it('describes its fields', async () => {
      const { body } = await at.get('system/role', { include_schema: 'true' });
      expect(body.meta.schema.field.map((field: { name: string }) => field.name)).toContain('is_active');
    });
  });

  describe('ids', () => {
    it('answers in key order, each once', async () => {
      expect(names((await at.get('system/role', { ids: `${ids[2]},${ids[0]},${ids[2]}` })).body)).toEqual(['alpha', 'gamma']);
    });
    it('says which is missing', async () => {
      const { status, body } = await at.get('system/role', { ids: `${ids[0]},9999` });
      expect(status).toBe(400);
      expect(body.error).toMatchObject({
        code: 1000,
        message: 'Batch Error: Not all requested records could be retrieved.',
        context: { error: [1] },
      });
    });
    it.each(['0) or (1=1', "1' or '1'='1", '1;drop table role'])('never runs %s', async (text) => {
      const { status, body } = await at.get('system/role', { ids: text });
      expect(status).toBe(400);
      expect(JSON.stringify(body)).not.toContain('alpha');
    });
    it('may be many', async () => {
      const many = Array.from({ length: 2000 }, (_, index) => index + 100_000);
      const { status, body } = await at.call('GET', 'system/role', { body: { ids: [...many, ids[0]!] } });
      expect(status).toBe(400);
      expect(body.error.context.error).toHaveLength(2000);
    });
    it('are read from the body too', async () => {
      expect(names((await at.call('GET', 'system/role', { body: { ids: [ids[1]!] } })).body)).toEqual(['beta']);
      expect(names((await at.call('GET', 'system/role', { body: { resource: [{ id: ids[1]! }] } })).body)).toEqual(['beta']);
    });
  });

  describe('one record', () => {
    it('is answered bare', async () => {
      expect((await at.get(`system/role/${ids[0]}`)).body).toMatchObject({ id: ids[0], name: 'alpha' });
    });
    it.each(['9999', 'abc', '1e3', '99999999999999999999', '-1'])('is not found as %s', async (id) => {
      const { status, body } = await at.get(`system/role/${id}`);
      expect(status).toBe(404);
      expect(body.error.message).toBe(`Record with identifier '${id}' not found.`);
    });
  });

  describe('fields', () => {
    it('cuts records', async () => {
      expect((await at.get(`system/role/${ids[0]}`, { fields: 'id,name' })).body).toEqual({ id: ids[0], name: 'alpha' });
    });
    it('refuses unknown ones, naming the nearest', async () => {
      const { status, body } = await at.get('system/role', { fields: 'nane' });
      expect(status).toBe(400);
      expect(body.error.message).toBe("Invalid field 'nane'.");
      expect(body.error.hint).toBe("Did you mean 'name'?");
    });
  });

  describe('order', () => {
    it('sorts both ways and takes its aliases', async () => {
      expect(names((await at.get('system/role', { order: 'name desc' })).body)).toEqual(['gamma', 'beta', 'alpha']);
      expect(names((await at.get('system/role', { sort: 'is_active desc, name desc' })).body)).toEqual(['gamma', 'alpha', 'beta']);
    });
    it.each(['name sideways', 'nope', 'name desc; drop table role', '(select 1)'])('refuses %s', async (order) => {
      expect((await at.get('system/role', { order })).status).toBe(400);
    });
  });

  describe('filter', () => {
    it.each([
      ["name = 'beta'", ['beta']],
      ['name="beta"', ['beta']],
      ['name=beta', ['beta']],
      ["(name = 'alpha') or (name = 'gamma')", ['alpha', 'gamma']],
      ["not (name = 'alpha')", ['beta', 'gamma']],
      ["(is_active = true) and (name like '%A%')", ['alpha', 'gamma']],
      ['is_active = false', ['beta']],
      ['is_active = 1', ['alpha', 'gamma']],
      ["description contains 'econ'", ['beta']],
      ["description starts with 'fir'", ['alpha']],
      ["description ends with 'ird'", ['gamma']],
      ["name in ('alpha','beta')", ['alpha', 'beta']],
      ['name not in ("alpha","beta")', ['gamma']],
      ['(name in (""))', []],
      ['name EQ beta', ['beta']],
      ['(created_by_id is null) and (name != "alpha")', []],
      ['created_by_id is not null', ['alpha', 'beta', 'gamma']],
      ['last_modified_by_id = null', ['alpha', 'beta', 'gamma']],
      ["(name like '%al%') or (description like '%SECOND%')", ['alpha', 'beta']],
      ["created_date > '2001-01-01'", ['alpha', 'beta', 'gamma']],
    ])('%s', async (filter, expected) => {
      const { status, body } = await at.get('system/role', { filter });
      expect(body).toMatchObject({ resource: expect.any(Array) });
      expect(status).toBe(200);
      expect(names(body)).toEqual(expected);
    });
    it('compares the text of numbers in LIKE', async () => {
      expect((await at.get('system/role', { filter: `id like ${ids[0]}` })).body.resource).toHaveLength(1);
    });
    it('binds parameters', async () => {
      expect(names((await at.get('system/role', { filter: 'name = :wanted', params: '{":wanted":"beta"}' })).body)).toEqual(['beta']);
      expect(names((await at.call('GET', 'system/role', { body: { filter: 'name = :wanted', params: { wanted: 'beta' } } })).body)).toEqual(
        ['beta'],
      );
    });
    it('replaces lookups', async () => {
      expect(names((await at.get('system/role', { filter: 'created_by_id = {user.id}' })).body)).toHaveLength(3);
    });
    it.each([
      ['created_by_id = abc', "Field 'created_by_id' must be a valid integer."],
      ['nope = 1', "Invalid or unparsable field in filter request: 'nope'"],
      ['name', 'Invalid or unparsable filter request.'],
      ['name in 1', 'Filter value lists must be wrapped in parentheses.'],
      ['is_active = maybe', "Field 'is_active' must be a valid boolean."],
    ])('%s is refused', async (filter, message) => {
      const { status, body } = await at.get('system/role', { filter });
      expect(status).toBe(400);
      expect(body.error.message).toBe(message);
    });
    it('finds values that look like language', async () => {
      await at.post('system/role', { resource: [{ name: 'a) and (b' }, { name: 'x>=y' }] });
      expect(names((await at.get('system/role', { filter: "name = 'a) and (b'" })).body)).toEqual(['a) and (b']);
      expect(names((await at.get('system/role', { filter: "name = 'x>=y'" })).body)).toEqual(['x>=y']);
      await at.remove('system/role', { filter: "name in ('a) and (b','x>=y')" });
    });
    it('never runs what it compares with', async () => {
      const { body } = await at.get('system/role', { filter: 'id = (select 1)' });
      expect(JSON.stringify(body)).not.toContain('alpha');
    });
    it('cannot ask about secrets', async () => {
      expect((await at.get('system/admin', { filter: "password like '%'" })).status).toBe(400);
      expect((await at.get('system/lookup', { filter: "value like 'a%'" })).status).toBe(400);
    });
  });

  describe('related', () => {
    it('fills relations whatever the fields are', async () => {
      const { body: made } = await at.post('system/app', { resource: [{ name: 'shop', is_active: true, role_id: ids[0]! }] });
      const id = made.resource[0].id;
      const { body } = await at.get(`system/app/${id}`, { fields: 'id', related: 'role_by_role_id,lookup_by_app_id' });
      expect(body).toMatchObject({ id, role_by_role_id: { id: ids[0], name: 'alpha' }, lookup_by_app_id: [] });
      const { body: role } = await at.get(`system/role/${ids[0]}`, {
        fields: 'id',
        related: 'app_by_role_id,user_by_created_by_id,service_by_role_service_access',
      });
      expect(role.app_by_role_id).toHaveLength(1);
      expect(role.user_by_created_by_id.email).toBe('root@example.com');
      expect(JSON.stringify(role)).not.toContain('password');
      expect(role.service_by_role_service_access).toEqual([]);
      await at.remove(`system/app/${id}`);
    });
    it('refuses unknown ones', async () => {
      const { status, body } = await at.get('system/role', { related: 'nope' });
      expect(status).toBe(400);
      expect(body.error.message).toBe('Unknown relationship: nope');
    });
  });
}
