import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { read, roleAccess } from '../postgres/read-client.js';
import { COMPANIES, LINES, PEOPLE, sampleTables } from './sample.js';
import { freshConfig, ServiceClient, serviceOf, type TypeName, testEnvironment } from './service-client.js';

const environment = await testEnvironment();
afterAll(() => environment.remove());

await serviceSuite('pgsql');
await serviceSuite('mariadb');
await serviceSuite('sqlite');

/** The tables of a service as clients see them: the same on every database. */
async function serviceSuite(type: TypeName): Promise<void> {
  const config = await freshConfig(type);
  describe.skipIf(!config)(`a service of type ${type}`, () => {
    if (!config) return;
    const dialect = type === 'pgsql' ? 'postgres' : type === 'mariadb' ? 'mysql' : 'sqlite';
    // The service makes its own tables: its statements run after each connect.
    const maker = serviceOf(environment, type, { ...config, statements: sampleTables(dialect), pool_max: 1 });
    const service = serviceOf(environment, type, config);
    const db = new ServiceClient(service);
    beforeAll(async () => {
      const making = new ServiceClient(maker);
      await making.get('_schema');
      await maker.close();
      for (const [table, rows] of [
        ['company', COMPANIES],
        ['person', PEOPLE],
        ['line', LINES],
      ] as const) {
        const made = await db.call('POST', `_table/${table}`, { body: { resource: rows } });
        expect(made.status).toBe(200);
      }
    });
    afterAll(() => service.close());

    it('lists its resources and tables', async () => {
      const names = async (path: string) => ((await db.get(path)).body as { name: string }[]).map(({ name }) => name);
      expect(await names('')).toEqual(type === 'sqlite' ? ['_schema', '_table'] : ['_schema', '_table', '_proc', '_func']);
      expect(await names('_table')).toEqual(['adult', 'company', 'line', 'person']);
      expect(await names('_schema')).toEqual(['adult', 'company', 'line', 'person']);
    });

    it('describes a table', async () => {
      const { body } = await db.get('_schema/person');
      expect(body).toMatchObject({ name: 'person', primary_key: ['id'], is_view: false });
      const fields = (body as { field: { name: string; type: string }[] }).field;
      expect(fields.find(({ name }) => name === 'id')).toMatchObject({
        type: 'id',
        auto_increment: true,
        is_primary_key: true,
        required: false,
      });
      expect(fields.find(({ name }) => name === 'company_id')).toMatchObject({
        type: 'reference',
        ref_table: 'company',
        ref_field: 'id',
        is_foreign_key: true,
      });
      expect((body as { related: object[] }).related).toEqual([
        expect.objectContaining({ name: 'company_by_company_id', type: 'belongs_to' }),
      ]);
      expect((await db.get('_schema/adult')).body).toMatchObject({ is_view: true, primary_key: [] });
    });

    it('answers one record by its key, and refuses what is none', async () => {
      expect((await db.get('_table/person/2', { fields: 'id,name,active,balance' })).body).toEqual({
        id: 2,
        name: "O'Brien",
        active: false,
        balance: -3.25,
      });
      await expect(db.get('_table/person/99')).rejects.toMatchObject({ status: 404 });
      await expect(db.get('_table/person/abc')).rejects.toMatchObject({ status: 400 });
      await expect(db.get('_table/nosuch/1')).rejects.toMatchObject({ status: 404 });
    });

    it('answers lists with filter, order and paging', async () => {
      const { body, meta } = await db.get('_table/person', {
        filter: '(age > 16) AND (active = true)',
        order: 'age desc',
        fields: 'id',
        include_count: 'true',
      });
      expect(body).toEqual([{ id: 4 }, { id: 1 }]);
      expect(meta).toMatchObject({ count: 2 });
      expect((await db.get('_table/person', { fields: 'id', limit: '2', offset: '1' })).body).toEqual([{ id: 2 }, { id: 3 }]);
      expect((await db.get('_table/person', { fields: 'id', ids: '3,1' })).body).toEqual([{ id: 3 }, { id: 1 }]);
      expect((await db.get('_table/person', { count_only: 'true' })).body).toBe(4);
      expect((await db.get('_table/adult', { fields: 'name', order: 'id' })).body).toEqual([{ name: 'Ann' }, { name: 'ann' }]);
    });

    it('never shows, counts, finds or describes by key what lies outside the record filter of a role', async () => {
      const access = roleAccess(() => true, { conditions: [{ name: 'name', operator: '=', value: "O'Brien" }], join: 'and' });
      const own = [{ id: 2 }];
      const get = (target: string, query: Record<string, string> = {}) => read(service, target, { access, query });
      for (const filter of ['', 'id > 0', '(id = 1) OR (id = 2) OR (id = 4)', 'NOT (id = 3)', "(name = 'Ann') OR (name != 'Ann')"]) {
        const query: Record<string, string> = filter === '' ? {} : { filter };
        const { body, meta } = await get('_table/person', { ...query, fields: 'id', include_count: 'true' });
        expect({ body, count: meta?.count }, filter).toEqual({ body: own, count: 1 });
        expect((await get('_table/person', { ...query, count_only: 'true' })).body, filter).toBe(1);
      }
      for (const filter of ["name = 'Ann'", 'id != 2']) expect((await get('_table/person', { filter })).body).toEqual([]);
      await expect(get('_table/person/1')).rejects.toMatchObject({ status: 404 });
      await expect(get('_table/person', { ids: '2,1' })).rejects.toMatchObject({ code: 1000 });
      for (const filter of ['(id=1)) OR ((id=1)', "id = 2) OR (name = 'Ann'"])
        await expect(get('_table/person', { filter }), filter).rejects.toMatchObject({ reason: 'bad_filter' });
      expect((await read(service, '_table/person', { query: { count_only: 'true' } })).body).toBe(4);
    });

    it('keeps big numbers exact on the wire', async () => {
      const { body } = await db.get('_table/person/1', { fields: 'big' });
      expect(JSON.stringify(body)).toBe('{"big":9007199254740993}');
      expect((await db.get('_table/person/1', { fields: 'big,prefs', types: 'native' })).body).toEqual({
        big: '9007199254740993',
        prefs: { theme: 'dark' },
      });
    });

    it('creates, changes and deletes records', async () => {
      const made = await db.call('POST', '_table/company', { body: { resource: [{ name: 'New' }, { name: 'Newer' }] } });
      const ids = (made.body as { id: number }[]).map(({ id }) => id);
      expect(ids).toHaveLength(2);
      expect((await db.call('PATCH', `_table/company/${ids[0]}`, { body: { name: 'Changed' }, query: { fields: '*' } })).body).toEqual({
        id: ids[0],
        name: 'Changed',
      });
      expect(
        (
          await db.call('PATCH', '_table/company', {
            query: { filter: "name = 'Newer'", fields: 'name' },
            body: { resource: [{ name: 'Newest' }] },
          })
        ).body,
      ).toEqual([{ name: 'Newest' }]);
      expect((await db.call('DELETE', '_table/company', { query: { ids: ids.join(',') } })).body).toEqual(ids.map((id) => ({ id })));
      expect((await db.get('_table/company', { count_only: 'true' })).body).toBe(2);
    });

    it('tells a duplicate and a broken reference without a word of the database', async () => {
      const duplicate = db.call('POST', '_table/company', { body: { resource: [{ name: 'Acme' }] } });
      await expect(duplicate).rejects.toMatchObject({ status: expect.any(Number) });
      const text = await duplicate.catch((error: { message: string; context: unknown }) => JSON.stringify([error.message, error.context]));
      expect(text).not.toMatch(/SQL|constraint failed|Duplicate entry|company_name_key|ECONN/i);
      await expect(db.call('PATCH', '_table/person/1', { body: { company_id: 4711 } })).rejects.toMatchObject({ status: 409 });
    });

    it('finds records of a composite key', async () => {
      expect((await db.get('_table/line', { filter: '(order_no = 1) AND (line_no = 2)' })).body).toEqual([
        { order_no: 1, line_no: 2, product: 'ink' },
      ]);
    });

    it('stops a statement when the client goes away', async () => {
      const gone = new AbortController();
      gone.abort();
      await expect(db.call('GET', '_table/person', { signal: gone.signal })).rejects.toMatchObject({ reason: 'call_cancelled' });
      expect((await db.get('_table/person/1', { fields: 'id' })).body).toEqual({ id: 1 });
    });

    it('refuses writes where it is switched to read only', async () => {
      const readOnly = serviceOf(environment, type, { ...config, read_only: true });
      const client = new ServiceClient(readOnly);
      await expect(client.call('POST', '_table/company', { body: { resource: [{ name: 'No' }] } })).rejects.toMatchObject({
        reason: 'read_only_service',
      });
      expect((await client.get('_table/company', { count_only: 'true' })).body).toBe(2);
      await readOnly.close();
    });

    if (type !== 'sqlite')
      it('answers 503 where the database is gone, without its text', async () => {
        const unreachable = serviceOf(environment, type, { ...config, port: 1 });
        await expect(new ServiceClient(unreachable).get('_table/person')).rejects.toMatchObject({
          status: 503,
          reason: 'source_unavailable',
          message: "The data source of service 'db' is not available.",
        });
        await unreachable.close();
      });
  });
}
