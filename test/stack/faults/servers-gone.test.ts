import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type CoherenceTarget, checkCoherence, type Kind, openKinds, summaryOf } from '../../cluster/coherence-driver.ts';
import { ADMIN, type ContainerOfStack, callApi, type ServiceName, type Stack, startStack, until } from '../compose.ts';
import { ask, type Call, type ClosedLoop } from './closed-loop.ts';
import {
  linesWith,
  metric,
  processesOf,
  readContacts,
  sampleService,
  untilMetric,
  untilPostgresAnswers,
  untilReadiness,
} from './observing.ts';

const RECOVERED_WITHIN = 5_000;
/** For the changes of one look at coherence. */
const LONGEST = 15_000;
/** A proof holds so long. */
const PROOF = 500;
/** Reasons or messages of the refusals. */
const BY_WORKER = 'system_unavailable';
const BY_BALANCER = 'Service is overloaded, retry later.';

describe('a stack of three workers', () => {
  let stack: Stack;
  let workers: readonly ContainerOfStack[];
  let jobWorker: ContainerOfStack;
  let kinds: readonly Kind[];
  let loop: ClosedLoop | undefined;

  beforeAll(async () => {
    stack = await startStack({ profiles: ['sample'] });
    workers = await stack.containers('api');
    [jobWorker] = (await stack.containers('worker')) as [ContainerOfStack];
    const target: CoherenceTarget = { workers: workers.map(({ origin }) => origin), admin: ADMIN, service: await sampleService(stack) };
    kinds = await openKinds(target);
  });
  afterEach(() => loop?.stop());
  afterAll(() => stack?.down());

  const server = async (service: ServiceName): Promise<ContainerOfStack> => {
    const [container] = await stack.containers(service);
    if (container === undefined) throw new Error(`no container of ${service}`);
    return container;
  };

  const bothWays = [
    { way: 'stopped', take: 'stop', giveBack: 'start' },
    { way: 'standing still', take: 'pause', giveBack: 'unpause' },
  ] as const;

  /** Changes through each worker are read back at each at once. Answers what was stale. */
  const staleAnswers = async (names: readonly string[], changes: number) => {
    const chosen = kinds.filter(({ name }) => names.includes(name));
    expect(chosen).toHaveLength(names.length);
    const report = await checkCoherence(chosen, { workers: workers.map(({ origin }) => origin), changes, within: LONGEST });
    console.info(summaryOf(report));
    expect(report.reads).toBeGreaterThan(0);
    return report.stale;
  };

  it.each(bothWays)('answers 503 while PostgreSQL is $way, and is as before when it is back', async ({ way, take, giveBack }) => {
    const before = await processesOf(stack, 'api', 'worker');
    const [gone, back] = ['the configuration cannot be proven', 'the system database answers again'];
    const linesOf = (worker: ContainerOfStack, text: string) => linesWith(stack, worker, text);
    const lines = await Promise.all(workers.map(async (worker) => (await linesOf(worker, gone)).length));
    loop = await readContacts(stack);
    const former = await loop.p99Of(4);

    const postgres = await server('postgres');
    const takenAt = performance.now();
    await stack.control(take, postgres);
    const goneAt = performance.now();
    const unready = await untilReadiness(workers, ['the system database does not answer'], takenAt);
    await untilReadiness([jobWorker], ['the system database does not answer'], goneAt);
    await stack.untilBalancedOver(0);
    for (const worker of workers) expect(await metric(worker, 'headgate_system_proof_age_seconds')).toBeGreaterThan(5);
    const byBalancer = await ask(`${stack.origin}/api/v2/sample/_table/contact`);
    const during = loop.calls.filter(({ sentAt }) => sentAt > goneAt + PROOF);
    await stack.control(giveBack, postgres);
    await untilPostgresAnswers(stack);
    const backAt = performance.now();
    const recovery = await loop.recovery(backAt, former);
    const recoveredAt = backAt + recovery.milliseconds;
    await loop.answered(1000);
    await loop.stop();

    const slowest = Math.max(...during.map(({ milliseconds }) => milliseconds));
    console.info(`PostgreSQL ${way}: not ready after ${unready.toFixed(0)} ms, slowest refusal ${slowest.toFixed(0)} ms`, recovery);
    const answers = [...new Set(during.map(({ status, reason, retryAfter }) => `${status} ${reason}, Retry-After ${retryAfter}`))];
    console.info(`${during.length} refusals: ${answers.join('; ')}`);
    expect(answers).toContain(`503 ${BY_WORKER}, Retry-After 5`);
    expect(answers.filter((answer) => ![BY_WORKER, BY_BALANCER].some((reason) => answer === `503 ${reason}, Retry-After 5`))).toEqual([]);
    expect(slowest).toBeLessThan(5_000);
    expect(byBalancer).toMatchObject({ status: 503, retryAfter: '5' });
    expect(unready).toBeGreaterThan(3_000);
    expect(recovery.milliseconds).toBeLessThanOrEqual(RECOVERED_WITHIN);
    expect(failedSince(loop, recoveredAt)).toEqual([]);
    expect(await processesOf(stack, 'api', 'worker')).toEqual(before);
    await untilReadiness([...workers, jobWorker], [], backAt);
    for (const [index, worker] of workers.entries()) {
      const told = await linesOf(worker, gone);
      expect(told.length - lines[index]!, 'lines at its going').toBe(1);
      expect((await linesOf(worker, back)).length - lines[index]!, 'lines at its return').toBe(1);
      expect(told.join('\n')).not.toMatch(/\d+\.\d+\.\d+\.\d+|ENOTFOUND postgres|@/);
    }
    expect(await staleAnswers(['role'], 3)).toEqual([]);
  });

  it.each(bothWays)('loses no call and stays coherent while the Redis of the state is $way', async ({ way, take, giveBack }) => {
    const before = await processesOf(stack, 'api', 'worker');
    loop = await readContacts(stack);
    const former = await loop.p99Of(4);
    const redis = await server('redis-state');

    await stack.control(take, redis);
    await untilMetric(workers, 'headgate_store_connected', 'store="bus",driver="redis"', 0);
    await untilReadiness([jobWorker], ['the store of the queues does not answer'], performance.now());
    expect(await staleAnswers(['role', 'app key', 'revoked token'], 12)).toEqual([]);
    await callApi(stack.origin, 'POST', 'system/admin/session', ADMIN);
    await untilReadiness(workers, [], performance.now());

    await stack.control(giveBack, redis);
    const backAt = performance.now();
    await untilMetric(workers, 'headgate_store_connected', 'store="bus",driver="redis"', 1);
    await untilReadiness([jobWorker], [], backAt);
    console.info(`Redis state ${way}: bus and job worker are back after ${(performance.now() - backAt).toFixed(0)} ms`);
    const recovery = await loop.recovery(backAt, former);
    await loop.stop();
    console.info(recovery);
    expect(recovery.milliseconds).toBeLessThanOrEqual(RECOVERED_WITHIN);
    expect(loop.failed).toEqual([]);
    expect(await processesOf(stack, 'api', 'worker')).toEqual(before);
    expect(await staleAnswers(['role'], 3)).toEqual([]);
  });

  it('loses no call while the Redis of the cache is gone', async () => {
    loop = await readContacts(stack);
    const former = await loop.p99Of(4);
    const redis = await server('redis-cache');
    await stack.control('stop', redis);
    const goneAt = performance.now();
    const without = await loop.recovery(goneAt, former);
    await untilReadiness([...workers, jobWorker], [], goneAt);
    expect(await staleAnswers(['role', 'lookup'], 6)).toEqual([]);
    await stack.control('start', redis);
    const backAt = performance.now();
    await until(
      async () =>
        (await Promise.all(workers.map((worker) => metric(worker, 'headgate_store_connected', 'store="cache",driver="redis"')))).every(
          (one) => one === 1,
        ),
      'the cache to be used again',
    );
    const recovery = await loop.recovery(backAt, former);
    await loop.stop();
    console.info(without, recovery);
    expect(without.milliseconds).toBeLessThanOrEqual(RECOVERED_WITHIN);
    expect(recovery.milliseconds).toBeLessThanOrEqual(RECOVERED_WITHIN);
    expect(loop.failed).toEqual([]);
  });
});

const failedSince = (loop: ClosedLoop, from: number): readonly Call[] => loop.failed.filter(({ sentAt }) => sentAt >= from);
