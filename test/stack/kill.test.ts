import { describe, expect, it } from 'vitest';
import { docker, sharedStack, succeeding, until } from './compose.ts';
import { sentAgain, servedBy, startMixedLoad, summaryOf, troubleOf, wrongWrites } from './mixed-load.ts';

const stack = await sharedStack();
const CONNECTIONS = 60;
/** What the balancer sends to another worker when a connection breaks before an answer. */
const REPEATABLE = /^[^/]+\/_(table|schema)(\/|$)/;

describe('a worker that is killed under load', () => {
  it('loses its own calls under way and nothing else: no read fails, no write runs twice', { timeout: 180_000 }, async () => {
    const [, victim] = await stack.containers('api');
    const server = (await stack.statistics()).find(({ address }) => address === `${victim!.address}:8080`)!.name;
    const restarts = await restartsOf(victim!.id);
    const again = await sentAgain(stack);
    const load = await startMixedLoad(stack, { connections: CONNECTIONS, writes: 0.4 });
    let from: number;
    let to: number;
    try {
      await load.reached(1000);
      from = performance.now();
      // Not the container: what ends it then is that its process is gone, as when the kernel needs memory.
      await succeeding(docker(['exec', victim!.id, 'sh', '-c', 'kill -KILL $(cat /proc/1/task/1/children)']));
      // Until then its sockets may take connections that nobody reads from any more.
      await until(async () => (await restartsOf(victim!.id)) > restarts, 'the container to start again');
      to = performance.now();
      await load.reached(load.entries.length + 2000);
    } finally {
      await load.stop();
    }
    console.info(`${summaryOf(load)}\n${await troubleOf(stack)}`);

    const { failed } = load;
    expect(failed.filter(({ method, target, status }) => method === 'GET' && REPEATABLE.test(target) && status !== 200)).toEqual([]);
    const underWay = failed.filter(({ sentAt, endedAt }) => sentAt <= to && endedAt >= from);
    expect(failed.filter((entry) => !underWay.includes(entry))).toEqual([]);
    // 502, or the connection closed, which the balancer does not log.
    const answered = failed.filter(({ status }) => status !== undefined);
    expect(answered.filter(({ status }) => status !== 502)).toEqual([]);
    const servers = await servedBy(stack, answered);
    expect(answered.filter(({ id }) => servers.get(id) !== server)).toEqual([]);
    expect(await wrongWrites(stack, load)).toEqual([]);
    // Else nothing was under way when it was killed, and nothing shown.
    expect((await sentAgain(stack)) - again + failed.length).toBeGreaterThan(0);
    await stack.untilBalancedOver(3);
  });
});

async function restartsOf(id: string): Promise<number> {
  return Number((await succeeding(docker(['inspect', '--format', '{{.RestartCount}}', id]))).stdout);
}
