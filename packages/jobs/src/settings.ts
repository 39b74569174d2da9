import { ConfigurationError, type Settings } from '@headgate/core';

/** Where a Redis is. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  readonly tls: boolean;
  /** Who knows which Redis is the primary; `host` and `port` count for nothing then. */
  readonly sentinel: { readonly host: string; readonly port: number; readonly master: string } | undefined;
}

export interface QueueSettings {
  readonly redis: RedisAddress;
  /** How long a job may go without a sign of life of its worker before another one takes it, in milliseconds. */
  readonly lockMs: number;
}

/** Why no worker runs over this driver, and what to do. */
const WITHOUT_WORKER: Readonly<Record<string, string>> = {
  sync: 'is "sync", which does queued work in the API process: no job worker is needed',
  null: 'is "null", which discards queued work: no job worker is needed',
  database: 'is "database", whose queue one machine alone works off: no job worker of its own is needed',
};

/**
 * The queues as a job worker needs them (operations.md 4.1). Throws `ConfigurationError` where the driver is one that no worker of its
 * own works off.
 */
export function queueSettings({ queue, redis }: Pick<Settings, 'queue' | 'redis'>): QueueSettings {
  const problem = WITHOUT_WORKER[queue.connection];
  if (problem !== undefined) {
    throw new ConfigurationError([
      {
        name: 'QUEUE_CONNECTION',
        problem,
        allowed: 'For job workers of their own set QUEUE_CONNECTION=redis and QUEUE_HOST (or REDIS_HOST) to a Redis that does not evict.',
      },
    ]);
  }
  return { redis: queueRedis(queue, redis), lockMs: queue.retryAfter };
}

/** `REDIS_URL` stands before `REDIS_HOST`, and `QUEUE_HOST` before both; the index is the queues' own in any case. */
function queueRedis(queue: Settings['queue'], redis: Settings['redis']): RedisAddress {
  const hasOwnHost = queue.host !== undefined && queue.host !== redis.host;
  const sentinel =
    redis.sentinelHost === undefined || hasOwnHost
      ? undefined
      : { host: redis.sentinelHost, port: redis.sentinelPort, master: redis.sentinelMaster };
  if (redis.url !== undefined && !hasOwnHost) return { ...parseUrl(redis.url), database: queue.database, sentinel };
  return {
    host: queue.host ?? '127.0.0.1',
    port: queue.port,
    username: redis.username,
    password: queue.password,
    database: queue.database,
    tls: queue.tls,
    sentinel,
  };
}

function parseUrl(text: string): Pick<RedisAddress, 'host' | 'port' | 'username' | 'password' | 'tls'> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['redis:', 'rediss:'].includes(url.protocol) || url.hostname === '') {
    throw new ConfigurationError([
      { name: 'REDIS_URL', problem: 'is no address of a Redis', allowed: 'redis:// or rediss://user:password@host:port' },
    ]);
  }
  const part = (value: string) => (value === '' ? undefined : decodeURIComponent(value));
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? 6379 : Number(url.port),
    username: part(url.username),
    password: part(url.password),
    tls: url.protocol === 'rediss:',
  };
}
