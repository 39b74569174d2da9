import { afterAll, describe, expect, it } from 'vitest';
import { sharedStack } from './compose.ts';
import { startLoad } from './load.ts';

const stack = await sharedStack();

afterAll(async () => {
  await stack.scale('api', 3);
  await stack.untilBalancedOver(3);
});

describe('docker compose up --scale', () => {
  it('to five and down to two is picked up by the balancer by itself, and no call fails', async () => {
    const load = await startLoad(stack, { connections: 20, writes: 0.1 });
    try {
      for (const count of [5, 2]) {
        await stack.scale('api', count);
        await stack.untilBalancedOver(count);
        const before = load.ledger.length;
        await load.reached(before + 500);
        const served = (await stack.statistics()).filter(({ isUp, columns }) => isUp && Number(columns.stot) > 0);
        expect(served).toHaveLength(count);
      }
    } finally {
      await load.stop();
    }
    expect(load.failed).toEqual([]);
    expect(load.ledger.length).toBeGreaterThan(1000);
    const written = load.ledger.filter(({ kind }) => kind === 'write').map(({ id }) => id);
    const rows = await writtenItems();
    for (const id of written) expect(rows.filter((item) => item === id)).toHaveLength(1);
  });
});

/** The items of all purchases, straight from the database. */
async function writtenItems(): Promise<readonly string[]> {
  const { stdout } = await stack.exec('sample-postgres', ['psql', '-U', 'sample', '-At', '-c', 'SELECT item FROM purchase']);
  return stdout.trim().split('\n');
}
