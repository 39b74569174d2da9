import type { JsonObject, Service } from '@headgate/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshConfig, serviceOf, testEnvironment } from '../dialects/service-client.js';
import { connectedClient } from './plain-client.js';
import { type ReadCall, read, roleAccess } from './read-client.js';

const config = (await freshConfig('pgsql')) as JsonObject | undefined;

const TABLES = `
  CREATE TABLE person (id serial PRIMARY KEY, name text NOT NULL, country char(2) NOT NULL DEFAULT 'DE', age integer, email text UNIQUE);
  INSERT INTO person (name, country, age, email)
    SELECT 'P' || i, CASE WHEN i % 2 = 0 THEN 'DE' ELSE 'FR' END, CASE WHEN i % 5 = 0 THEN NULL ELSE i END, 'p' || i || '@x.org' FROM generate_series(1, 30) i;
  CREATE TABLE mark (student integer, course text, mark numeric(3,1), PRIMARY KEY (student, course));
  INSERT INTO mark VALUES (1, 'a', 1.5), (1, 'b,c', 2.0), (2, 'a', NULL);
  CREATE VIEW adult AS SELECT name, age FROM person WHERE age >= 18;
  CREATE SCHEMA sales;
  CREATE TABLE sales.person (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, total numeric(30,12));
  INSERT INTO sales.person (total) VALUES (123456789012345678.123456789012);
  CREATE TABLE zoo (
    id integer PRIMARY KEY, big bigint, dec numeric, flag boolean, data bytea, doc jsonb, raw json, tags text[], nums bigint[], day date, at timestamp,
    tz timestamptz, cash money, bits bit(4), pad char(4), ip inet, span interval, "odd ""name" text);
  INSERT INTO zoo VALUES (1, 9007199254740993, 0.1234567890123456789, true, decode(repeat('00ff10', 40), 'hex'), '{"a": [1, null]}', '{"a" : 1}', '{x,"y,z",NULL}',
    '{9007199254740993}', '2024-02-29', '2024-02-29 23:59:59.5', '2024-03-31 01:59:59+02', 1234.5, B'1010', 'ab', '10.0.0.1', '1 day 02:00:00', E'q"\\\\\\n☃');
  INSERT INTO zoo (id) VALUES (2);`;

