import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkCoherence, openKinds, summaryOf } from '../../cluster/coherence-driver.ts';
import { ADMIN, type ContainerOfStack, callApi, docker, type Stack, sharedStack, succeeding, until } from '../compose.ts';
import { ask } from './closed-loop.ts';
import { readContacts, sampleService } from './observing.ts';

const stack: Stack = await sharedStack();

const serverAt = async ({ address }: ContainerOfStack) => (await stack.statistics()).find((one) => one.address === `${address}:8080`);

describe('a worker with another APP_KEY', () => {
  it('says so and ends, answers no call, and nobody notices', { timeout: 180_000 }, async () => {
    const loop = await readContacts(stack, { connections: 20 });
    const other = await stack.startExtra('api', { environment: { APP_KEY: `base64:${randomBytes(32).toString('base64')}` } });
    try {
      // The balancer takes a new address for up until a connection to it fails: what counts is that none of its answers were.
      const answered = new Set<string>();
      await until(async () => {
        for (const { address, columns } of await stack.statistics())
          if (address.startsWith(`${other.address}:`)) answered.add(columns.hrsp_2xx ?? '');
        return !(await stack.container(other.id)).isRunning;
      }, 'the worker with another key to end');
      const { exitCode } = await stack.container(other.id);
      const { stdout, stderr } = await stack.logsOf(other);
      expect(exitCode).toBe(1);
      expect(stdout + stderr).toContain('APP_KEY is not the key with which the secrets of this system database were encrypted');
      expect(answered.size).toBeLessThanOrEqual(1);
      await loop.answered(200);
    } finally {
      await stack.remove(other);
      await loop.stop();
    }
    expect(loop.failed).toEqual([]);
    await stack.untilBalancedOver(3);
  });
});

describe('a worker whose clock is a minute off', () => {
  const image = 'headgate:test-with-faketime';
  let ahead: ContainerOfStack;

  beforeAll(async () => {
    const dockerfile = [
      `FROM ${stack.handle.environment.HEADGATE_IMAGE}`,
      'USER root',
      'RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends libfaketime >/dev/null && ln -s /usr/lib/*/faketime/libfaketimeMT.so.1 /faketime.so',
      'USER node',
    ].join('\n');
    await succeeding(docker(['build', '-q', '-t', image, '-'], { input: dockerfile }));
    const environment = { LD_PRELOAD: '/faketime.so', FAKETIME: '+60s', FAKETIME_DONT_FAKE_MONOTONIC: '1' };
    ahead = await stack.startExtra('api', { environment, image });
    await stack.untilBalancedOver(4);
  });
  afterAll(async () => {
    if (ahead) await stack.remove(ahead);
    await stack.untilBalancedOver(3);
    await docker(['rmi', '-f', image]);
  });

  it('is taken by the balancer, and its clock is off indeed', async () => {
    expect((await serverAt(ahead))?.status).toBe('UP');
    const answer = await fetch(`${ahead.origin}/livez`);
    const off = Date.parse(answer.headers.get('date') ?? '') - Date.now();
    expect(Math.abs(off - 60_000)).toBeLessThan(5_000);
  });

  it('issues tokens that the others accept, and accepts theirs', async () => {
    const workers = await stack.containers('api');
    expect(workers).toHaveLength(3);
    const logIn = async ({ origin }: ContainerOfStack) =>
      (await callApi<{ session_token: string }>(origin, 'POST', 'system/admin/session', ADMIN)).session_token;
    const statusAt = async ({ origin }: ContainerOfStack, token: string) =>
      (await ask(`${origin}/api/v2/system/admin/session`, { 'x-dreamfactory-session-token': token })).status;
    const early = await logIn(ahead);
    for (const worker of workers) expect(await statusAt(worker, early)).toBe(200);
    const late = await logIn(workers[0]!);
    expect(await statusAt(ahead, late)).toBe(200);
  });

  it('is registered, and no change through it or the others is seen late', async () => {
    const { workers } = await stack.admin<{ workers: { role: string; host: string; silent_seconds: number }[] }>('GET', 'system/cluster');
    const itself = workers.find(({ host }) => host === ahead.id.slice(0, 12));
    expect(itself?.silent_seconds).toBeLessThan(15);
    expect(workers.filter(({ role }) => role === 'api')).toHaveLength(4);

    const origins = [ahead, ...(await stack.containers('api'))].map(({ origin }) => origin);
    const kinds = await openKinds({ workers: origins, admin: ADMIN, service: await sampleService(stack) });
    const report = await checkCoherence(kinds, { workers: origins, changes: 4 * kinds.length, within: 60_000 });
    console.info(summaryOf(report));
    expect(report.reads).toBeGreaterThan(0);
    expect(report.stale).toEqual([]);
  });
});

describe('a client behind the balancer that fails to log in', () => {
  const PASSWORD = 'a-long-user-password';
  const EMAIL = `guessed-${randomBytes(4).toString('hex')}@example.com`;

  /** Logs in from a container with an address of its own, again and again until it is slowed. */
  async function logInFrom(host: number, password: string, attempts: number): Promise<readonly number[]> {
    const program = `
      const [target, email, password, attempts] = process.argv.slice(1);
      const statuses = [];
      for (let attempt = 0; attempt < Number(attempts) && statuses.at(-1) !== 429; attempt++) {
        const answer = await fetch(target, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email, password }) });
        await answer.arrayBuffer();
        statuses.push(answer.status);
      }
      console.log(JSON.stringify(statuses));`;
    const { project, environment } = stack.handle;
    const target = 'http://haproxy:8080/api/v2/user/session';
    const words = ['--input-type=module', '-e', program, target, EMAIL, password, String(attempts)];
    // Outside of the range that containers without an address of their own are given.
    const address = `${environment.HEADGATE_EDGE_NETWORK}.${host}`;
    const client = [
      'run',
      '--rm',
      '--network',
      `${project}_edge`,
      '--ip',
      address,
      '--entrypoint',
      'node',
      environment.HEADGATE_IMAGE!,
      ...words,
    ];
    const { stdout } = await succeeding(docker(client));
    return JSON.parse(stdout) as readonly number[];
  }

  it('is slowed, and another one is not', async () => {
    await stack.admin('POST', 'system/user', { resource: [{ name: 'Guessed', email: EMAIL, password: PASSWORD, is_active: true }] });
    // Each of the three workers lets ten attempts pass.
    const guessing = await logInFrom(11, 'not-the-password', 60);
    expect(guessing.at(-1)).toBe(429);
    expect(guessing.length).toBeGreaterThan(10);
    expect(new Set(guessing.slice(0, -1))).toEqual(new Set([401]));
    // The machine of the tests is another client: the balancer's address is not what is counted.
    const wrong = await ask(`${stack.origin}/api/v2/user/session`, {
      authorization: `Basic ${Buffer.from(`${EMAIL}:wrong`).toString('base64')}`,
    });
    expect(wrong.status).toBe(401);
    const { session_token } = await callApi<{ session_token: string }>(stack.origin, 'POST', 'user/session', {
      email: EMAIL,
      password: PASSWORD,
    });
    expect(session_token).toBeTruthy();
    const elsewhere = await logInFrom(12, PASSWORD, 6);
    expect(elsewhere).toEqual(Array(6).fill(200));
  });
});
