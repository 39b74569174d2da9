import { ConfigurationError, type Settings } from '@headgate/core';
import { queueRedis, type RedisSettings } from '@headgate/store';

export interface QueueSettings {
  readonly redis: RedisSettings;
  /** How long a job may go without a sign of life of its worker before another one takes it, in milliseconds. */
  readonly lockMs: number;
}

/** Why no worker runs over this driver. */
const WITHOUT_WORKER: Readonly<Record<string, string>> = {
  sync: 'is "sync", which does queued work in the API process: no job worker is needed',
  null: 'is "null", which discards queued work: no job worker is needed',
  database: 'is "database", whose queue one machine alone works off: no job worker of its own is needed',
};

/**
 * The queues as a job worker needs them (operations.md 4.1). Throws `ConfigurationError` where the driver is one that no worker of its
 * own works off, and where the address of Redis is none.
 */
export function queueSettings(settings: Settings): QueueSettings {
  const { connection, retryAfter } = settings.queue;
  const redis = queueRedis(settings);
  if (redis === undefined) {
    throw new ConfigurationError([
      {
        name: 'QUEUE_CONNECTION',
        problem: WITHOUT_WORKER[connection] ?? `is "${connection}"`,
        allowed: 'For job workers of their own set QUEUE_CONNECTION=redis and QUEUE_HOST (or REDIS_HOST) to a Redis that does not evict.',
      },
    ]);
  }
  return { redis, lockMs: retryAfter };
}
