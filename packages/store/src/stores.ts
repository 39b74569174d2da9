import type { Logger } from '@headgate/core';
import type { Health } from './availability/health.js';
import type { Bus } from './bus/bus.js';
import { localBus } from './bus/local.js';
import { RedisBus } from './bus/redis.js';
import type { CacheStore } from './cache/cache-store.js';
import { localCache } from './cache/local.js';
import { redisCache } from './cache/redis.js';
import type { CounterStore } from './counters/counter-store.js';
import { localCounters } from './counters/local.js';
import { redisCounters } from './counters/redis.js';
import { localLock } from './lock/local.js';
import type { Lock } from './lock/lock.js';
import { redisLock } from './lock/redis.js';
import { RedisConnection } from './redis/connection.js';
import type { RedisSettings } from './redis/settings.js';
import type { StateSettings, StoreSettings } from './settings.js';

export interface StoreHealth extends Health {
  readonly role: 'cache' | 'counters' | 'bus' | 'lock';
  readonly driver: string;
}

/** What the workers of an installation share beside the system database. */
export interface Stores {
  readonly cache: CacheStore;
  readonly counters: CounterStore;
  readonly bus: Bus;
  readonly lock: Lock;
  /** How each store fares; no addresses, no users. */
  health(): StoreHealth[];
  close(): Promise<void>;
}

interface Opened<T> {
  readonly store: T;
  readonly driver: string;
  readonly health: () => Health;
}

/**
 * Opens the stores that the settings ask for. A server that is away keeps nobody from starting: its store answers `StoreUnavailable` until
 * it is there. Throws the system's error where the file of certificates cannot be read.
 */
export async function openStores(settings: StoreSettings, log: Logger): Promise<Stores> {
  const connections = new RedisConnections(log);
  const cache = openCache(settings, connections);
  const counters = openCounters(settings.counters, connections);
  const bus = openBus(settings.bus, connections, log);
  const lock = openLock(settings.lock, connections);
  const entry = (role: StoreHealth['role'], { driver, health }: Opened<unknown>): StoreHealth => ({ role, driver, ...health() });
  return {
    cache: cache.store,
    counters: counters.store,
    bus: bus.store,
    lock: lock.store,
    health: () => [entry('cache', cache), entry('counters', counters), entry('bus', bus), entry('lock', lock)],
    async close() {
      for (const { store } of [lock, bus, counters, cache]) await store.close();
      await connections.close();
    },
  };
}

function openCache({ cache }: StoreSettings, connections: RedisConnections): Opened<CacheStore> {
  if (cache.driver !== 'redis') return inMemory(localCache());
  const connection = connections.to(cache.redis, 'cache');
  return { store: redisCache(connection, `${cache.prefix}:headgate:`), driver: 'redis', health: () => connection.health };
}

function openCounters(settings: StateSettings, connections: RedisConnections): Opened<CounterStore> {
  if (settings.driver === 'memory') return inMemory(localCounters());
  const connection = connections.to(settings.redis, 'counters');
  return { store: redisCounters(connection, settings.prefix), driver: 'redis', health: () => connection.health };
}

function openBus(settings: StateSettings, connections: RedisConnections, log: Logger): Opened<Bus> {
  if (settings.driver === 'memory') return inMemory(localBus(log));
  const bus = new RedisBus({ publisher: connections.to(settings.redis, 'bus'), settings: settings.redis, prefix: settings.prefix, log });
  return { store: bus, driver: 'redis', health: () => bus.health };
}

function openLock(settings: StateSettings, connections: RedisConnections): Opened<Lock> {
  if (settings.driver === 'memory') return inMemory(localLock());
  const connection = connections.to(settings.redis, 'lock');
  return { store: redisLock(connection, settings.prefix), driver: 'redis', health: () => connection.health };
}

/** What is in the process is always there. */
function inMemory<T>(store: T): Opened<T> {
  const health: Health = { state: 'connected', since: new Date().toISOString(), lastError: null, lastErrorAt: null };
  return { store, driver: 'memory', health: () => health };
}

/** Roles with the same Redis and index share a connection. */
class RedisConnections {
  readonly #log: Logger;
  readonly #connections = new Map<string, RedisConnection>();

  constructor(log: Logger) {
    this.#log = log;
  }

  to(settings: RedisSettings, role: string): RedisConnection {
    const key = JSON.stringify(settings);
    const known = this.#connections.get(key);
    if (known) return known;
    const connection = new RedisConnection(settings, { store: role, log: this.#log });
    this.#connections.set(key, connection);
    return connection;
  }

  async close(): Promise<void> {
    for (const connection of this.#connections.values()) await connection.close();
    this.#connections.clear();
  }
}
