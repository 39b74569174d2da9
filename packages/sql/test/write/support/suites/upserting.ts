import type { RecordFilter } from '@headgate/core';
import { describe, expect, it } from 'vitest';
import type { WriteTools } from '../write-tools.js';

const OWN: RecordFilter = { conditions: [{ name: 'owner', operator: '=', value: '7' }], join: 'and' };
export function upserting(name: string, tools: WriteTools): void {
  const { product, create, skus } = tools;

  describe(`upserting (${name})`, () => {
    const config = { allowUpsert: true };

    it('creates what does not exist only where the service allows it', async () => {
      expect(await tools.client.call('PUT', 'product/50', { body: product('a') })).toMatchObject({ status: 404 });
      expect(await skus()).toEqual([]);
      expect(await tools.client.call('PUT', 'product/50', { config, body: product('a') })).toEqual({ status: 200, body: { id: 50 } });
      expect(await tools.client.call('PATCH', 'product/50', { config, body: { name: 'Again' } })).toEqual({
        status: 200,
        body: { id: 50 },
      });
      expect(await tools.client.rows('SELECT id, name FROM product')).toEqual(['50|Again']);
    });

    it('creates and changes in one batch', async () => {
      await create(product('a'));
      const body = [
        { id: 1, name: 'A2' },
        { id: 60, ...product('b') },
      ];
      expect((await tools.client.call('PATCH', 'product', { config, query: { fields: 'id,name' }, body })).body).toEqual([
        { id: 1, name: 'A2' },
        { id: 60, name: 'Thing b' },
      ]);
    });

    it('never changes another record by another unique key', async () => {
      await create(product('a'));
      const answer = await tools.client.call('PUT', 'product/70', { config, body: product('a', { name: 'Stolen' }) });
      expect(answer).toMatchObject({ status: 409 });
      expect(await tools.client.rows('SELECT id, name FROM product')).toEqual(['1|Thing a']);
    });

    it('is one record when many do it at once', async () => {
      const answers = await Promise.all(
        Array.from({ length: 6 }, (_, index) => tools.client.call('PUT', 'enrollment/1,A1', { config, body: { grade: index } })),
      );
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
      expect(await tools.client.rows('SELECT count(*) FROM enrollment')).toEqual(['1']);
    });

    it('neither touches nor reveals a record that the role hides', async () => {
      await tools.client.sql("INSERT INTO task (id, owner_id, title) VALUES (5, 8, 'hidden')");
      const answer = await tools.client.call('PUT', 'task/5', { config, filter: OWN, body: { owner: 7, title: 'mine' } });
      expect(answer).toMatchObject({ status: 404 });
      expect(JSON.stringify(answer)).not.toMatch(/already exists/);
      expect(await tools.client.rows('SELECT owner_id, title FROM task')).toEqual(['8|hidden']);
    });
  });
}
