import { isJsonObject, type JsonObject, type JsonValue, type RecordFilter } from '@headgate/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Connector } from '../../../src/dialect/dialect.js';
import type { RelationSchema } from '../../../src/schema/table-schema.js';
import { TABLES } from './tables.js';
import { type Answer, WriteClient } from './write-client.js';

const OWN: RecordFilter = { conditions: [{ name: 'owner', operator: '=', value: '7' }], join: 'and' };
const OWN_OR_OPEN: RecordFilter = {
  conditions: [
    { name: 'owner', operator: '=', value: '7' },
    { name: 'status', operator: '=', value: 'public' },
  ],
  join: 'or',
};

/** The contract of writing, on a real database. `open` makes the connector; what it started is ended by `stop`. */
export function writeSuite(name: string, open: () => Promise<{ readonly connector: Connector; stop(): Promise<void> }>): void {
  let client: WriteClient;
  let stop: () => Promise<void>;

  const product = (sku: string, more: JsonObject = {}): JsonObject => ({ sku, name: `Thing ${sku}`, price: 12.5, ...more });
  const create = async (...records: JsonObject[]) => ids(await client.call('POST', 'product', { body: { resource: records } }));
  const skus = () => client.rows('SELECT sku FROM product ORDER BY id');

  beforeAll(async () => {
    const opened = await open();
    stop = opened.stop;
    client = new WriteClient(opened.connector);
  });
  beforeEach(() => client.reset());
  afterAll(async () => {
    await client?.close();
    await stop?.();
  });

  describe(`creating records (${name})`, () => {
    it('answers the generated identifiers in the order of the records', async () => {
      const answer = await client.call('POST', 'product', { body: [product('c'), product('a'), product('b')] });
      expect(answer).toEqual({ status: 200, body: [{ id: 1 }, { id: 2 }, { id: 3 }] });
      expect(await skus()).toEqual(['c', 'a', 'b']);
    });

    it('answers the chosen fields, defaults included, names in any case', async () => {
      const answer = await client.call('POST', 'product', {
        query: { fields: '*' },
        body: { resource: { SKU: 'a', Name: 'Cased', PRICE: '1.50' } },
      });
      expect(answer.body).toEqual([{ id: 1, sku: 'a', name: 'Cased', price: 1.5, weight: null, in_stock: true, made_on: null }]);
    });

    it('takes options from the body, the query first', async () => {
      const body = { resource: [product('a')], fields: 'id,sku' };
      expect((await client.call('POST', 'product', { body })).body).toEqual([{ id: 1, sku: 'a' }]);
      expect(
        (await client.call('POST', 'product', { query: { fields: 'name' }, body: { ...body, resource: [product('b')] } })).body,
      ).toEqual([{ name: 'Thing b' }]);
    });

    it('keeps every digit of a decimal, and an empty text', async () => {
      await client.call('POST', 'product', { body: [product('a', { price: '1234567.12345678', name: '' })] });
      expect(await client.rows('SELECT price, name FROM product')).toEqual([expect.stringMatching(/^1234567\.12345678\|$/)]);
    });

    it('lists one column with as_list', async () => {
      expect((await client.call('POST', 'product', { query: { as_list: 'true', id_field: 'id' }, body: [product('a')] })).body).toEqual([
        1,
      ]);
    });

    it('accepts a given key and composite keys', async () => {
      expect((await client.call('POST', 'product', { body: [product('a', { id: 900 })] })).body).toEqual([{ id: 900 }]);
      const body = [
        { student_id: 1, course_code: 'A1' },
        { student_id: 1, course_code: 'A2', grade: 2.5 },
      ];
      const answer = await client.call('POST', 'enrollment', { body });
      expect(answer.body).toEqual([
        { student_id: 1, course_code: 'A1' },
        { student_id: 1, course_code: 'A2' },
      ]);
    });

    it('answers empty objects for tables without a key', async () => {
      expect((await client.call('POST', 'note', { body: [{ body: 'x' }] })).body).toEqual([{}]);
      expect(await client.rows('SELECT body FROM note')).toEqual(['x']);
    });

    it.each([
      ['no list', product('a'), 'no_records'],
      ['an empty list', [], 'no_records'],
      ['nothing', undefined, 'no_records'],
    ])('refuses %s', async (_what, body, reason) => {
      const answer = await client.call('POST', 'product', { body: body as JsonValue });
      expect(answer).toMatchObject({ status: 400, body: { reason } });
    });

    it('refuses an identifier in the path', async () => {
      const answer = await client.call('POST', 'product/1', { body: [product('a')] });
      expect(answer).toMatchObject({ status: 400, body: { message: 'Create record by identifier not currently supported.' } });
    });

    it.each([
      [{ nonsense: 1 }, 'No valid fields were found in record.'],
      [{}, 'No valid fields were found in record.'],
      [{ sku: 'a', name: 'b' }, "Required field 'price' can not be NULL."],
      [{ sku: null, name: 'b', price: 1 }, "Field 'sku' can not be NULL."],
      [{ sku: [], name: 'b', price: 1 }, "Field 'sku' can not be NULL."],
      [{ sku: 'a', name: 'b', price: 'cheap' }, "Field 'price' must be a valid"],
      [{ sku: 'a', name: 'b', price: 1, in_stock: 'banana' }, "Field 'in_stock' must be a valid boolean."],
      [{ sku: 'a', name: { x: 1 }, price: 1 }, "Field 'name' must be a valid string."],
      [{ sku: 'a', name: 'b', price: 1, made_on: 'soonish' }, "Field 'made_on' must be a valid"],
      [{ sku: 'a', name: { expression: 'version()' }, price: 1 }, "SQL expression 'version()' is not permitted."],
    ])('says in the batch form what is wrong with %j', async (record, message) => {
      const answer = await client.call('POST', 'product', { body: { resource: [record] } });
      expect(answer).toMatchObject({
        status: 400,
        body: { code: 1000, message: 'Batch Error: Not all requested records could be created.' },
      });
      expect(answer.body).toMatchObject({ context: { error: [0], resource: [{ message: expect.stringContaining(message) }] } });
      expect(await skus()).toEqual([]);
    });

    it('names the key that is missing, without showing the record', async () => {
      const answer = await client.call('POST', 'audited', { body: [{ body: 'secret' }] });
      expect(answer.body).toMatchObject({ context: { resource: [{ message: 'Required id field(s) not found in record 0.' }] } });
      expect(JSON.stringify(answer)).not.toContain('secret');
    });

    it('ignores unknown fields, and refuses them where the call is strict', async () => {
      expect(await client.call('POST', 'product', { body: [product('a', { nonsense: 1 })] })).toMatchObject({ status: 200 });
      const answer = await client.call('POST', 'product', { strict: true, body: [product('b', { wieght: 1 })] });
      expect(answer.body).toMatchObject({ context: { resource: [{ reason: 'unknown_field', hint: "Did you mean 'weight'?" }] } });
      expect(await skus()).toEqual(['a']);
    });

    it('replaces lookups by values', async () => {
      const lookups = { 'user.email': "o'x@example.com" };
      await client.call('POST', 'product', {
        lookups,
        body: [product('a', { name: '{user.email}' }), product('b', { name: '{strtoupper(user.email)} {gone}' })],
      });
      expect(await client.rows('SELECT name FROM product ORDER BY id')).toEqual(["o'x@example.com", "O'X@EXAMPLE.COM {gone}"]);
    });

    it('lets the server set what belongs to the server', async () => {
      const body = [
        { id: 1, body: 'x', created_at: '1999-01-01 00:00:00', changed_at: '1999-01-01 00:00:00', created_by: 99, changed_by: 99 },
      ];
      await client.call('POST', 'audited', { userId: 5, body });
      const [row = ''] = await client.rows('SELECT created_by, changed_by, created_at, changed_at FROM audited');
      expect(row).toMatch(/^5\|5\|/);
      expect(row).not.toMatch(/1999|null/);
      await client.call('PATCH', 'audited/1', { userId: 6, body: { body: 'y', created_by: 99 } });
      expect((await client.rows('SELECT created_by, changed_by FROM audited'))[0]).toBe('5|6');
    });

    it('tells duplicates, broken references and checks without any SQL', async () => {
      await create(product('a'));
      for (const [table, record, reason] of [
        ['product', product('a'), 'duplicate_record'],
        ['product', product('b', { price: -1 }), 'constraint_broken'],
        ['part', { product_id: 999 }, 'reference_broken'],
      ] as const) {
        const answer = await client.call('POST', table, { body: [record] });
        expect(answer.body).toMatchObject({ code: 1000, context: { resource: [{ reason }] } });
        expect(JSON.stringify(answer)).not.toMatch(/SQL|INSERT|constraint failed/i);
      }
    });

    it('says that related records cannot be written, instead of losing them', async () => {
      const relationship = { name: 'parts_by_product_id' } as RelationSchema;
      const table = { ...TABLES.product, relationship: (wanted: string) => (wanted === relationship.name ? relationship : undefined) };
      const answer = await client.call('POST', 'product', { table, body: [product('a', { parts_by_product_id: [{ quantity: 1 }] })] });
      expect(answer).toMatchObject({ status: 501, body: { message: expect.stringContaining('parts_by_product_id') } });
      expect(await skus()).toEqual([]);
    });

    it('refuses read-only services and tables that cannot be written before anything else', async () => {
      const refused = await client.call('POST', 'product', { config: { readOnly: true }, body: [product('a')] });
      expect(refused).toMatchObject({ status: 403, body: { reason: 'read_only_service' } });
      const view = { ...TABLES.product, isView: true, isWritable: false };
      expect(await client.call('DELETE', 'product', { table: view, query: { force: 'true' } })).toMatchObject({
        status: 400,
        body: { reason: 'not_writable' },
      });
      expect(await skus()).toEqual([]);
    });
  });

  describe(`batches (${name})`, () => {
    const three = [product('a'), { sku: 'b', name: 'bad' }, product('c')];
    const duplicates = [product('a'), product('a'), product('c')];

    it.each([
      ['a record that cannot be read', three],
      ['a record that the database refuses', duplicates],
    ])('stops at %s and keeps the ones before it', async (_what, records) => {
      const answer = await client.call('POST', 'product', { body: { resource: records } });
      expect(answer.body).toMatchObject({
        code: 1000,
        context: { error: [1], resource: [{ id: expect.any(Number) }, { status_code: expect.any(Number) }] },
      });
      expect(((answer.body as JsonObject).context as { resource: unknown[] }).resource).toHaveLength(2);
      expect(await skus()).toEqual(['a']);
    });

    it.each([
      ['a record that cannot be read', three],
      ['a record that the database refuses', duplicates],
    ])('goes on after %s with continue', async (_what, records) => {
      const answer = await client.call('POST', 'product', { query: { continue: 'true' }, body: { resource: records } });
      expect(answer.body).toMatchObject({
        context: { error: [1], resource: [{}, { status_code: expect.any(Number) }, { id: expect.any(Number) }] },
      });
      expect(await skus()).toEqual(['a', 'c']);
    });

    it.each([
      ['a record that cannot be read', three],
      ['a record that the database refuses', duplicates],
    ])('undoes everything after %s with rollback', async (_what, records) => {
      const answer = await client.call('POST', 'product', { query: { rollback: 'true' }, body: { resource: records } });
      expect(answer.body).toMatchObject({
        code: 1000,
        message: 'Batch Error: Not all requested records could be created. All changes rolled back.',
      });
      expect(await skus()).toEqual([]);
    });

    it('refuses continue together with rollback', async () => {
      const answer = await client.call('POST', 'product', { query: { continue: '1', rollback: 'yes' }, body: [product('a')] });
      expect(answer).toMatchObject({ status: 400, body: { reason: 'continue_and_rollback' } });
    });

    it('finds the failing ones of many', async () => {
      const records = Array.from({ length: 3_000 }, (_, index) => product([700, 701, 2_999].includes(index) ? 's0' : `s${index}`));
      const answer = await client.call('POST', 'product', { query: { continue: 'true' }, body: { resource: records } });
      expect(answer.body).toMatchObject({ context: { error: [700, 701, 2_999] } });
      expect(await client.rows('SELECT count(*) FROM product')).toEqual(['2997']);
    });
  });

  describe(`updating records (${name})`, () => {
    it.each(['PUT', 'PATCH'] as const)('changes only what is sent (%s)', async (verb) => {
      const [id] = await create(product('a', { weight: 2 }));
      expect(await client.call(verb, `product/${id}`, { body: { name: 'Changed', nonsense: 1 } })).toEqual({ status: 200, body: { id } });
      expect(await client.rows('SELECT sku, name, weight FROM product')).toEqual(['a|Changed|2']);
    });

    it('answers the chosen fields', async () => {
      const [id] = await create(product('a'));
      const answer = await client.call('PATCH', `product/${id}`, { query: { fields: 'id,weight,name' }, body: { weight: null } });
      expect(answer.body).toEqual({ id, weight: null, name: 'Thing a' });
    });

    it('finds no record, with or without anything to change', async () => {
      for (const body of [{ name: 'x' }, { nonsense: 1 }]) {
        expect(await client.call('PATCH', 'product/99', { body })).toMatchObject({
          status: 404,
          body: { message: "Record with identifier '99' not found." },
        });
      }
    });

    it('does not mind a record that stays as it is', async () => {
      const [id] = await create(product('a'));
      expect(await client.call('PUT', `product/${id}`, { body: { name: 'Thing a' } })).toMatchObject({ status: 200 });
      expect(await client.call('PUT', `product/${id}`, { body: { nonsense: 1 } })).toEqual({ status: 200, body: { id } });
    });

    it('refuses an empty record, null for what needs a value, an identifier of another type', async () => {
      const [id] = await create(product('a'));
      expect(await client.call('PATCH', `product/${id}`, { body: {} })).toMatchObject({ status: 400, body: { reason: 'empty_record' } });
      expect(await client.call('PATCH', `product/${id}`, { body: { price: null } })).toMatchObject({
        status: 400,
        body: { reason: 'null_value' },
      });
      expect(await client.call('PATCH', 'product/abc', { body: { name: 'x' } })).toMatchObject({
        status: 400,
        body: { message: "Field 'id' must be a valid integer." },
      });
    });

    it('takes the key from the path, never from the record', async () => {
      const [a, b] = await create(product('a'), product('b'));
      await client.call('PATCH', `product/${a}`, { body: { id: b as number, name: 'x' } });
      expect(await client.rows('SELECT id, name FROM product ORDER BY id')).toEqual([`${a}|x`, `${b}|Thing b`]);
    });

    it('calculates with the fields of the record, and with nothing else', async () => {
      const [id] = await create(product('a', { price: '0.1', weight: 3 }));
      const price = async (expression: string) =>
        client.call('PATCH', `product/${id}`, { query: { fields: 'price' }, body: { price: { expression } } });
      expect((await price('price * 2')).body).toEqual({ price: 0.2 });
      expect((await price('-(Price - 1.5) * 2')).body).toEqual({ price: 2.6 });
      expect((await price('price + weight / 2')).body).toEqual({ price: 4.1 });
      expect((await price('price --1 - 1')).body).toEqual({ price: 4.1 });
      for (const refused of [
        'version()',
        '(SELECT 1)',
        'name',
        'price + name',
        "price + '1'",
        'price; DROP TABLE product',
        '((price)',
        'price price',
        '1e3',
        '',
        'x'.repeat(300),
        '('.repeat(150),
      ]) {
        expect(await price(refused)).toMatchObject({ status: 400, body: { reason: 'expression_refused' } });
      }
      expect(await client.call('PATCH', `product/${id}`, { body: { price: { expression: 'price / 0' } } })).toMatchObject({ status: 400 });
      expect((await client.rows('SELECT price FROM product')).map(Number)).toEqual([4.1]);
    });

    it('writes the current time of the database', async () => {
      const [id] = await create(product('a'));
      expect(await client.call('PATCH', `product/${id}`, { body: { made_on: { expression: 'NOW()' } } })).toMatchObject({ status: 200 });
      expect(await client.call('PATCH', `product/${id}`, { body: { made_on: { expression: { value: 'current_date' } } } })).toMatchObject({
        status: 200,
      });
      expect((await client.call('PATCH', `product/${id}`, { query: { fields: 'made_on' }, body: { nonsense: 1 } })).body).toEqual({
        made_on: expect.stringMatching(/^20\d\d-/),
      });
    });

    it('answers 409 without SQL for a taken unique value', async () => {
      const [a] = await create(product('a'), product('b'));
      const answer = await client.call('PATCH', `product/${a}`, { body: { sku: 'b' } });
      expect(answer).toMatchObject({ status: 409, body: { reason: 'duplicate_record' } });
      expect(await skus()).toEqual(['a', 'b']);
    });

    it('finds records by another field', async () => {
      await create(product('a'), product('b'));
      expect((await client.call('PATCH', 'product/a', { query: { id_field: 'sku' }, body: { name: 'x' } })).body).toEqual({ sku: 'a' });
      const answer = await client.call('PATCH', 'product', { query: { ids: 'b,a', id_field: 'sku' }, body: [{ price: 4 }] });
      expect(answer.body).toEqual([{ sku: 'b' }, { sku: 'a' }]);
      expect(await client.rows('SELECT name FROM product ORDER BY id')).toEqual(['x', 'Thing b']);
    });

    it('changes many, each in its own way', async () => {
      const [a, b] = await create(product('a'), product('b'));
      const body = {
        resource: [
          { id: b as number, price: 9 },
          { id: a as number, name: 'A2' },
        ],
      };
      const answer = await client.call('PATCH', 'product', { query: { fields: 'id,name,price' }, body });
      expect(answer.body).toEqual([
        { id: b, name: 'Thing b', price: 9 },
        { id: a, name: 'A2', price: 12.5 },
      ]);
    });

    it.each([
      ['stop', {}, ['A2', 'Thing b'], 2],
      ['continue', { continue: 'true' }, ['A2', 'B2'], 3],
      ['rollback', { rollback: 'true' }, ['Thing a', 'Thing b'], 2],
    ])('treats a missing record of many as %s says', async (_mode, query, names, results) => {
      const [a, b] = await create(product('a'), product('b'));
      const body = [
        { id: a as number, name: 'A2' },
        { id: 99, name: 'X' },
        { id: b as number, name: 'B2' },
      ];
      const answer = await client.call('PATCH', 'product', { query, body });
      expect(answer.body).toMatchObject({ code: 1000, context: { error: [1] } });
      expect(((answer.body as JsonObject).context as { resource: unknown[] }).resource).toHaveLength(results);
      expect(await client.rows('SELECT name FROM product ORDER BY id')).toEqual(names);
    });

    it('needs a key in each record', async () => {
      const answer = await client.call('PATCH', 'product', { body: [{ name: 'Everything' }] });
      expect(answer.body).toMatchObject({
        code: 1000,
        context: { resource: [{ message: 'Required id field(s) not found in record 0.' }] },
      });
    });

    it('changes the records of ids alike, by the first record of the body', async () => {
      const [a, b, c] = await create(product('a'), product('b'), product('c'));
      const answer = await client.call('PATCH', 'product', {
        body: { ids: [c as number, a as number], resource: [{ price: 4 }, { price: 8 }] },
      });
      expect(answer.body).toEqual([{ id: c }, { id: a }]);
      expect(await client.rows('SELECT id FROM product WHERE price = 4 ORDER BY id')).toEqual([`${a}`, `${c}`]);
      expect(await client.call('PATCH', 'product', { query: { ids: `${a},${b}` }, body: { price: 5 } })).toMatchObject({
        body: { reason: 'no_records' },
      });
    });

    it.each([
      ['stop', {}, [5, 12.5]],
      ['continue', { continue: 'true' }, [5, 5]],
      ['rollback', { rollback: 'true' }, [12.5, 12.5]],
    ])('treats a missing one of ids as %s says', async (_mode, query, prices) => {
      const [a, b] = await create(product('a'), product('b'));
      const answer = await client.call('PATCH', 'product', { query: { ...query, ids: `${a},99,${b}` }, body: [{ price: 5 }] });
      expect(answer.body).toMatchObject({ code: 1000, context: { error: [1] } });
      expect((await client.rows('SELECT price FROM product ORDER BY id')).map(Number)).toEqual(prices);
    });

    it('answers what it changed by filter, even when it does not match any more', async () => {
      const [a, b] = await create(product('a'), product('b'), product('z'));
      const answer = await client.call('PATCH', 'product', {
        query: { filter: "(sku < 'c') and (name != 'Moved')" },
        body: [{ name: 'Moved' }],
      });
      expect(answer.body).toEqual([{ id: a }, { id: b }]);
      const fields = await client.call('PUT', 'product', {
        body: { resource: [{ weight: 7 }], filter: '(sku = :s)', params: { ':s': 'b' }, fields: 'sku,weight' },
      });
      expect(fields.body).toEqual([{ sku: 'b', weight: 7 }]);
      expect((await client.call('PATCH', 'product', { query: { filter: "(sku = 'none')" }, body: [{ weight: 1 }] })).body).toEqual([]);
    });

    it.each([[[]], [{}], [['sku = 1']]])('never takes a filter that is no text (%j) for none', async (filter) => {
      const [a] = await create(product('a'));
      for (const verb of ['PATCH', 'DELETE'] as const) {
        const answer = await client.call(verb, 'product', {
          body: { filter: filter as JsonValue, resource: verb === 'PATCH' ? [{ name: 'x' }] : [] },
        });
        expect(answer.status).toBe(400);
      }
      expect(await client.rows('SELECT name FROM product')).toEqual(['Thing a']);
      expect(a).toBe(1);
    });

    it('reaches composite keys in records, in the path and in ids', async () => {
      await client.call('POST', 'enrollment', {
        body: [
          { student_id: 1, course_code: 'A1' },
          { student_id: 1, course_code: 'A2' },
        ],
      });
      const answer = await client.call('PATCH', 'enrollment', {
        query: { fields: '*' },
        body: [{ student_id: 1, course_code: 'A1', grade: 2 }],
      });
      expect(answer.body).toEqual([{ student_id: 1, course_code: 'A1', term: '2024A', grade: 2 }]);
      expect((await client.call('PATCH', 'enrollment/1,A2', { body: { grade: 3 } })).body).toEqual({ student_id: 1, course_code: 'A2' });
      const ids = [
        { student_id: 1, course_code: 'A2' },
        { student_id: 1, course_code: 'A1' },
      ];
      expect((await client.call('PATCH', 'enrollment', { body: { ids, resource: [{ grade: 5 }] } })).body).toEqual(ids);
      expect((await client.call('PATCH', 'enrollment', { query: { ids: '(1,A1),(1,A2)' }, body: [{ term: 'X' }] })).status).toBe(200);
      expect(await client.rows('SELECT term FROM enrollment')).toEqual(['X', 'X']);
      expect(await client.call('PATCH', 'enrollment/1', { body: { grade: 3 } })).toMatchObject({
        status: 400,
        body: { reason: 'bad_identifier' },
      });
      expect(await client.call('PATCH', 'enrollment', { body: [{ student_id: 1, course_code: 'ZZ', grade: 1 }] })).toMatchObject({
        body: { code: 1000 },
      });
    });
  });

  describe(`upserting (${name})`, () => {
    const config = { allowUpsert: true };

    it('creates what does not exist only where the service allows it', async () => {
      expect(await client.call('PUT', 'product/50', { body: product('a') })).toMatchObject({ status: 404 });
      expect(await skus()).toEqual([]);
      expect(await client.call('PUT', 'product/50', { config, body: product('a') })).toEqual({ status: 200, body: { id: 50 } });
      expect(await client.call('PATCH', 'product/50', { config, body: { name: 'Again' } })).toEqual({ status: 200, body: { id: 50 } });
      expect(await client.rows('SELECT id, name FROM product')).toEqual(['50|Again']);
    });

    it('creates and changes in one batch', async () => {
      await create(product('a'));
      const body = [
        { id: 1, name: 'A2' },
        { id: 60, ...product('b') },
      ];
      expect((await client.call('PATCH', 'product', { config, query: { fields: 'id,name' }, body })).body).toEqual([
        { id: 1, name: 'A2' },
        { id: 60, name: 'Thing b' },
      ]);
    });

    it('never changes another record by another unique key', async () => {
      await create(product('a'));
      const answer = await client.call('PUT', 'product/70', { config, body: product('a', { name: 'Stolen' }) });
      expect(answer).toMatchObject({ status: 409 });
      expect(await client.rows('SELECT id, name FROM product')).toEqual(['1|Thing a']);
    });

    it('is one record when many do it at once', async () => {
      const answers = await Promise.all(
        Array.from({ length: 6 }, (_, index) => client.call('PUT', 'enrollment/1,A1', { config, body: { grade: index } })),
      );
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
      expect(await client.rows('SELECT count(*) FROM enrollment')).toEqual(['1']);
    });

    it('neither touches nor reveals a record that the role hides', async () => {
      await client.sql("INSERT INTO task (id, owner_id, title) VALUES (5, 8, 'hidden')");
      const answer = await client.call('PUT', 'task/5', { config, filter: OWN, body: { owner: 7, title: 'mine' } });
      expect(answer).toMatchObject({ status: 404 });
      expect(JSON.stringify(answer)).not.toMatch(/already exists/);
      expect(await client.rows('SELECT owner_id, title FROM task')).toEqual(['8|hidden']);
    });
  });

  describe(`deleting records (${name})`, () => {
    it('answers the identifier, or the record as it was', async () => {
      const [a, b] = await create(product('a'), product('b'));
      expect(await client.call('DELETE', `product/${a}`)).toEqual({ status: 200, body: { id: a } });
      expect((await client.call('DELETE', `product/${b}`, { query: { fields: 'sku,name' } })).body).toEqual({ sku: 'b', name: 'Thing b' });
      expect(await client.call('DELETE', `product/${a}`)).toMatchObject({ status: 404 });
      expect(await client.call('DELETE', 'product/abc')).toMatchObject({ status: 400 });
    });

    it.each([
      ['ids of the query', (a: JsonValue, b: JsonValue) => ({ query: { ids: `${b},${a}` } })],
      ['ids of the body', (a: JsonValue, b: JsonValue) => ({ body: { ids: [b, a] } })],
      ['records', (a: JsonValue, b: JsonValue) => ({ body: { resource: [{ id: b }, { id: a }] } })],
      ['a bare list of records', (a: JsonValue, b: JsonValue) => ({ body: [{ id: b }, { id: a }] })],
      ['a list of identifiers', (a: JsonValue, b: JsonValue) => ({ body: { resource: [b, a] } })],
    ])('deletes by %s', async (_what, options) => {
      const [a, b] = await create(product('a'), product('b'), product('c'));
      expect((await client.call('DELETE', 'product', options(a!, b!))).body).toEqual([{ id: b }, { id: a }]);
      expect(await skus()).toEqual(['c']);
    });

    it.each([
      ['stop', {}, ['b']],
      ['continue', { continue: 'true' }, []],
      ['rollback', { rollback: 'true' }, ['a', 'b']],
    ])('treats a missing one as %s says', async (_mode, query, left) => {
      const [a, b] = await create(product('a'), product('b'));
      const answer = await client.call('DELETE', 'product', { query: { ...query, ids: `${a},99,${b}` } });
      expect(answer.body).toMatchObject({ code: 1000, context: { error: [1], resource: expect.arrayContaining([{ id: a }]) } });
      expect(await skus()).toEqual(left);
    });

    it('deletes by filter, at most a page of it', async () => {
      await create(product('a'), product('b'), product('c'), product('d'));
      const first = await client.call('DELETE', 'product', {
        query: { filter: "(sku < 'd')", limit: '1', order: 'sku desc', fields: 'sku' },
      });
      expect(first).toEqual({ status: 200, body: [{ sku: 'c' }] });
      const second = await client.call('DELETE', 'product', { query: { filter: "(sku < 'd')" }, config: { maxRecords: 1 } });
      expect(second).toMatchObject({ body: [{ id: 1 }], meta: { next: 0 } });
      expect(await skus()).toEqual(['b', 'd']);
      expect((await client.call('DELETE', 'product', { query: { filter: "(sku = 'none')" } })).body).toEqual([]);
    });

    it('needs something that says what to delete', async () => {
      await create(product('a'));
      for (const options of [{}, { query: { ids: '' } }, { query: { filter: '' } }, { body: { resource: [] } }, { body: { id: 1 } }]) {
        expect(await client.call('DELETE', 'product', options)).toMatchObject({ status: 400, body: { reason: 'delete_needs_selection' } });
      }
      expect(await skus()).toEqual(['a']);
    });

    it('deletes everything by force, but nothing that is referenced', async () => {
      const [a] = await create(product('a'), product('b'));
      await client.call('POST', 'part', { body: [{ product_id: a! }] });
      expect(await client.call('DELETE', 'product', { query: { force: 'true' } })).toMatchObject({
        status: 409,
        body: { reason: 'reference_broken' },
      });
      expect(await skus()).toEqual(['a', 'b']);
      expect(await client.call('DELETE', 'part', { query: { force: 'true' } })).toEqual({ status: 200, body: { success: true } });
      expect(await client.call('DELETE', 'product', { query: { force: 'true' } })).toEqual({ status: 200, body: { success: true } });
      expect(await skus()).toEqual([]);
    });

    it('deletes rows of tables without a key by filter only', async () => {
      await client.call('POST', 'note', {
        body: [
          { body: 'x', owner_id: 1 },
          { body: 'y', owner_id: 2 },
        ],
      });
      expect(await client.call('DELETE', 'note/1')).toMatchObject({ status: 400, body: { reason: 'no_identifier' } });
      expect((await client.call('DELETE', 'note', { query: { filter: "(body = 'x')" } })).body).toEqual([{}]);
      expect(await client.rows('SELECT body FROM note')).toEqual(['y']);
    });
  });

  describe(`hostile input (${name})`, () => {
    const deep = JSON.parse(`${'['.repeat(200)}${']'.repeat(200)}`) as JsonValue;
    const values: JsonValue[] = [
      "'; DROP TABLE product; --",
      '"',
      '\\',
      '\u0000',
      '\ud800',
      '%',
      '{user.id}',
      '$1',
      '?',
      ':a',
      'x'.repeat(100_000),
      '1'.repeat(500),
      '-',
      '1e999',
      '0x10',
      'NaN',
      'Infinity',
      '99999-01-01',
      '2024-13-45T99:99:99Z',
      1e308,
      -1e308,
      2 ** 53,
      -0,
      true,
      false,
      null,
      [],
      {},
      [[]],
      [null],
      { a: 1 },
      { expression: 1 },
      { expression: null },
      { expression: { value: {} } },
      { rawJSON: '1' },
      { constructor: 1 },
      deep,
    ];

    it.each(['id', 'sku', 'name', 'price', 'weight', 'in_stock', 'made_on', '__proto__', 'constructor'])(
      'in the field %s is stored or refused, never a fault',
      async (field) => {
        await create(product('a'));
        for (const value of values) {
          const record = JSON.parse(`{${JSON.stringify(field)}: ${JSON.stringify(value)}}`) as JsonObject;
          const posted = await client.call('POST', 'product', {
            query: { fields: '*' },
            body: { resource: [{ ...product(`s${Math.random()}`), ...record }] },
          });
          const patched = await client.call('PATCH', 'product/1', { query: { fields: '*' }, body: record });
          const listed = await client.call('PUT', 'product', { body: { resource: [{ name: 'x', id: value }] } });
          const deleted = await client.call('DELETE', 'product', { body: { ids: [value] } });
          for (const answer of [posted, patched, listed, deleted]) {
            expect(
              answer.status,
              `${field} = ${JSON.stringify(value).slice(0, 80)}: ${JSON.stringify(answer.body).slice(0, 300)}`,
            ).toBeLessThan(500);
            expect(JSON.stringify(answer.body)).not.toMatch(/SQLSTATE|syntax error|INSERT INTO|UPDATE /);
          }
        }
        expect(await client.rows('SELECT count(*) FROM product')).not.toEqual(['0']);
      },
    );

    it.each(['1 OR 1=1', "1'", '1;2', '(1', '((1),(2))', '1)', '*', '%', 'null', '1e3', '9'.repeat(40), ',', '1,,2', 'x'.repeat(100_000)])(
      'in the identifiers %s deletes nothing but what it names',
      async (ids) => {
        await create(product('a'), product('b'), product('c'));
        for (const options of [
          { query: { ids } },
          { query: { ids, id_field: 'sku' } },
          { query: { ids: `(${ids})`, id_field: 'sku,name' } },
        ]) {
          expect((await client.call('DELETE', 'product', options)).status).toBeLessThan(500);
        }
        expect((await client.call('DELETE', `product/${ids}`)).status).toBeLessThan(500);
        expect((await skus()).length).toBeGreaterThan(0);
      },
    );

    it.each([
      ['filter', '(id > 0)) OR ((id > 0)'],
      ['filter', '1=1'],
      ['filter', '(id = (SELECT 1))'],
      ['order', 'id; DROP TABLE product'],
      ['order', '(SELECT 1)'],
      ['fields', 'id, (SELECT 1)'],
      ['id_field', 'id; --'],
      ['types', 'raw'],
      ['related', 'x'],
    ])('in the option %s %s changes nothing', async (option, value) => {
      await create(product('a'));
      const query = { filter: '(id > 0)', [option]: value };
      expect((await client.call('PATCH', 'product', { query, body: [{ name: 'x' }] })).status).toBeGreaterThanOrEqual(400);
      expect((await client.call('DELETE', 'product', { query })).status).toBeGreaterThanOrEqual(400);
      expect(await client.rows('SELECT name FROM product')).toEqual(['Thing a']);
    });
  });

  describe(`a role with a record filter (${name})`, () => {
    beforeEach(async () => {
      await client.sql(
        "INSERT INTO task (owner_id, status, title) VALUES (7, 'open', 'mine'), (8, 'open', 'theirs'), (8, 'public', 'shared')",
      );
    });
    const tasks = () => client.rows('SELECT id, owner_id, title FROM task ORDER BY id');
    const before = ['1|7|mine', '2|8|theirs', '3|8|shared'];

    it('creates records inside it only, a field that is not sent counting as null', async () => {
      expect(await client.call('POST', 'task', { filter: OWN, body: [{ owner: 7, title: 'new' }] })).toMatchObject({ status: 200 });
      for (const record of [{ owner: 8, title: 'x' }, { title: 'x' }, { owner: null, title: 'x' }]) {
        const answer = await client.call('POST', 'task', { filter: OWN, body: [record] });
        expect(answer.body).toMatchObject({ code: 1000, context: { resource: [{ status_code: 403, reason: 'fields_forbidden' }] } });
      }
      expect(await client.rows("SELECT count(*) FROM task WHERE title = 'x'")).toEqual(['0']);
    });

    it('denies where none of several conditions holds', async () => {
      const denied = await client.call('POST', 'task', { filter: OWN_OR_OPEN, body: [{ owner: 8, status: 'open', title: 'x' }] });
      expect(denied.body).toMatchObject({ context: { resource: [{ status_code: 403 }] } });
      expect(
        await client.call('POST', 'task', { filter: OWN_OR_OPEN, body: [{ owner: 8, status: 'public' }, { owner: 7 }] }),
      ).toMatchObject({ status: 200 });
    });

    it('finds the one record of many that lies outside', async () => {
      const records = Array.from({ length: 40 }, (_, index) => ({ owner: index === 25 ? 8 : 7, title: `n${index}` }));
      const answer = await client.call('POST', 'task', { filter: OWN, query: { continue: 'true' }, body: { resource: records } });
      expect(answer.body).toMatchObject({ context: { error: [25] } });
      expect(await client.rows("SELECT count(*) FROM task WHERE title LIKE 'n%'")).toEqual(['39']);
    });

    it.each(['PATCH', 'DELETE'] as const)('sees no other records (%s)', async (verb) => {
      const body = verb === 'PATCH' ? { resource: [{ title: 'stolen' }] } : undefined;
      const one = verb === 'PATCH' ? { title: 'stolen' } : undefined;
      expect(await client.call(verb, 'task/2', { filter: OWN, ...(one && { body: one }) })).toMatchObject({ status: 404 });
      expect(await client.call(verb, 'task', { filter: OWN, query: { ids: '2' }, ...(body && { body }) })).toMatchObject({
        body: { code: 1000 },
      });
      const byFilter = await client.call(verb, 'task', { filter: OWN, query: { filter: '(id = 2) or (id = 3)' }, ...(body && { body }) });
      expect(byFilter.body).toEqual([]);
      expect(await tasks()).toEqual(before);
    });

    it('never moves a record out, whichever way it is written', async () => {
      expect(await client.call('PATCH', 'task/1', { filter: OWN, body: { owner: 8 } })).toMatchObject({
        status: 403,
        body: { reason: 'fields_forbidden' },
      });
      expect(await client.call('PATCH', 'task', { filter: OWN, query: { ids: '1' }, body: [{ OWNER: 8 }] })).toMatchObject({
        body: { context: { resource: [{ status_code: 403 }] } },
      });
      expect(await client.call('PATCH', 'task', { filter: OWN, query: { filter: '(id > 0)' }, body: [{ owner: 8 }] })).toMatchObject({
        status: 403,
      });
      expect(await client.call('PATCH', 'task', { filter: OWN, body: [{ id: 1, owner: null }] })).toMatchObject({ body: { code: 1000 } });
      expect(await client.call('PATCH', 'task/3', { filter: OWN_OR_OPEN, body: { status: 'open' } })).toMatchObject({ status: 403 });
      expect(await tasks()).toEqual(before);
      expect(await client.rows('SELECT status FROM task WHERE id = 3')).toEqual(['public']);
    });

    it('changes what stays inside', async () => {
      expect(await client.call('PATCH', 'task/1', { filter: OWN, body: { title: 'done', owner: 7 } })).toEqual({
        status: 200,
        body: { id: 1 },
      });
      expect(
        (await client.call('PATCH', 'task', { filter: OWN, query: { filter: '(id > 0)', fields: 'id,title' }, body: [{ title: 'all' }] }))
          .body,
      ).toEqual([{ id: 1, title: 'all' }]);
      expect(await tasks()).toEqual(['1|7|all', '2|8|theirs', '3|8|shared']);
    });

    it('deletes by force only what it may see', async () => {
      expect(await client.call('DELETE', 'task', { filter: OWN, query: { force: 'true' } })).toMatchObject({ body: { success: true } });
      expect(await tasks()).toEqual(before.slice(1));
    });

    it('holds for tables without a key', async () => {
      const inside = await client.call('POST', 'note', {
        filter: { conditions: [{ name: 'owner_id', operator: '<', value: '5' }], join: 'and' },
        body: [{ owner_id: 4, body: 'x' }],
      });
      expect(inside.status).toBe(200);
      const outside = await client.call('POST', 'note', {
        filter: { conditions: [{ name: 'owner_id', operator: '<', value: '5' }], join: 'and' },
        body: [{ owner_id: 6, body: 'y' }],
      });
      expect(outside.body).toMatchObject({ context: { resource: [{ status_code: 403 }] } });
      expect(await client.rows('SELECT body FROM note')).toEqual(['x']);
    });
  });
}

function ids(answer: Answer): readonly (JsonValue | undefined)[] {
  if (!Array.isArray(answer.body)) throw new Error(`not created: ${JSON.stringify(answer.body)}`);
  return answer.body.map((record: JsonValue) => (isJsonObject(record) ? record.id : undefined));
}
