import type { JsonObject, JsonValue } from '@headgate/core';
import { describe, expect, it } from 'vitest';
import type { CallOptions } from '../write-client.js';
import type { WriteTools } from '../write-tools.js';

export function hostileInput(name: string, tools: WriteTools): void {
  const { product, create, skus } = tools;

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
          const posted = await tools.client.call('POST', 'product', {
            query: { fields: '*' },
            body: { resource: [{ ...product(`s${Math.random()}`), ...record }] },
          });
          const patched = await tools.client.call('PATCH', 'product/1', { query: { fields: '*' }, body: record });
          const listed = await tools.client.call('PUT', 'product', { body: { resource: [{ name: 'x', id: value }] } });
          const deleted = await tools.client.call('DELETE', 'product', { body: { ids: [value] } });
          for (const answer of [posted, patched, listed, deleted]) {
            expect(
              answer.status,
              `${field} = ${JSON.stringify(value).slice(0, 80)}: ${JSON.stringify(answer.body).slice(0, 300)}`,
            ).toBeLessThan(500);
            expect(JSON.stringify(answer.body)).not.toMatch(/SQLSTATE|syntax error|INSERT INTO|UPDATE /);
          }
        }
        expect(await tools.client.rows('SELECT count(*) FROM product')).not.toEqual(['0']);
      },
    );

    it.each(['1 OR 1=1', "1'", '1;2', '(1', '((1),(2))', '1)', '*', '%', 'null', '1e3', '9'.repeat(40), ',', '1,,2', 'x'.repeat(100_000)])(
      'in the identifiers %s deletes nothing but what it names',
      async (ids) => {
        await create(product('a'), product('b'), product('c'));
        const asked: CallOptions[] = [
          { query: { ids } },
          { query: { ids, id_field: 'sku' } },
          { query: { ids: `(${ids})`, id_field: 'sku,name' } },
        ];
        for (const options of asked) {
          expect((await tools.client.call('DELETE', 'product', options)).status).toBeLessThan(500);
        }
        expect((await tools.client.call('DELETE', `product/${ids}`)).status).toBeLessThan(500);
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
      expect((await tools.client.call('PATCH', 'product', { query, body: [{ name: 'x' }] })).status).toBeGreaterThanOrEqual(400);
      expect((await tools.client.call('DELETE', 'product', { query })).status).toBeGreaterThanOrEqual(400);
      expect(await tools.client.rows('SELECT name FROM product')).toEqual(['Thing a']);
    });
  });
}
