import type { JsonObject } from '@headgate/core';
import { describe, expect, it } from 'vitest';
import type { WriteTools } from '../write-tools.js';

export function batches(name: string, tools: WriteTools): void {
  const { product, skus } = tools;

  describe(`batches (${name})`, () => {
    const three = [product('a'), { sku: 'b', name: 'bad' }, product('c')];
    const duplicates = [product('a'), product('a'), product('c')];

    it.each([
      ['a record that cannot be read', three],
      ['a record that the database refuses', duplicates],
    ])('stops at %s and keeps the ones before it', async (_what, records) => {
      const answer = await tools.client.call('POST', 'product', { body: { resource: records } });
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
      const answer = await tools.client.call('POST', 'product', { query: { continue: 'true' }, body: { resource: records } });
      expect(answer.body).toMatchObject({
        context: { error: [1], resource: [{}, { status_code: expect.any(Number) }, { id: expect.any(Number) }] },
      });
      expect(await skus()).toEqual(['a', 'c']);
    });

    it.each([
      ['a record that cannot be read', three],
      ['a record that the database refuses', duplicates],
    ])('undoes everything after %s with rollback', async (_what, records) => {
      const answer = await tools.client.call('POST', 'product', { query: { rollback: 'true' }, body: { resource: records } });
      expect(answer.body).toMatchObject({
        code: 1000,
        message: 'Batch Error: Not all requested records could be created. All changes rolled back.',
      });
      expect(await skus()).toEqual([]);
    });

    it('refuses continue together with rollback', async () => {
      const answer = await tools.client.call('POST', 'product', { query: { continue: '1', rollback: 'yes' }, body: [product('a')] });
      expect(answer).toMatchObject({ status: 400, body: { reason: 'continue_and_rollback' } });
    });

    it('finds the failing ones of many', async () => {
      const records = Array.from({ length: 3_000 }, (_, index) => product([700, 701, 2_999].includes(index) ? 's0' : `s${index}`));
      const answer = await tools.client.call('POST', 'product', { query: { continue: 'true' }, body: { resource: records } });
      expect(answer.body).toMatchObject({ context: { error: [700, 701, 2_999] } });
      expect(await tools.client.rows('SELECT count(*) FROM product')).toEqual(['2997']);
    });
  });
}
