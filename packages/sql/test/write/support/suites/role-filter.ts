import type { RecordFilter } from '@headgate/core';
import { beforeEach, describe, expect, it } from 'vitest';
import type { WriteTools } from '../write-tools.js';

const OWN: RecordFilter = { conditions: [{ name: 'owner', operator: '=', value: '7' }], join: 'and' };
const OWN_OR_OPEN: RecordFilter = {
  conditions: [
    { name: 'owner', operator: '=', value: '7' },
    { name: 'status', operator: '=', value: 'public' },
  ],
  join: 'or',
};

export function roleFilter(name: string, tools: WriteTools): void {
  describe(`a role with a record filter (${name})`, () => {
    beforeEach(async () => {
      await tools.client.sql(
        "INSERT INTO task (owner_id, status, title) VALUES (7, 'open', 'mine'), (8, 'open', 'theirs'), (8, 'public', 'shared')",
      );
    });
    const tasks = () => tools.client.rows('SELECT id, owner_id, title FROM task ORDER BY id');
    const before = ['1|7|mine', '2|8|theirs', '3|8|shared'];

    it('creates records inside it only, a field that is not sent counting as null', async () => {
      expect(await tools.client.call('POST', 'task', { filter: OWN, body: [{ owner: 7, title: 'new' }] })).toMatchObject({ status: 200 });
      for (const record of [{ owner: 8, title: 'x' }, { title: 'x' }, { owner: null, title: 'x' }]) {
        const answer = await tools.client.call('POST', 'task', { filter: OWN, body: [record] });
        expect(answer.body).toMatchObject({ code: 1000, context: { resource: [{ status_code: 403, reason: 'fields_forbidden' }] } });
      }
      expect(await tools.client.rows("SELECT count(*) FROM task WHERE title = 'x'")).toEqual(['0']);
    });

    it('denies where none of several conditions holds', async () => {
      const denied = await tools.client.call('POST', 'task', { filter: OWN_OR_OPEN, body: [{ owner: 8, status: 'open', title: 'x' }] });
      expect(denied.body).toMatchObject({ context: { resource: [{ status_code: 403 }] } });
      expect(
        await tools.client.call('POST', 'task', { filter: OWN_OR_OPEN, body: [{ owner: 8, status: 'public' }, { owner: 7 }] }),
      ).toMatchObject({ status: 200 });
    });

    it('finds the one record of many that lies outside', async () => {
      const records = Array.from({ length: 40 }, (_, index) => ({ owner: index === 25 ? 8 : 7, title: `n${index}` }));
      const answer = await tools.client.call('POST', 'task', { filter: OWN, query: { continue: 'true' }, body: { resource: records } });
      expect(answer.body).toMatchObject({ context: { error: [25] } });
      expect(await tools.client.rows("SELECT count(*) FROM task WHERE title LIKE 'n%'")).toEqual(['39']);
    });

    it.each(['PATCH', 'DELETE'] as const)('sees no other records (%s)', async (verb) => {
      const body = verb === 'PATCH' ? { resource: [{ title: 'stolen' }] } : undefined;
      const one = verb === 'PATCH' ? { title: 'stolen' } : undefined;
      expect(await tools.client.call(verb, 'task/2', { filter: OWN, ...(one && { body: one }) })).toMatchObject({ status: 404 });
      expect(await tools.client.call(verb, 'task', { filter: OWN, query: { ids: '2' }, ...(body && { body }) })).toMatchObject({
        body: { code: 1000 },
      });
      const byFilter = await tools.client.call(verb, 'task', {
        filter: OWN,
        query: { filter: '(id = 2) or (id = 3)' },
        ...(body && { body }),
      });
      expect(byFilter.body).toEqual([]);
      expect(await tasks()).toEqual(before);
    });

    it('never moves a record out, whichever way it is written', async () => {
      expect(await tools.client.call('PATCH', 'task/1', { filter: OWN, body: { owner: 8 } })).toMatchObject({
        status: 403,
        body: { reason: 'fields_forbidden' },
      });
      expect(await tools.client.call('PATCH', 'task', { filter: OWN, query: { ids: '1' }, body: [{ OWNER: 8 }] })).toMatchObject({
        body: { context: { resource: [{ status_code: 403 }] } },
      });
      expect(await tools.client.call('PATCH', 'task', { filter: OWN, query: { filter: '(id > 0)' }, body: [{ owner: 8 }] })).toMatchObject({
        status: 403,
      });
      expect(await tools.client.call('PATCH', 'task', { filter: OWN, body: [{ id: 1, owner: null }] })).toMatchObject({
        body: { code: 1000 },
      });
      expect(await tools.client.call('PATCH', 'task/3', { filter: OWN_OR_OPEN, body: { status: 'open' } })).toMatchObject({ status: 403 });
      expect(await tasks()).toEqual(before);
      expect(await tools.client.rows('SELECT status FROM task WHERE id = 3')).toEqual(['public']);
    });

    it('changes what stays inside', async () => {
      expect(await tools.client.call('PATCH', 'task/1', { filter: OWN, body: { title: 'done', owner: 7 } })).toEqual({
        status: 200,
        body: { id: 1 },
      });
      expect(
        (
          await tools.client.call('PATCH', 'task', {
            filter: OWN,
            query: { filter: '(id > 0)', fields: 'id,title' },
            body: [{ title: 'all' }],
          })
        ).body,
      ).toEqual([{ id: 1, title: 'all' }]);
      expect(await tasks()).toEqual(['1|7|all', '2|8|theirs', '3|8|shared']);
    });

    it('deletes by force only what it may see', async () => {
      expect(await tools.client.call('DELETE', 'task', { filter: OWN, query: { force: 'true' } })).toMatchObject({
        body: { success: true },
      });
      expect(await tasks()).toEqual(before.slice(1));
    });

    it('holds for tables without a key', async () => {
      const inside = await tools.client.call('POST', 'note', {
        filter: { conditions: [{ name: 'owner_id', operator: '<', value: '5' }], join: 'and' },
        body: [{ owner_id: 4, body: 'x' }],
      });
      expect(inside.status).toBe(200);
      const outside = await tools.client.call('POST', 'note', {
        filter: { conditions: [{ name: 'owner_id', operator: '<', value: '5' }], join: 'and' },
        body: [{ owner_id: 6, body: 'y' }],
      });
      expect(outside.body).toMatchObject({ context: { resource: [{ status_code: 403 }] } });
      expect(await tools.client.rows('SELECT body FROM note')).toEqual(['x']);
    });
  });
}
