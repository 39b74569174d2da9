import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ContainerOfStack, sharedStack, succeeding, until } from '../compose.ts';
import { ask, type ClosedLoop } from './closed-loop.ts';
import { readContacts } from './observing.ts';

const STANDSTILL = 10_000;
const IN_SOCKET = 5;

const stack = await sharedStack();

describe('a worker that stands still', () => {
  let still: ContainerOfStack;
  let others: readonly ContainerOfStack[];
  let loop: ClosedLoop | undefined;
  let isPaused = false;
  let restore: (() => Promise<unknown>) | undefined;

  beforeAll(async () => {
    [still, ...others] = (await stack.containers('api')) as [ContainerOfStack, ...ContainerOfStack[]];
  });
  afterEach(async () => {
    if (isPaused) await goOn();
    await restore?.();
    restore = undefined;
    await loop?.stop();
    await stack.untilBalancedOver(3);
  });

  const standStill = async () => {
    await stack.control('pause', still);
    isPaused = true;
  };
  const goOn = async () => {
    await stack.control('unpause', still);
    isPaused = false;
  };
  const statusOf = async ({ address }: ContainerOfStack): Promise<string> =>
    (await stack.statistics()).find((one) => one.address === `${address}:8080`)?.status ?? 'unknown';
  const statuses = async () =>
    Object.fromEntries(
      (await stack.statistics()).filter(({ status }) => !status.startsWith('MAINT')).map(({ address, status }) => [address, status]),
    );
  /** The process of the balancer that answers. */
  const process = async () =>
    /^Pid: (\d+)$/m.exec((await succeeding(stack.exec('haproxy', ['/usr/local/etc/haproxy/ask', 'show info']))).stdout)?.[1];
  const untilDown = () => until(async () => (await statusOf(still)).startsWith('DOWN'), 'the balancer to take the worker out');

  it('is taken out while the others serve, and gives no old answer when it goes on', async () => {
    const { resource } = await stack.admin<{ resource: { role_id: number }[] }>('GET', "system/app?filter=name='sample_app'");
    const setActive = (isActive: boolean) =>
      stack.admin('PATCH', `system/role/${resource[0]?.role_id}`, { is_active: isActive }, others[0]?.origin);
    const rows = 'api/v2/sample/_table/contact?limit=1';
    const headers = { 'x-dreamfactory-api-key': await stack.sampleKey() };
    expect(await ask(`${still.origin}/${rows}`, headers)).toMatchObject({ status: 200 });

    loop = await readContacts(stack);
    await standStill();
    const stoppedAt = performance.now();
    const inSocket = Array.from({ length: IN_SOCKET }, () => ask(`${still.origin}/${rows}`, headers));
    await untilDown();
    const down = performance.now() - stoppedAt;
    const served = loop.calls.length;
    await loop.answered(500);
    expect(loop.failed).toEqual([]);
    await until(async () => performance.now() - stoppedAt > STANDSTILL, 'ten seconds of standstill');
    const asked = performance.now();
    restore = () => setActive(true);
    await setActive(false);
    const took = performance.now() - asked;
    await goOn();
    const answers = await Promise.all(inSocket);
    console.info(
      `out of the balancer after ${down.toFixed(0)} ms, ${served} calls served meanwhile; the change took ${took.toFixed(0)} ms`,
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(IN_SOCKET).fill(403));
    expect(took).toBeLessThan(3_000);
    await loop.stop();
    expect(loop.calls.filter(({ status, sentAt }) => status === 200 && sentAt > asked + took)).toEqual([]);
  });

  it('stays out when the balancer is reloaded, under load and without a failed call', async () => {
    loop = await readContacts(stack);
    const former = await loop.p99Of(3);
    await standStill();
    await untilDown();
    // What was in the socket of the one that stands still waits for it, and may be too late when it goes on.
    const downAt = performance.now();
    const before = await statuses();
    for (let reload = 0; reload < 3; reload++) {
      const old = await process();
      await succeeding(stack.exec('haproxy', ['/usr/local/etc/haproxy/reload']));
      await until(async () => (await process()) !== old, 'another process of the balancer');
      expect(await statuses()).toEqual(before);
      await loop.answered(300);
    }
    const reloadedAt = performance.now();
    const recovery = await loop.recovery(reloadedAt, former);
    await goOn();
    await loop.stop();
    console.info(recovery);
    expect(loop.failed.filter(({ sentAt }) => sentAt > downAt)).toEqual([]);
    expect(recovery.milliseconds).toBeLessThanOrEqual(5_000);
  });
});
