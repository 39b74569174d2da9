import { type JsonObject, type Logger, QueueUnavailable } from '@headgate/core';
import { Queue, UnrecoverableError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { type JobHandler, JobRefused, type NewJob, type QueueHealth, type Queues } from '../queues.js';
import type { QueueSettings } from '../settings.js';
import { causeOf, openProducerConnection, openWorkerConnection, reportConnection, watchConnection } from './connection.js';
import { warnOfEviction } from './eviction.js';

/** Before every key; the braces keep all of a queue in one slot of a Redis cluster. */
const PREFIX = '{dfq}';
const ATTEMPTS = 3;
const BACKOFF = { type: 'exponential', delay: 1000, jitter: 0.5 } as const;
/** Seconds. The id of a job that is done is remembered this long, so that adding it again does nothing. */
const KEPT_DONE = { age: 86_400, count: 10_000 } as const;
const KEPT_FAILED = { age: 1_209_600 } as const;
/** A worker that died in the middle of a job costs the job no more than one further run. */
const MOST_STALLED = 1;
const STALLED_CHECK = 30_000;

/** Queues in Redis, by BullMQ. Opens at once, also where Redis is away, and connects as soon as it is there. */
export function openRedisQueues(settings: QueueSettings, log: Logger): Queues {
  return new RedisQueues(settings, log);
}

class RedisQueues implements Queues {
  readonly #settings: QueueSettings;
  readonly #log: Logger;
  readonly #producer: Redis;
  readonly #silence: () => void;
  readonly #unwatch: () => void;
  readonly #queues = new Map<string, Queue>();
  readonly #workers: { readonly worker: Worker; readonly connection: Redis }[] = [];
  #closing: Promise<void> | undefined;

  constructor(settings: QueueSettings, log: Logger) {
    this.#settings = settings;
    this.#log = log;
    this.#producer = openProducerConnection(settings.redis);
    this.#silence = reportConnection(this.#producer, log);
    this.#unwatch = watchConnection(this.#producer);
    warnOfEviction(this.#producer, log);
  }

  async add(queue: string, { name, id, data, delayMs = 0, attempts = ATTEMPTS }: NewJob): Promise<void> {
    if (this.#producer.status !== 'ready' || this.#closing) throw QueueUnavailable();
    try {
      await this.#queue(queue).add(name, data, { jobId: id, delay: delayMs, attempts });
    } catch (error) {
      throw QueueUnavailable().withDetail(error instanceof Error ? causeOf(error) : String(error), error);
    }
  }

  process(queue: string, handler: JobHandler, { concurrency = 1 }: { readonly concurrency?: number } = {}): void {
    const connection = openWorkerConnection(this.#settings.redis);
    connection.on('error', () => {});
    const worker = new Worker<JsonObject>(
      queue,
      async (job, _token, signal) => {
        try {
          await handler(
            { name: job.name, id: job.id ?? '', data: job.data, attempt: job.attemptsStarted },
            signal ?? new AbortController().signal,
          );
        } catch (error) {
          throw error instanceof JobRefused ? new UnrecoverableError(error.message) : error;
        }
      },
      {
        connection,
        prefix: PREFIX,
        concurrency,
        lockDuration: this.#settings.lockMs,
        stalledInterval: Math.min(STALLED_CHECK, this.#settings.lockMs),
        maxStalledCount: MOST_STALLED,
        removeOnComplete: KEPT_DONE,
        removeOnFail: KEPT_FAILED,
        skipVersionCheck: true,
      },
    );
    worker.on('error', (error) => this.#log.debug('a worker of a queue met an error', { queue, error: causeOf(error) }));
    worker.on('failed', (job, error) => {
      this.#log.warn('a job failed', { queue, job: job?.id, name: job?.name, attempt: job?.attemptsMade, error: error.name });
    });
    this.#workers.push({ worker, connection });
  }

  health(): QueueHealth {
    return { driver: 'redis', isConnected: this.#producer.status === 'ready' };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#unwatch();
    await Promise.all(
      this.#workers.map(async ({ worker, connection }) => {
        // Where Redis is away there is nobody to say good-bye to.
        await worker.close(connection.status !== 'ready');
        connection.disconnect();
      }),
    );
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
    this.#silence();
    this.#producer.disconnect();
  }

  #queue(name: string): Queue {
    let queue = this.#queues.get(name);
    if (queue === undefined) {
      queue = new Queue(name, {
        connection: this.#producer,
        prefix: PREFIX,
        skipVersionCheck: true,
        skipWaitingForReady: true,
        defaultJobOptions: { backoff: BACKOFF, removeOnComplete: KEPT_DONE, removeOnFail: KEPT_FAILED },
      });
      queue.on('error', (error) => this.#log.debug('a queue met an error', { queue: name, error: causeOf(error) }));
      this.#queues.set(name, queue);
    }
    return queue;
  }
}
