import type { JsonObject, JsonValue } from '@headgate/core';
import { describe, expect, it } from 'vitest';
import type { WriteTools } from '../write-tools.js';

export function updatingRecords(name: string, tools: WriteTools): void {
  const { product, create, skus } = tools;

  describe(`updating records (${name})`, () => {
    it.each(['PUT', 'PATCH'] as const)('changes only what is sent (%s)', async (verb) => {
      const [id] = await create(product('a', { weight: 2 }));
      expect(await tools.client.call(verb, `product/${id}`, { body: { name: 'Changed', nonsense: 1 } })).toEqual({
        status: 200,
        body: { id },
      });
      expect(await tools.client.rows('SELECT sku, name, weight FROM product')).toEqual(['a|Changed|2']);
    });

    it('answers the chosen fields', async () => {
      const [id] = await create(product('a'));
      const answer = await tools.client.call('PATCH', `product/${id}`, { query: { fields: 'id,weight,name' }, body: { weight: null } });
      expect(answer.body).toEqual({ id, weight: null, name: 'Thing a' });
    });

    it('finds no record, with or without anything to change', async () => {
      for (const body of [{ name: 'x' }, { nonsense: 1 }]) {
        expect(await tools.client.call('PATCH', 'product/99', { body })).toMatchObject({
          status: 404,
          body: { message: "Record with identifier '99' not found." },
        });
      }
    });

    it('does not mind a record that stays as it is', async () => {
      const [id] = await create(product('a'));
      expect(await tools.client.call('PUT', `product/${id}`, { body: { name: 'Thing a' } })).toMatchObject({ status: 200 });
      expect(await tools.client.call('PUT', `product/${id}`, { body: { nonsense: 1 } })).toEqual({ status: 200, body: { id } });
    });

    it('refuses an empty record, null for what needs a value, an identifier of another type', async () => {
      const [id] = await create(product('a'));
      expect(await tools.client.call('PATCH', `product/${id}`, { body: {} })).toMatchObject({
        status: 400,
        body: { reason: 'empty_record' },
      });
      expect(await tools.client.call('PATCH', `product/${id}`, { body: { price: null } })).toMatchObject({
        status: 400,
        body: { reason: 'null_value' },
      });
      expect(await tools.client.call('PATCH', 'product/abc', { body: { name: 'x' } })).toMatchObject({
        status: 400,
        body: { message: "Field 'id' must be a valid integer." },
      });
    });

    it('takes the key from the path, never from the record', async () => {
      const [a, b] = await create(product('a'), product('b'));
      await tools.client.call('PATCH', `product/${a}`, { body: { id: b as number, name: 'x' } });
      expect(await tools.client.rows('SELECT id, name FROM product ORDER BY id')).toEqual([`${a}|x`, `${b}|Thing b`]);
    });

    it('calculates with the fields of the record, and with nothing else', async () => {
      const [id] = await create(product('a', { price: '0.1', weight: 3 }));
      const price = async (expression: string) =>
        tools.client.call('PATCH', `product/${id}`, { query: { fields: 'price' }, body: { price: { expression } } });
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
      expect(await tools.client.call('PATCH', `product/${id}`, { body: { price: { expression: 'price / 0' } } })).toMatchObject({
        status: 400,
      });
      expect((await tools.client.rows('SELECT price FROM product')).map(Number)).toEqual([4.1]);
    });

    it('writes the current time of the database', async () => {
      const [id] = await create(product('a'));
      expect(await tools.client.call('PATCH', `product/${id}`, { body: { made_on: { expression: 'NOW()' } } })).toMatchObject({
        status: 200,
      });
      expect(
        await tools.client.call('PATCH', `product/${id}`, { body: { made_on: { expression: { value: 'current_date' } } } }),
      ).toMatchObject({
        status: 200,
      });
      expect((await tools.client.call('PATCH', `product/${id}`, { query: { fields: 'made_on' }, body: { nonsense: 1 } })).body).toEqual({
        made_on: expect.stringMatching(/^20\d\d-/),
      });
    });

    it('answers 409 without SQL for a taken unique value', async () => {
      const [a] = await create(product('a'), product('b'));
      const answer = await tools.client.call('PATCH', `product/${a}`, { body: { sku: 'b' } });
      expect(answer).toMatchObject({ status: 409, body: { reason: 'duplicate_record' } });
      expect(await skus()).toEqual(['a', 'b']);
    });

    it('finds records by another field', async () => {
      await create(product('a'), product('b'));
      expect((await tools.client.call('PATCH', 'product/a', { query: { id_field: 'sku' }, body: { name: 'x' } })).body).toEqual({
        sku: 'a',
      });
      const answer = await tools.client.call('PATCH', 'product', { query: { ids: 'b,a', id_field: 'sku' }, body: [{ price: 4 }] });
      expect(answer.body).toEqual([{ sku: 'b' }, { sku: 'a' }]);
      expect(await tools.client.rows('SELECT name FROM product ORDER BY id')).toEqual(['x', 'Thing b']);
    });

    it('changes many, each in its own way', async () => {
      const [a, b] = await create(product('a'), product('b'));
      const body = {
        resource: [
          { id: b as number, price: 9 },
          { id: a as number, name: 'A2' },
        ],
      };
      const answer = await tools.client.call('PATCH', 'product', { query: { fields: 'id,name,price' }, body });
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
      const answer = await tools.client.call('PATCH', 'product', { query, body });
      expect(answer.body).toMatchObject({ code: 1000, context: { error: [1] } });
      expect(((answer.body as JsonObject).context as { resource: unknown[] }).resource).toHaveLength(results);
      expect(await tools.client.rows('SELECT name FROM product ORDER BY id')).toEqual(names);
    });

    it('needs a key in each record', async () => {
      const answer = await tools.client.call('PATCH', 'product', { body: [{ name: 'Everything' }] });
      expect(answer.body).toMatchObject({
        code: 1000,
        context: { resource: [{ message: 'Required id field(s) not found in record 0.' }] },
      });
    });

    it('changes the records of ids alike, by the first record of the body', async () => {
      const [a, b, c] = await create(product('a'), product('b'), product('c'));
      const answer = await tools.client.call('PATCH', 'product', {
        body: { ids: [c as number, a as number], resource: [{ price: 4 }, { price: 8 }] },
      });
      expect(answer.body).toEqual([{ id: c }, { id: a }]);
      expect(await tools.client.rows('SELECT id FROM product WHERE price = 4 ORDER BY id')).toEqual([`${a}`, `${c}`]);
      expect(await tools.client.call('PATCH', 'product', { query: { ids: `${a},${b}` }, body: { price: 5 } })).toMatchObject({
        body: { reason: 'no_records' },
      });
    });

    it.each([
      ['stop', {}, [5, 12.5]],
      ['continue', { continue: 'true' }, [5, 5]],
      ['rollback', { rollback: 'true' }, [12.5, 12.5]],
    ])('treats a missing one of ids as %s says', async (_mode, query, prices) => {
      const [a, b] = await create(product('a'), product('b'));
      const answer = await tools.client.call('PATCH', 'product', { query: { ...query, ids: `${a},99,${b}` }, body: [{ price: 5 }] });
      expect(answer.body).toMatchObject({ code: 1000, context: { error: [1] } });
      expect((await tools.client.rows('SELECT price FROM product ORDER BY id')).map(Number)).toEqual(prices);
    });

    it('answers what it changed by filter, even when it does not match any more', async () => {
      const [a, b] = await create(product('a'), product('b'), product('z'));
      const answer = await tools.client.call('PATCH', 'product', {
        query: { filter: "(sku < 'c') and (name != 'Moved')" },
        body: [{ name: 'Moved' }],
      });
      expect(answer.body).toEqual([{ id: a }, { id: b }]);
      const fields = await tools.client.call('PUT', 'product', {
        body: { resource: [{ weight: 7 }], filter: '(sku = :s)', params: { ':s': 'b' }, fields: 'sku,weight' },
      });
      expect(fields.body).toEqual([{ sku: 'b', weight: 7 }]);
      expect((await tools.client.call('PATCH', 'product', { query: { filter: "(sku = 'none')" }, body: [{ weight: 1 }] })).body).toEqual(
        [],
      );
    });

    it.each([[[]], [{}], [['sku = 1']]])('never takes a filter that is no text (%j) for none', async (filter) => {
      const [a] = await create(product('a'));
      for (const verb of ['PATCH', 'DELETE'] as const) {
        const answer = await tools.client.call(verb, 'product', {
          body: { filter: filter as JsonValue, resource: verb === 'PATCH' ? [{ name: 'x' }] : [] },
        });
        expect(answer.status).toBe(400);
      }
      expect(await tools.client.rows('SELECT name FROM product')).toEqual(['Thing a']);
      expect(a).toBe(1);
    });

    it('reaches composite keys in records, in the path and in ids', async () => {
      await tools.client.call('POST', 'enrollment', {
        body: [
          { student_id: 1, course_code: 'A1' },
          { student_id: 1, course_code: 'A2' },
        ],
      });
      const answer = await tools.client.call('PATCH', 'enrollment', {
        query: { fields: '*' },
        body: [{ student_id: 1, course_code: 'A1', grade: 2 }],
      });
      expect(answer.body).toEqual([{ student_id: 1, course_code: 'A1', term: '2024A', grade: 2 }]);
      expect((await tools.client.call('PATCH', 'enrollment/1,A2', { body: { grade: 3 } })).body).toEqual({
        student_id: 1,
        course_code: 'A2',
      });
      const ids = [
        { student_id: 1, course_code: 'A2' },
        { student_id: 1, course_code: 'A1' },
      ];
      expect((await tools.client.call('PATCH', 'enrollment', { body: { ids, resource: [{ grade: 5 }] } })).body).toEqual(ids);
      expect((await tools.client.call('PATCH', 'enrollment', { query: { ids: '(1,A1),(1,A2)' }, body: [{ term: 'X' }] })).status).toBe(200);
      expect(await tools.client.rows('SELECT term FROM enrollment')).toEqual(['X', 'X']);
      expect(await tools.client.call('PATCH', 'enrollment/1', { body: { grade: 3 } })).toMatchObject({
        status: 400,
        body: { reason: 'bad_identifier' },
      });
      expect(await tools.client.call('PATCH', 'enrollment', { body: [{ student_id: 1, course_code: 'ZZ', grade: 1 }] })).toMatchObject({
        body: { code: 1000 },
      });
    });
  });
}
