import type { JsonValue } from '@headgate/core';
import { describe, expect, it } from 'vitest';
import type { RelationSchema } from '../../../../src/schema/table-schema.js';
import { TABLES } from '../tables.js';
import type { WriteTools } from '../write-tools.js';

export function creatingRecords(name: string, tools: WriteTools): void {
  const { product, create, skus } = tools;

  describe(`creating records (${name})`, () => {
    it('answers the generated identifiers in the order of the records', async () => {
      const answer = await tools.client.call('POST', 'product', { body: [product('c'), product('a'), product('b')] });
      expect(answer).toEqual({ status: 200, body: [{ id: 1 }, { id: 2 }, { id: 3 }] });
      expect(await skus()).toEqual(['c', 'a', 'b']);
    });

    it('answers the chosen fields, defaults included, names in any case', async () => {
      const answer = await tools.client.call('POST', 'product', {
        query: { fields: '*' },
        body: { resource: { SKU: 'a', Name: 'Cased', PRICE: '1.50' } },
      });
      expect(answer.body).toEqual([{ id: 1, sku: 'a', name: 'Cased', price: 1.5, weight: null, in_stock: true, made_on: null }]);
    });

    it('takes options from the body, the query first', async () => {
      const body = { resource: [product('a')], fields: 'id,sku' };
      expect((await tools.client.call('POST', 'product', { body })).body).toEqual([{ id: 1, sku: 'a' }]);
      expect(
        (await tools.client.call('POST', 'product', { query: { fields: 'name' }, body: { ...body, resource: [product('b')] } })).body,
      ).toEqual([{ name: 'Thing b' }]);
    });

    it('keeps every digit of a decimal, and an empty text', async () => {
      await tools.client.call('POST', 'product', { body: [product('a', { price: '1234567.12345678', name: '' })] });
      expect(await tools.client.rows('SELECT price, name FROM product')).toEqual([expect.stringMatching(/^1234567\.12345678\|$/)]);
    });

    it('lists one column with as_list', async () => {
      expect(
        (await tools.client.call('POST', 'product', { query: { as_list: 'true', id_field: 'id' }, body: [product('a')] })).body,
      ).toEqual([1]);
    });

    it('accepts a given key and composite keys', async () => {
      expect((await tools.client.call('POST', 'product', { body: [product('a', { id: 900 })] })).body).toEqual([{ id: 900 }]);
      const body = [
        { student_id: 1, course_code: 'A1' },
        { student_id: 1, course_code: 'A2', grade: 2.5 },
      ];
      const answer = await tools.client.call('POST', 'enrollment', { body });
      expect(answer.body).toEqual([
        { student_id: 1, course_code: 'A1' },
        { student_id: 1, course_code: 'A2' },
      ]);
    });

    it('answers empty objects for tables without a key', async () => {
      expect((await tools.client.call('POST', 'note', { body: [{ body: 'x' }] })).body).toEqual([{}]);
      expect(await tools.client.rows('SELECT body FROM note')).toEqual(['x']);
    });

    it.each([
      ['no list', product('a'), 'no_records'],
      ['an empty list', [], 'no_records'],
      ['nothing', undefined, 'no_records'],
    ])('refuses %s', async (_what, body, reason) => {
      const answer = await tools.client.call('POST', 'product', { body: body as JsonValue });
      expect(answer).toMatchObject({ status: 400, body: { reason } });
    });

    it('refuses an identifier in the path', async () => {
      const answer = await tools.client.call('POST', 'product/1', { body: [product('a')] });
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
      const answer = await tools.client.call('POST', 'product', { body: { resource: [record] } });
      expect(answer).toMatchObject({
        status: 400,
        body: { code: 1000, message: 'Batch Error: Not all requested records could be created.' },
      });
      expect(answer.body).toMatchObject({ context: { error: [0], resource: [{ message: expect.stringContaining(message) }] } });
      expect(await skus()).toEqual([]);
    });

    it('names the key that is missing, without showing the record', async () => {
      const answer = await tools.client.call('POST', 'audited', { body: [{ body: 'secret' }] });
      expect(answer.body).toMatchObject({ context: { resource: [{ message: 'Required id field(s) not found in record 0.' }] } });
      expect(JSON.stringify(answer)).not.toContain('secret');
    });

    it('ignores unknown fields, and refuses them where the call is strict', async () => {
      expect(await tools.client.call('POST', 'product', { body: [product('a', { nonsense: 1 })] })).toMatchObject({ status: 200 });
      const answer = await tools.client.call('POST', 'product', { strict: true, body: [product('b', { wieght: 1 })] });
      expect(answer.body).toMatchObject({ context: { resource: [{ reason: 'unknown_field', hint: "Did you mean 'weight'?" }] } });
      expect(await skus()).toEqual(['a']);
    });

    it('replaces lookups by values', async () => {
      const lookups = { 'user.email': "o'x@example.com" };
      await tools.client.call('POST', 'product', {
        lookups,
        body: [product('a', { name: '{user.email}' }), product('b', { name: '{strtoupper(user.email)} {gone}' })],
      });
      expect(await tools.client.rows('SELECT name FROM product ORDER BY id')).toEqual(["o'x@example.com", "O'X@EXAMPLE.COM {gone}"]);
    });

    it('lets the server set what belongs to the server', async () => {
      const body = [
        { id: 1, body: 'x', created_at: '1999-01-01 00:00:00', changed_at: '1999-01-01 00:00:00', created_by: 99, changed_by: 99 },
      ];
      await tools.client.call('POST', 'audited', { userId: 5, body });
      const [row = ''] = await tools.client.rows('SELECT created_by, changed_by, created_at, changed_at FROM audited');
      expect(row).toMatch(/^5\|5\|/);
      expect(row).not.toMatch(/1999|null/);
      await tools.client.call('PATCH', 'audited/1', { userId: 6, body: { body: 'y', created_by: 99 } });
      expect((await tools.client.rows('SELECT created_by, changed_by FROM audited'))[0]).toBe('5|6');
    });

    it('tells duplicates, broken references and checks without any SQL', async () => {
      await create(product('a'));
      for (const [table, record, reason] of [
        ['product', product('a'), 'duplicate_record'],
        ['product', product('b', { price: -1 }), 'constraint_broken'],
        ['part', { product_id: 999 }, 'reference_broken'],
      ] as const) {
        const answer = await tools.client.call('POST', table, { body: [record] });
        expect(answer.body).toMatchObject({ code: 1000, context: { resource: [{ reason }] } });
        expect(JSON.stringify(answer)).not.toMatch(/SQL|INSERT|constraint failed/i);
      }
    });

    it('says that related records cannot be written, instead of losing them', async () => {
      const relationship = { name: 'parts_by_product_id' } as RelationSchema;
      const table = { ...TABLES.product, relationship: (wanted: string) => (wanted === relationship.name ? relationship : undefined) };
      const answer = await tools.client.call('POST', 'product', {
        table,
        body: [product('a', { parts_by_product_id: [{ quantity: 1 }] })],
      });
      expect(answer).toMatchObject({ status: 501, body: { message: expect.stringContaining('parts_by_product_id') } });
      expect(await skus()).toEqual([]);
    });

    it('refuses read-only services and tables that cannot be written before anything else', async () => {
      const refused = await tools.client.call('POST', 'product', { config: { readOnly: true }, body: [product('a')] });
      expect(refused).toMatchObject({ status: 403, body: { reason: 'read_only_service' } });
      const view = { ...TABLES.product, isView: true, isWritable: false };
      expect(await tools.client.call('DELETE', 'product', { table: view, query: { force: 'true' } })).toMatchObject({
        status: 400,
        body: { reason: 'not_writable' },
      });
      expect(await skus()).toEqual([]);
    });
  });
}
