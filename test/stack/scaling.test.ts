import { afterAll, describe, expect, it } from 'vitest';
import { sharedStack } from './compose.ts';
import { startMixedLoad, summaryOf, wrongWrites } from './mixed-load.ts';

const stack = await sharedStack();

afterAll(async () => {
  await stack.scale('api', 3);
  await stack.untilBalancedOver(3);
});

describe('docker compose up --scale', () => {
  it('to five and down to two is picked up by the balancer by itself, and no call fails', async () => {
    const load = await startMixedLoad(stack, { connections: 20, writes: 0.1, pause: 40 });
    try {
      for (const count of [5, 2]) {
        await stack.scale('api', count);
        await stack.untilBalancedOver(count);
        await load.reached(load.entries.length + 500);
        const served = (await stack.statistics()).filter(({ isUp, columns }) => isUp && Number(columns.stot) > 0);
        expect(served).toHaveLength(count);
      }
    } finally {
      await load.stop();
    }
    console.info(summaryOf(load));
    expect(load.failed).toEqual([]);
    expect(load.entries.length).toBeGreaterThan(1000);
    expect(await wrongWrites(stack, load)).toEqual([]);
  });
});
