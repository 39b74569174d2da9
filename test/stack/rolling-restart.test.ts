import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { docker, type Stack, startStack, succeeding } from './compose.ts';
import { startLoad } from './load.ts';

const CONNECTIONS = 100;
const CALLS = 20_000;
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
    const load = await startLoad(stack, { connections: CONNECTIONS, writes: 0.1, logins: 0.01 });
    let rolled: Awaited<ReturnType<Stack['script']>>;
    try {
      await load.reached(1000);
      rolled = await stack.script('roll');
      await load.reached(CALLS);
    } finally {
      await load.stop();
    }
    const rows = (await stack.statistics()).concat(await stack.backend());
    console.log(
      rows
        .map(({ name, columns }) => `${name}: ${['wretr', 'wredis', 'econ', 'eresp'].map((key) => `${key} ${columns[key]}`).join(', ')}`)
        .join('\n'),
    );

    expect(rolled).toMatchObject({ code: 0, stderr: expect.stringContaining('3 of 3 API workers replaced') });
    const after = await stack.containers('api');
    expect(after.filter(({ isRunning }) => isRunning)).toHaveLength(3);
    expect(after.filter(({ id }) => before.some((old) => old.id === id))).toEqual([]);
    expect(load.failed).toEqual([]);
    expect(load.ledger.length).toBeGreaterThanOrEqual(CALLS);
    expect(new Set(load.ledger.map(({ kind }) => kind))).toEqual(new Set(['read', 'write', 'login']));

    const written = load.ledger.filter(({ kind }) => kind === 'write').map(({ id }) => id);
    const { stdout } = await stack.exec('sample-postgres', ['psql', '-U', 'sample', '-At', '-c', 'SELECT item FROM purchase WHERE id > 6']);
    expect(stdout.trim().split('\n').sort()).toEqual(written.sort());
  });

  it('is not needed where a worker is killed: only writes that it was at work on may fail, and none runs twice', async () => {
    const [victim] = await stack.containers('api');
    const load = await startLoad(stack, { connections: 30, writes: 0.2 });
    let killedAt = 0;
    try {
      await load.reached(500);
      killedAt = performance.now();
      await stack.control('kill', victim!);
      await load.reached(load.ledger.length + 2000);
    } finally {
      await load.stop();
      await stack.control('start', victim!);
    }
    expect(load.failed.filter(({ kind }) => kind !== 'write')).toEqual([]);
    // At work when it died: sent before, or so shortly after that the balancer could not know yet.
    for (const { sentAt, problem } of load.failed) {
      expect(sentAt).toBeLessThan(killedAt + 2000);
      // Over a connection to the worker that served before, the balancer closes the client's without an answer, as the worker did.
      expect(problem).toMatch(/^502 |socket hang up|ECONNRESET/);
    }
    const { stdout } = await stack.exec('sample-postgres', ['psql', '-U', 'sample', '-At', '-c', 'SELECT item FROM purchase WHERE id > 6']);
    const rows = Map.groupBy(stdout.trim().split('\n'), (item) => item);
    for (const { id, kind, problem } of load.ledger) {
      if (kind !== 'write') continue;
      const count = rows.get(id)?.length ?? 0;
      expect(count).toBeLessThanOrEqual(1);
      if (problem === undefined) expect(count).toBe(1);
    }
    await stack.untilBalancedOver(3);
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
