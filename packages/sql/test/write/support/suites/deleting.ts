import type { JsonValue } from '@headgate/core';
import { describe, expect, it } from 'vitest';
import type { CallOptions } from '../write-client.js';
import type { WriteTools } from '../write-tools.js';

export function deletingRecords(name: string, tools: WriteTools): void {
  const { product, create, skus } = tools;

  describe(`deleting records (${name})`, () => {
    it('answers the identifier, or the record as it was', async () => {
      const [a, b] = await create(product('a'), product('b'));
      expect(await tools.client.call('DELETE', `product/${a}`)).toEqual({ status: 200, body: { id: a } });
      expect((await tools.client.call('DELETE', `product/${b}`, { query: { fields: 'sku,name' } })).body).toEqual({
        sku: 'b',
        name: 'Thing b',
      });
      expect(await tools.client.call('DELETE', `product/${a}`)).toMatchObject({ status: 404 });
      expect(await tools.client.call('DELETE', 'product/abc')).toMatchObject({ status: 400 });
    });

    it.each([
      ['ids of the query', (a: JsonValue, b: JsonValue) => ({ query: { ids: `${b},${a}` } })],
      ['ids of the body', (a: JsonValue, b: JsonValue) => ({ body: { ids: [b, a] } })],
      ['records', (a: JsonValue, b: JsonValue) => ({ body: { resource: [{ id: b }, { id: a }] } })],
      ['a bare list of records', (a: JsonValue, b: JsonValue) => ({ body: [{ id: b }, { id: a }] })],
      ['a list of identifiers', (a: JsonValue, b: JsonValue) => ({ body: { resource: [b, a] } })],
    ])('deletes by %s', async (_what, options) => {
      const [a, b] = await create(product('a'), product('b'), product('c'));
      expect((await tools.client.call('DELETE', 'product', options(a!, b!))).body).toEqual([{ id: b }, { id: a }]);
      expect(await skus()).toEqual(['c']);
    });

    it.each<[string, Readonly<Record<string, string>>, string[]]>([
      ['stop', {}, ['b']],
      ['continue', { continue: 'true' }, []],
      ['rollback', { rollback: 'true' }, ['a', 'b']],
    ])('treats a missing one as %s says', async (_mode, query, left) => {
      const [a, b] = await create(product('a'), product('b'));
      const answer = await tools.client.call('DELETE', 'product', { query: { ...query, ids: `${a},99,${b}` } });
      expect(answer.body).toMatchObject({ code: 1000, context: { error: [1], resource: expect.arrayContaining([{ id: a as number }]) } });
      expect(await skus()).toEqual(left);
    });

    it('deletes by filter, at most a page of it', async () => {
      await create(product('a'), product('b'), product('c'), product('d'));
      const first = await tools.client.call('DELETE', 'product', {
        query: { filter: "(sku < 'd')", limit: '1', order: 'sku desc', fields: 'sku' },
      });
      expect(first).toEqual({ status: 200, body: [{ sku: 'c' }] });
      const second = await tools.client.call('DELETE', 'product', { query: { filter: "(sku < 'd')" }, config: { maxRecords: 1 } });
      expect(second).toMatchObject({ body: [{ id: 1 }], meta: { next: 0 } });
      expect(await skus()).toEqual(['b', 'd']);
      expect((await tools.client.call('DELETE', 'product', { query: { filter: "(sku = 'none')" } })).body).toEqual([]);
    });

    it('needs something that says what to delete', async () => {
      await create(product('a'));
      const saysNothing: CallOptions[] = [
        {},
        { query: { ids: '' } },
        { query: { filter: '' } },
        { body: { resource: [] } },
        { body: { id: 1 } },
      ];
      for (const options of saysNothing) {
        expect(await tools.client.call('DELETE', 'product', options)).toMatchObject({
          status: 400,
          body: { reason: 'delete_needs_selection' },
        });
      }
      expect(await skus()).toEqual(['a']);
    });

    it('deletes everything by force, but nothing that is referenced', async () => {
      const [a] = await create(product('a'), product('b'));
      await tools.client.call('POST', 'part', { body: [{ product_id: a! }] });
      expect(await tools.client.call('DELETE', 'product', { query: { force: 'true' } })).toMatchObject({
        status: 409,
        body: { reason: 'reference_broken' },
      });
      expect(await skus()).toEqual(['a', 'b']);
      expect(await tools.client.call('DELETE', 'part', { query: { force: 'true' } })).toEqual({ status: 200, body: { success: true } });
      expect(await tools.client.call('DELETE', 'product', { query: { force: 'true' } })).toEqual({ status: 200, body: { success: true } });
      expect(await skus()).toEqual([]);
    });

    it('deletes rows of tables without a key by filter only', async () => {
      await tools.client.call('POST', 'note', {
        body: [
          { body: 'x', owner_id: 1 },
          { body: 'y', owner_id: 2 },
        ],
      });
      expect(await tools.client.call('DELETE', 'note/1')).toMatchObject({ status: 400, body: { reason: 'no_identifier' } });
      expect((await tools.client.call('DELETE', 'note', { query: { filter: "(body = 'x')" } })).body).toEqual([{}]);
      expect(await tools.client.rows('SELECT body FROM note')).toEqual(['y']);
    });
  });
}
