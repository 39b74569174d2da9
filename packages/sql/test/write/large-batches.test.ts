import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SILENT } from '@headgate/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sqliteConnector } from '../../src/sqlite/connector.js';
import { WriteClient } from './support/write-client.js';

describe('large batches', () => {
  let client: WriteClient;
  let storage: string;

  beforeAll(async () => {
    storage = await mkdtemp(path.join(tmpdir(), 'headgate-writes-'));
    const config = { database: 'large.db', storage, statements: [], statementTimeoutMs: 20_000, readOnly: false };
    client = new WriteClient(sqliteConnector(config, { serviceName: 'db', log: SILENT }));
    await client.reset();
  });
  afterAll(async () => {
    await client.close();
    await rm(storage, { recursive: true });
  });

  it('creates, changes and deletes 10,000 records without keeping others waiting', async () => {
    const records = Array.from({ length: 10_000 }, (_, index) => ({
      sku: `s${index}`,
      name: `Thing ${index}`,
      price: index,
      made_on: '2024-02-29',
    }));
    let turns = 0;
    let isDone = false;
    const takeTurn = () => {
      turns++;
      if (!isDone) setImmediate(takeTurn);
    };
    takeTurn();
    const created = await client.call('POST', 'product', { body: { resource: records } });
    isDone = true;
    // One statement of all the records would leave others hardly a turn.
    expect(turns).toBeGreaterThan(20);
    expect(created.body).toHaveLength(10_000);
    expect((created.body as { id: number }[]).at(-1)).toEqual({ id: 10_000 });
    const changes = records.map((_, index) => ({ id: index + 1, weight: index }));
    expect((await client.call('PATCH', 'product', { body: { resource: changes } })).body).toHaveLength(10_000);
    const ids = changes.map(({ id }) => id);
    expect((await client.call('DELETE', 'product', { body: { ids } })).body).toHaveLength(10_000);
    expect(await client.rows('SELECT count(*) FROM product')).toEqual(['0']);
  }, 60_000);
});
