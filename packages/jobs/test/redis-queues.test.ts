import { QueueUnavailable, SILENT } from '@headgate/core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Job, JobRefused, openRedisQueues, type Queues } from '../src/index.js';
import { startRedis, type TestRedis } from './redis-server.js';

let redis: TestRedis | undefined;
const opened: Queues[] = [];

beforeAll(async () => {
  redis = await startRedis();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((queues) => queues.close()));
});
afterAll(() => redis?.close());

async function open(server: TestRedis): Promise<Queues> {
  const queues = openRedisQueues({ redis: server.settings, lockMs: 1000 }, SILENT);
  opened.push(queues);
  await until(() => queues.health().isConnected, 'the queues are connected');
  return queues;
}

async function until(holds: () => boolean, what: string): Promise<void> {
  for (const deadline = performance.now() + 10_000; !holds(); ) {
    if (performance.now() > deadline) throw new Error(`did not happen within 10 seconds: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('queues in Redis', () => {
  const names = (function* () {
    for (let count = 1; ; count++) yield `queue-${count}`;
  })();

  it('hand a job, as it was given, to one worker', async ({ skip }) => {
    if (!redis) return skip();
    const queue = names.next().value!;
    const [producer, one, two] = [await open(redis), await open(redis), await open(redis)];
    const done: Job[] = [];
    for (const worker of [one, two]) worker.process(queue, async (job) => void done.push(job));
    for (let count = 0; count < 20; count++) await producer.add(queue, { name: 'greet', id: `job-${count}`, data: { count } });
    await until(() => done.length >= 20, 'all jobs are done');
    expect(done.map(({ id }) => id).sort()).toEqual(Array.from({ length: 20 }, (_, count) => `job-${count}`).sort());
    expect(done[0]).toMatchObject({ name: 'greet', attempt: 1, data: { count: expect.any(Number) } });
  });

  it('take a job of a known id once', async ({ skip }) => {
    if (!redis) return skip();
    const queue = names.next().value!;
    const queues = await open(redis);
    const done: string[] = [];
    queues.process(queue, async ({ id }) => void done.push(id));
    for (const id of ['same', 'same', 'last']) await queues.add(queue, { name: 'n', id, data: {} });
    await until(() => done.includes('last'), 'the last job is done');
    expect(done).toEqual(['same', 'last']);
  });

  it('try a job again that failed, and not one that was refused', async ({ skip }) => {
    if (!redis) return skip();
    const queue = names.next().value!;
    const queues = await open(redis);
    const tries: string[] = [];
    queues.process(queue, async ({ name, attempt }) => {
      tries.push(`${name} ${attempt}`);
      if (name === 'refused') throw new JobRefused('never');
      if (attempt === 1) throw new Error('not yet');
    });
    await queues.add(queue, { name: 'refused', id: 'a', data: {} });
    await queues.add(queue, { name: 'failing', id: 'b', data: {} });
    await until(() => tries.includes('failing 2'), 'the second try');
    expect(tries).toEqual(['refused 1', 'failing 1', 'failing 2']);
  });

  it('refuse a job at once while Redis is away, and go on by themselves when it is back', async ({ skip }) => {
    if (!redis) return skip();
    const queue = names.next().value!;
    const queues = await open(redis);
    const done: string[] = [];
    queues.process(queue, async ({ id }) => void done.push(id));
    await queues.add(queue, { name: 'n', id: 'before', data: {} });
    await until(() => done.length === 1, 'the first job is done');

    await redis.cut();
    await until(() => !queues.health().isConnected, 'the loss is noticed');
    const asked = performance.now();
    await expect(queues.add(queue, { name: 'n', id: 'during', data: {} })).rejects.toMatchObject({
      definition: QueueUnavailable.definition,
    });
    expect(performance.now() - asked).toBeLessThan(250);

    await redis.mend();
    await until(() => queues.health().isConnected, 'the queues are connected again');
    await queues.add(queue, { name: 'n', id: 'after', data: {} });
    await until(() => done.includes('after'), 'the worker goes on');
    expect(done).toEqual(['before', 'after']);
  });

  it('notice a Redis that holds its connections and does not answer, and go on when it does', async ({ skip }) => {
    if (!redis) return skip();
    const queue = names.next().value!;
    const queues = await open(redis);
    const done: string[] = [];
    queues.process(queue, async ({ id }) => void done.push(id));
    redis.hold();
    try {
      await until(() => !queues.health().isConnected, 'the silence is noticed');
      await expect(queues.add(queue, { name: 'n', id: 'during', data: {} })).rejects.toMatchObject({
        definition: QueueUnavailable.definition,
      });
    } finally {
      redis.release();
    }
    await until(() => queues.health().isConnected, 'the queues are connected again');
    await queues.add(queue, { name: 'n', id: 'after', data: {} });
    await until(() => done.includes('after'), 'the worker goes on');
  });

  it('open and close while Redis is away', async ({ skip }) => {
    if (!redis) return skip();
    await redis.cut();
    const queues = openRedisQueues({ redis: redis.settings, lockMs: 1000 }, SILENT);
    queues.process('never', async () => {});
    expect(queues.health().isConnected).toBe(false);
    await queues.close();
    await redis.mend();
  });

  it('close when the job at work is done, and take no other', async ({ skip }) => {
    if (!redis) return skip();
    const queue = names.next().value!;
    const queues = await open(redis);
    const begun = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    const done: string[] = [];
    queues.process(queue, async ({ id }) => {
      begun.resolve();
      await finish.promise;
      done.push(id);
    });
    for (const id of ['at-work', 'waiting']) await queues.add(queue, { name: 'n', id, data: {} });
    await begun.promise;
    let isClosed = false;
    const closed = queues.close().then(() => {
      isClosed = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isClosed).toBe(false);
    finish.resolve();
    await closed;
    expect(done).toEqual(['at-work']);
  });
});
