import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { docker, type Stack, startStack, succeeding } from './compose.ts';
import { startMixedLoad, summaryOf, troubleOf, wrongWrites } from './mixed-load.ts';

const CONNECTIONS = 100;
const CALLS = 20_000;
/** A client's milliseconds between two calls: the load stays below what two cores can do, since a call that is refused has failed. */
const PAUSE = 150;
const BROKEN_IMAGE = 'headgate:test-that-does-not-start';

describe('deploy/roll', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ profiles: ['sample'] });
  });
  afterAll(async () => {
    await stack?.down();
    await docker(['rmi', '-f', BROKEN_IMAGE]);
  });

  it('replaces all workers under load, and no call fails', { timeout: 400_000 }, async () => {
    const before = await stack.containers('api');
    const load = await startMixedLoad(stack, { connections: CONNECTIONS, writes: 0.1, logins: 0.005, pause: PAUSE });
    let rolled: Awaited<ReturnType<Stack['script']>>;
    try {
      await load.reached(1000);
      rolled = await stack.script('roll');
      await load.reached(Math.max(CALLS, load.entries.length + 1000));
    } finally {
      await load.stop();
    }
    console.info(`${summaryOf(load)}\n${await troubleOf(stack)}`);

    expect(rolled).toMatchObject({ code: 0, stderr: expect.stringContaining('3 of 3 API workers replaced') });
    const after = await stack.containers('api');
    expect(after.filter(({ isRunning }) => isRunning)).toHaveLength(3);
    expect(after.filter(({ id }) => before.some((old) => old.id === id))).toEqual([]);
    expect(load.failed).toEqual([]);
    expect(load.entries.length).toBeGreaterThanOrEqual(CALLS);
    for (const kind of ['record', 'list', 'write', 'login']) expect(load.of(kind).length, kind).toBeGreaterThan(0);
    expect(await wrongWrites(stack, load)).toEqual([]);
  });

  it('stops at the first successor that does not come up, and the old workers serve on', { timeout: 200_000 }, async () => {
    // An image whose API ends at once; its migrate works.
    const dockerfile = `FROM ${stack.handle.environment.HEADGATE_IMAGE}\nENTRYPOINT ["/bin/sh", "-c", "[ \\"$0\\" != api ] || { echo broken >&2; exit 1; }"]\n`;
    await succeeding(docker(['build', '-q', '-t', BROKEN_IMAGE, '-'], { input: dockerfile }));
    const before = await stack.containers('api');
    const { code, stderr } = await stack.script('roll', { HEADGATE_IMAGE: BROKEN_IMAGE });
    expect(code).toBe(1);
    expect(stderr).toContain('the image is new: migrating the system database');
    expect(stderr).toContain('0 of 3 workers are replaced, all others serve on');
    expect((await stack.containers('api')).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    await stack.untilBalancedOver(3);
  });
});