describe.skipIf(config === undefined)('reads on PostgreSQL', () => {
  let service: Service;
  let environment: Awaited<ReturnType<typeof testEnvironment>>;
  const get = (path: string, query?: Readonly<Record<string, string>>, call: ReadCall = {}) =>
    read(service, path, { ...call, ...(query && { query }) });
  const idsOf = async (query: Readonly<Record<string, string>>, call: ReadCall = {}) =>
    ((await get('_table/person', { fields: 'id', order: 'id', ...query }, call)).body as unknown as { id: number }[]).map(({ id }) => id);

  beforeAll(async () => {
    const client = await connectedClient(config!);
    await client.query(TABLES);
    await client.end();
    environment = await testEnvironment();
    service = serviceOf(environment, 'pgsql', { ...config!, schema: 'all', max_records: 20 });
  });

  afterAll(async () => {
    await service?.close();
    await environment?.remove();
  });

  it('lists tables, views and other schemas by the names of the contract', async () => {
    expect((await get('_table')).body).toEqual([
      { name: 'adult' },
      { name: 'mark' },
      { name: 'person' },
      { name: 'sales.person' },
      { name: 'zoo' },
    ]);
    expect((await get('_table', { schema: 'sales', as_list: 'true' })).body).toEqual(['sales.person']);
    expect((await get('')).body).toEqual([{ name: '_schema' }, { name: '_table' }, { name: '_proc' }, { name: '_func' }]);
  });

  it('writes every type in the form of the contract', async () => {
    const { text } = await get('_table/zoo/1');
    expect(text).toContain('"big":9007199254740993,"dec":0.1234567890123456789,');
    expect(text).toContain('"odd \\"name":"q\\"\\\\\\n☃"');
    expect(JSON.parse(text)).toMatchObject({
      flag: true,
      data: Buffer.from('00ff10'.repeat(40), 'hex').toString('base64'),
      doc: '{"a": [1, null]}',
      raw: '{"a" : 1}',
      tags: '{x,"y,z",NULL}',
      nums: '{9007199254740993}',
      day: '2024-02-29',
      at: '2024-02-29 23:59:59.5',
      tz: '2024-03-30 23:59:59+00',
      cash: '$1,234.50',
      bits: '1010',
      pad: 'ab  ',
      ip: '10.0.0.1',
      span: '1 day 02:00:00',
    });
  });

  it('writes native types where they are asked for', async () => {
    expect((await get('_table/zoo/1', { types: 'native' })).body).toMatchObject({
      big: '9007199254740993',
      dec: '0.1234567890123456789',
      doc: { a: [1, null] },
      raw: { a: 1 },
      tags: ['x', 'y,z', null],
      nums: ['9007199254740993'],
      at: '2024-02-29T23:59:59.5',
      tz: '2024-03-30T23:59:59+00:00',
    });
  });

  it.each<Record<string, string>>([{}, { types: 'native' }])('writes the same values one by one and by ids: %j', async (style) => {
    const { body } = await get('_table/zoo/1', style);
    expect((await get('_table/zoo', { ids: '1', ...style })).body).toEqual([body]);
    expect((await get('_table/zoo', { filter: 'id = 1', ...style })).body).toEqual([body]);
  });

  it('keeps decimals of other schemas exact', async () => {
    expect((await get('_table/sales.person/1')).text).toBe('{"id":1,"total":123456789012345678.123456789012}');
    expect((await get('_table/sales.person', { filter: 'total = 123456789012345678.123456789012', count_only: 'true' })).body).toBe(1);
  });

  it('finds records by identifiers, in their order', async () => {
    expect((await get('_table/person', { ids: '3,1,3', fields: 'id' })).body).toEqual([{ id: 3 }, { id: 1 }, { id: 3 }]);
    expect((await get('_table/person/p2@x.org', { id_field: 'email', fields: 'id' })).body).toEqual({ id: 2 });
    expect((await get('_table/mark/1,b%2Cc'.replace('1,b%2Cc', "1,'b%2Cc'"), { fields: 'mark' })).body).toEqual({ mark: 2 });
    expect((await get('_table/mark', { ids: '(2,a),(1,a)', fields: 'student' })).body).toEqual([{ student: 2 }, { student: 1 }]);
    const body = { resource: [{ student: 1, course: 'b,c' }] };
    expect((await read(service, '_table/mark', { body, query: { fields: 'mark' } })).body).toEqual([{ mark: 2 }]);
  });

  it('answers what cannot be found or read by identifiers with the errors of the contract', async () => {
    await expect(get('_table/person/999')).rejects.toMatchObject({ status: 404, message: "Record with identifier '999' not found." });
    await expect(get('_table/person/abc')).rejects.toMatchObject({ status: 400, message: "Field 'id' must be a valid integer." });
    await expect(get('_table/mark/1')).rejects.toMatchObject({ reason: 'bad_identifier', status: 400 });
    await expect(get('_table/adult/1')).rejects.toMatchObject({ reason: 'no_identifier', status: 400 });
    await expect(get('_table/nosuch/1')).rejects.toMatchObject({ status: 404, message: 'Table "nosuch" does not exist in the database.' });
    await expect(get('_table/persons')).rejects.toMatchObject({ hint: "Did you mean 'person'?" });
    const missing = get('_table/person', { ids: '1,999,2', fields: 'id', continue: 'true' });
    await expect(missing).rejects.toMatchObject({
      code: 1000,
      context: { error: [1], resource: [{ id: 1 }, { status_code: 404 }, { id: 2 }] },
    });
    await expect(get('_table/person', { ids: '1,999,2', fields: 'id' })).rejects.toMatchObject({
      context: { error: [1], resource: [{ id: 1 }, {}] },
    });
  });

  it('pages by the primary key, and says when more may follow', async () => {
    const page = await get('_table/person', { fields: 'id', limit: '3', offset: '6' });
    expect(page).toMatchObject({ body: [{ id: 7 }, { id: 8 }, { id: 9 }], meta: undefined, nextOffset: 9 });
    expect(await get('_table/person', { fields: 'id', limit: '10', offset: '25' })).toMatchObject({ nextOffset: undefined });
  });

  it('counts where the count is shown', async () => {
    expect(await get('_table/person', { limit: '2', include_count: 'true' })).toMatchObject({ meta: { count: 30, next: 2 } });
    expect(await get('_table/person', { limit: '2', offset: '28', include_count: 'true' })).toMatchObject({
      meta: { count: 30 },
      nextOffset: undefined,
    });
    expect(await get('_table/person')).toMatchObject({ meta: { count: 30, next: 20 }, nextOffset: 20 });
    expect(await get('_table/person', { limit: '5000', offset: '20' })).toMatchObject({ meta: { count: 30 } });
    expect((await get('_table/person', { filter: 'id <= 10' })).meta).toBeUndefined();
    expect((await get('_table/person', { count_only: 'true', limit: '2' })).body).toBe(30);
  });

  it('lists one field, the schema, chosen fields', async () => {
    expect((await get('_table/person', { limit: '2', as_list: 'true' })).body).toEqual(['P1', 'P2']);
    expect((await get('_table/mark', { as_list: 'true' })).body).toEqual(['(1,a)', '(1,b,c)', '(2,a)']);
    expect((await get('_table/person', { limit: '1', fields: 'NAME,id' })).text).toBe('[{"name":"P1","id":1}]');
    expect((await get('_table/person', { limit: '1', fields: '' })).body).toEqual([{ id: 1 }]);
    expect((await get('_table/person', { limit: '1', include_schema: 'true' })).meta).toMatchObject({
      schema: { name: 'person', primary_key: ['id'] },
    });
    await expect(get('_table/person', { fields: 'nmae' })).rejects.toMatchObject({
      message: 'Invalid field requested: nmae',
      hint: "Did you mean 'name'?",
    });
  });

  it('takes options from the body of a POST that means GET', async () => {
    const body = { where: 'id <= :max', params: { max: 9 }, select: 'id', sort: 'id desc', top: 2, skip: 1 };
    expect((await read(service, '_table/person', { body })).body).toEqual([{ id: 8 }, { id: 7 }]);
    await expect(read(service, '_table/person', { body: { filter: { id: 3 } } })).rejects.toMatchObject({ reason: 'filter_not_text' });
  });

  it('groups, and aggregates one field each', async () => {
    const query = { filter: 'id <= 10', group: 'country', fields: 'country,COUNT(*),sum( age ),AVG(age),max(name)' };
    expect((await get('_table/person', query)).body).toEqual([
      { country: 'DE', count_all: 5, sum_age: 20, avg_age: '5.0000000000000000', max_name: 'P8' },
      { country: 'FR', count_all: 5, sum_age: 20, avg_age: '5.0000000000000000', max_name: 'P9' },
    ]);
    expect(await get('_table/person', { group: 'country', include_count: 'true' })).toMatchObject({
      body: [{ country: 'DE' }, { country: 'FR' }],
      meta: { count: 2 },
    });
    await expect(get('_table/person', { group: 'nope' })).rejects.toMatchObject({
      message: "Invalid or unknown field 'nope' in group by clause.",
    });
    for (const fields of ['name', 'COUNT(DISTINCT age)', 'SUM(age+1)', 'SUM(*)', 'pg_sleep(1)', 'COUNT(1)']) {
      await expect(get('_table/person', { group: 'country', fields })).rejects.toMatchObject({ status: 400, reason: 'bad_field' });
    }
    await expect(get('_table/person', { fields: 'COUNT(*)' })).rejects.toMatchObject({ reason: 'bad_field' });
    await expect(get('_table/person', { group: 'country', order: 'name' })).rejects.toMatchObject({ status: 400 });
    const access = roleAccess(() => true, { conditions: [{ name: 'country', operator: '=', value: 'DE' }], join: 'and' });
    expect((await get('_table/person', { group: 'country', fields: 'country,COUNT(*)' }, { access })).body).toEqual([
      { country: 'DE', count_all: 15 },
    ]);
  });

  it('answers 501 for what it would otherwise answer wrongly', async () => {
    for (const query of [{ related: 'x' }, { having: 'x' }] as Record<string, string>[]) {
      await expect(get('_table/person', query)).rejects.toMatchObject({ status: 501, reason: 'not_implemented' });
    }
    await expect(get('_schema', undefined, { verb: 'POST' })).rejects.toMatchObject({ status: 501 });
  });

  it('refuses unknown parameters where strict handling was asked for', async () => {
    await expect(get('_table/person', { limt: '1' }, { strict: true })).rejects.toMatchObject({
      reason: 'unknown_parameter',
      hint: "Did you mean 'limit'?",
    });
    await expect(get('_table/person', { limt: '1' })).resolves.toBeDefined();
    await expect(get('_table/person', { limt: '1' }, { strict: true })).rejects.toMatchObject({ reason: 'unknown_parameter' });
  });

  describe('under a role with a record filter', () => {
    const german = roleAccess(() => true, { conditions: [{ name: 'country', operator: '=', value: 'DE' }], join: 'and' });

    it('never shows, counts or finds records outside it', async () => {
      for (const query of [{}, { filter: "(country = 'FR') or (id < 9)" }, { filter: 'NOT (id > 8)' }]) {
        const shown = await get('_table/person', query as Record<string, string>, { access: german });
        expect(shown.text).not.toContain('FR');
        expect((shown.body as unknown[]).length).toBeGreaterThan(0);
      }
      expect((await get('_table/person', { count_only: 'true' }, { access: german })).body).toBe(15);
      await expect(get('_table/person/1', undefined, { access: german })).rejects.toMatchObject({ status: 404 });
      await expect(get('_table/person', { ids: '2,1' }, { access: german })).rejects.toMatchObject({ code: 1000 });
      await expect(get('_table/person/p1@x.org', { id_field: 'email' }, { access: german })).rejects.toMatchObject({ status: 404 });
    });

    it.each(['(id=3)) OR ((id=3)', "id = 1) OR (country = 'FR'", "(id < 20)) or ((country = 'FR')"])('refuses %s', async (filter) => {
      await expect(get('_table/person', { filter }, { access: german })).rejects.toMatchObject({ status: 400, reason: 'bad_filter' });
    });

    it('gives each user the own records, from the first call on', async () => {
      const own = roleAccess(() => true, { conditions: [{ name: 'name', operator: '=', value: '{user.name}' }], join: 'and' });
      for (const name of ['P1', 'P2', 'P1']) {
        const lookups = { find: (key: string) => (key === 'user.name' ? name : undefined) };
        expect(await idsOf({}, { access: own, lookups })).toEqual([Number(name.slice(1))]);
        expect((await get(`_table/person/${name.slice(1)}`, { fields: 'name' }, { access: own, lookups })).body).toEqual({ name });
      }
      expect(await idsOf({}, { access: own })).toEqual([]);
    });

    it('keeps what was prepared for one role from another', async () => {
      for (const access of [undefined, german, undefined]) {
        expect((await get('_table/person', { count_only: 'true' }, access && { access })).body).toBe(access ? 15 : 30);
      }
    });
  });

  it('shows only the tables that a role may touch', async () => {
    const access = roleAccess((component) => component === '_table/mark' || component === '_schema/zoo');
    expect((await get('_table', undefined, { access })).body).toEqual([{ name: 'mark' }]);
    expect((await get('_schema', undefined, { access })).body).toEqual([{ name: 'zoo' }]);
    expect((await get('', undefined, { access })).body).toEqual([{ name: '_schema' }, { name: '_table' }]);
    expect(JSON.stringify((await get('', { as_access_list: 'true' }, { access })).body)).not.toContain('person');
    await expect(get('_table', { ids: 'person' }, { access })).rejects.toMatchObject({ status: 403 });
    await expect(get('_table/persom', undefined, { access })).rejects.toMatchObject({ hint: undefined });
  });

  it('describes tables as the contract has it', async () => {
    const { body } = await get('_schema/sales.person');
    expect(body).toMatchObject({ name: 'sales.person', label: 'Sales.person', primary_key: ['id'], is_view: false, access: 31 });
    expect((await get('_schema/sales.person/_field/id')).body).toMatchObject({
      type: 'bigint',
      auto_increment: true,
      required: false,
      is_primary_key: true,
    });
    expect((await get('_schema/person/name')).body).toMatchObject({ name: 'name', required: true, allow_null: false });
    expect((await get('_schema', { ids: 'mark' })).body).toMatchObject([{ name: 'mark', primary_key: ['student', 'course'] }]);
    await expect(get('_schema/person/_field/nope')).rejects.toMatchObject({
      status: 404,
      message: "No requested fields found in table 'person'.",
    });
  });

  it('notices by itself when a table or a column is no more, and new ones on refresh', async () => {
    const client = await connectedClient(config!);
    await client.query('CREATE TABLE moving (id integer PRIMARY KEY, a integer, b integer); INSERT INTO moving VALUES (1, 2, 3)');
    await get('_table', { refresh: 'true' });
    for (let i = 0; i < 5; i++) expect((await get('_table/moving/1')).body).toEqual({ id: 1, a: 2, b: 3 });
    await client.query('ALTER TABLE moving DROP COLUMN b');
    expect((await get('_table/moving/1')).body).toEqual({ id: 1, a: 2 });
    await client.query('ALTER TABLE moving ALTER COLUMN a TYPE text');
    expect((await get('_table/moving', { refresh: 'true' })).body).toBeDefined();
    await client.query('DROP TABLE moving');
    await expect(get('_table/moving/1')).rejects.toMatchObject({ reason: 'table_not_found' });
    await client.end();
  });

  it.each([
    ['id = (pg_sleep(5))', 400],
    ["created = 'x'", 400],
    ["age = '1; DROP TABLE person'", 400],
  ])('answers %s with %i and no SQL', async (filter, status) => {
    const started = performance.now();
    await expect(get('_table/person', { filter })).rejects.toMatchObject({ status });
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it('names no table, no text of the driver where the database refuses a value', async () => {
    const refused = get('_table/zoo', { filter: "at > '2024-99-99'" });
    await expect(refused).rejects.toMatchObject({ status: 400 });
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringMatching(/SELECT|zoo|22008/) });
  });
});
