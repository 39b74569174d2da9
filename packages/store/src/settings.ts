import { ConfigurationError, type ConfigurationProblem, type Settings } from '@headgate/core';
import type { RedisSentinels, RedisSettings } from './redis/settings.js';

export type CacheSettings =
  | { readonly driver: 'memory' }
  | { readonly driver: 'redis'; readonly redis: RedisSettings; readonly prefix: string }
  | { readonly driver: 'memcached'; readonly memcached: MemcachedSettings; readonly prefix: string }
  | { readonly driver: 'file'; readonly directory: string; readonly prefix: string }
  | { readonly driver: 'database'; readonly table: string; readonly prefix: string };

export interface MemcachedSettings {
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** `memory` is that of the process, or of the parent of `headgate cluster`. */
export type StateSettings =
  | { readonly driver: 'memory' }
  | { readonly driver: 'redis'; readonly redis: RedisSettings; readonly prefix: string };

/** Which adapter serves each port. */
export interface StoreSettings {
  readonly cache: CacheSettings;
  readonly counters: StateSettings;
  readonly bus: StateSettings;
  readonly lock: StateSettings;
}

/** Where a store can be reached from: by this process alone, by all processes of this machine, by whoever reaches the network. */
export type Sharing = 'process' | 'host' | 'network';

/** What the configuration asks for (operations.md 1.11, 2.1, 5, 7.3). Throws `ConfigurationError` where it cannot be. */
export function storeSettings(settings: Settings): StoreSettings {
  const problems = [...bracesIn('LIMIT_CACHE_PREFIX', settings.limitCache.prefix), ...memcachedTls(settings)];
  if (problems.length > 0) throw new ConfigurationError(problems);
  const state = stateSettings(settings);
  return {
    cache: cacheSettings(settings),
    counters:
      settings.limitCache.store === 'redis'
        ? { driver: 'redis', redis: redisOf(settings, settings.limitCache), prefix: settings.limitCache.prefix }
        : { driver: 'memory' },
    bus: state,
    lock: state,
  };
}

/** The Redis of queued work; undefined where the queue is elsewhere. */
export function queueRedis(settings: Settings): RedisSettings | undefined {
  const { connection } = settings.queue;
  return connection === 'redis' || connection === 'beanstalkd' || connection === 'sqs' ? redisOf(settings, settings.queue) : undefined;
}

/** From where all stores can be reached that workers must share. `isClusterParent`: a parent process serves what is in memory. */
export function sharing(settings: StoreSettings, { isOnServer, hasParent }: SharingFacts): Readonly<Record<keyof StoreSettings, Sharing>> {
  const memory: Sharing = hasParent ? 'host' : 'process';
  const of = ({ driver }: CacheSettings | StateSettings): Sharing => {
    if (driver === 'memory') return memory;
    if (driver === 'file') return 'host';
    if (driver === 'database') return isOnServer ? 'network' : 'host';
    return 'network';
  };
  return { cache: of(settings.cache), counters: of(settings.counters), bus: of(settings.bus), lock: of(settings.lock) };
}

export interface SharingFacts {
  /** Whether the system database is a server rather than a file. */
  readonly isOnServer: boolean;
  /** Whether this process is a worker of `headgate cluster`. */
  readonly hasParent: boolean;
}

function cacheSettings(settings: Settings): CacheSettings {
  const { cache } = settings;
  switch (cache.store) {
    case 'redis':
      return { driver: 'redis', redis: redisOf(settings, cache), prefix: cache.prefix };
    case 'memcached':
      return {
        driver: 'memcached',
        memcached: { servers: hostList(cache.host ?? '127.0.0.1', cache.port), username: cache.username, password: cache.password },
        prefix: cache.prefix,
      };
    case 'file':
      return { driver: 'file', directory: cache.path, prefix: cache.prefix };
    case 'database':
      return { driver: 'database', table: cache.table, prefix: cache.prefix };
    default:
      return { driver: 'memory' };
  }
}

/** The bus and locks need a Redis where one is configured at all, whatever `BROADCAST_CONNECTION` says (operations.md B-1). */
function stateSettings(settings: Settings): StateSettings {
  const { bus, limitCache, redis } = settings;
  // A memcached of the limits is no Redis, though the bus falls back on its name.
  const isMemcached = limitCache.store === 'memcached' && bus.host === limitCache.host && bus.host !== redis.host;
  const own = isMemcached ? { ...bus, host: redis.host, port: redis.port } : bus;
  const hasRedis = own.host !== undefined || redis.url !== undefined || redis.sentinelHost !== undefined;
  return hasRedis ? { driver: 'redis', redis: redisOf(settings, own), prefix: limitCache.prefix } : { driver: 'memory' };
}

interface RedisRole {
  readonly host: string | undefined;
  readonly port: number;
  readonly username?: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  readonly tls: boolean;
}

/** A role that names a Redis of its own gets that one; else REDIS_SENTINEL_HOST, REDIS_URL and REDIS_HOST count, in this order. */
function redisOf({ redis }: Settings, role: RedisRole): RedisSettings {
  const backoff = { algorithm: redis.backoffAlgorithm, base: redis.backoffBase, cap: redis.backoffCap };
  const common = { database: role.database, caFile: redis.sslCa, backoff };
  const own = {
    ...common,
    host: role.host ?? '127.0.0.1',
    port: role.port,
    username: role.username ?? redis.username,
    password: role.password,
    tls: role.tls,
  };
  if (role.host !== undefined && role.host !== redis.host) return own;
  if (redis.sentinelHost !== undefined) return { ...own, sentinel: sentinels(redis) };
  if (redis.url === undefined) return own;
  const url = URL.parse(redis.url);
  if (!url || !['redis:', 'rediss:'].includes(url.protocol) || url.hostname === '')
    throw new ConfigurationError([
      { name: 'REDIS_URL', problem: 'is not an address of a Redis', allowed: 'redis:// or rediss://user:password@host:port.' },
    ]);
  return {
    ...common,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 6379 : Number(url.port),
    username: url.username === '' ? own.username : decodeURIComponent(url.username),
    password: url.password === '' ? own.password : decodeURIComponent(url.password),
    tls: url.protocol === 'rediss:' || role.tls,
  };
}

function sentinels({ sentinelHost = '', sentinelPort, sentinelMaster, sentinelPassword }: Settings['redis']): RedisSentinels {
  return { hosts: hostList(sentinelHost, sentinelPort), primary: sentinelMaster, password: sentinelPassword };
}

/** `a, b:1234` */
function hostList(text: string, port: number): { host: string; port: number }[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => {
      const [, host = entry, own] = /^(.*[^:]):(\d{1,5})$/.exec(entry) ?? [];
      return { host, port: own === undefined ? port : Number(own) };
    });
}

/** The braces of a counter's key say which part of it chooses the server of a Redis Cluster (operations.md L-12). */
const bracesIn = (name: string, prefix: string): ConfigurationProblem[] =>
  /[{}]/.test(prefix) ? [{ name, problem: 'holds a brace', allowed: 'A prefix without { and }.' }] : [];

const memcachedTls = ({ cache }: Settings): ConfigurationProblem[] =>
  cache.store === 'memcached' && cache.tls
    ? [
        {
          name: 'CACHE_TLS',
          problem: 'is on for memcached',
          allowed: 'TLS is offered to Redis only: use CACHE_STORE=redis, or a network of its own.',
        },
      ]
    : [];
