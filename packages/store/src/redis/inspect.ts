import { Redis } from 'ioredis';
import { type RedisSettings, redisOptions } from './settings.js';

/** What a Redis says of itself. */
export interface RedisFacts {
  readonly version: string;
  /** `noeviction`, `allkeys-lru` ... */
  readonly evictionPolicy: string;
  /** Whether it keeps what it holds over a restart, and how: `aof`, `snapshots`, `none`. */
  readonly persistence: 'aof' | 'snapshots' | 'none' | undefined;
  readonly usedBytes: number;
  /** Undefined where it is not bounded. */
  readonly maxBytes: number | undefined;
  /** Milliseconds by which its clock is ahead of that of this machine. */
  readonly clockAheadMs: number;
}

/** Milliseconds for a command: who asks waits for it. */
const PATIENCE = 3_000;

/** Asks a Redis, on a connection of its own. Rejects with the driver's error where it does not answer or refuses. */
export async function inspectRedis(settings: RedisSettings): Promise<RedisFacts> {
  const redis = new Redis({
    ...redisOptions(settings),
    lazyConnect: true,
    retryStrategy: () => null,
    sentinelRetryStrategy: () => null,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    commandTimeout: PATIENCE,
    connectTimeout: PATIENCE,
  });
  let last: Error | undefined;
  redis.on('error', (error) => {
    last = error;
  });
  try {
    await redis.connect().catch((error: unknown) => {
      throw last ?? error;
    });
    const info = fieldsOf(await redis.info());
    const asked = Date.now();
    const [seconds, microseconds] = await redis.time();
    const answered = Date.now();
    const maxBytes = Number(info.get('maxmemory') ?? 0);
    return {
      version: info.get('redis_version') ?? 'unknown',
      evictionPolicy: info.get('maxmemory_policy') ?? 'unknown',
      persistence: info.get('aof_enabled') === '1' ? 'aof' : await snapshots(redis),
      usedBytes: Number(info.get('used_memory') ?? 0),
      maxBytes: maxBytes === 0 ? undefined : maxBytes,
      clockAheadMs: Math.round(Number(seconds) * 1000 + Number(microseconds) / 1000 - (asked + answered) / 2),
    };
  } finally {
    redis.disconnect();
  }
}

/** Undefined where this user may not ask. */
async function snapshots(redis: Redis): Promise<RedisFacts['persistence']> {
  try {
    const answer = await redis.config('GET', 'save');
    return Array.isArray(answer) && answer[1] === '' ? 'none' : 'snapshots';
  } catch {
    return undefined;
  }
}

function fieldsOf(info: string): ReadonlyMap<string, string> {
  return new Map(
    info.split('\r\n').flatMap((line): [string, string][] => {
      const colon = line.indexOf(':');
      return colon > 0 ? [[line.slice(0, colon), line.slice(colon + 1)]] : [];
    }),
  );
}
