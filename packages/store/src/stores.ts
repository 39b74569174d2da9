import type { Logger } from '@headgate/core';
import type { Health } from './availability/health.js';
import type { Bus } from './bus/bus.js';
import { ipcBus } from './bus/ipc.js';
import { localBus } from './bus/local.js';
import { RedisBus } from './bus/redis.js';
import type { CacheStore } from './cache/cache-store.js';
import { DatabaseCache, type Statements } from './cache/database.js';
import { FileCache } from './cache/file.js';
import { ipcCache } from './cache/ipc.js';
import { localCache } from './cache/local.js';
import { MemcachedCache } from './cache/memcached.js';
import { redisCache } from './cache/redis.js';
import type { CounterStore } from './counters/counter-store.js';
import { ipcCounters } from './counters/ipc.js';
import { localCounters } from './counters/local.js';
import { redisCounters } from './counters/redis.js';
import type { IpcChannel } from './ipc/channel.js';
import { IpcClient } from './ipc/client.js';
import { ipcLock } from './lock/ipc.js';
import { localLock } from './lock/local.js';
import type { Lock } from './lock/lock.js';
import { redisLock } from './lock/redis.js';
import { RedisConnection } from './redis/connection.js';
import type { RedisSettings } from './redis/settings.js';
import type { CacheSettings, StateSettings, StoreSettings } from './settings.js';

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

export interface StoreLinks {
  /** The way to the parent of `headgate cluster`: what would lie in this process's memory then lies in the parent's. */
  readonly ipc?: IpcChannel | undefined;
  /** Where the cache's table is, for the driver `database`. */
  readonly statements?: Statements | undefined;
}

/**
 * Opens the stores that the settings ask for. A server that is away keeps nobody from starting: its store answers `StoreUnavailable` until
 * it is there. Throws the system's error where the file of certificates cannot be read.
 */
export async function openStores(settings: StoreSettings, log: Logger, { ipc, statements }: StoreLinks = {}): Promise<Stores> {
  const connections = new RedisConnections(log);
  const parent = ipc && new IpcClient(ipc, log);
  const means: Means = { connections, parent, statements, log };
  const cache = openCache(settings.cache, means);
  const counters = openCounters(settings.counters, means);
  const bus = openBus(settings.bus, means);
  const lock = openLock(settings.lock, means);
  const entry = (role: StoreHealth['role'], { driver, health }: Opened<unknown>): StoreHealth => ({ role, driver, ...health() });
  return {
    cache: cache.store,
    counters: counters.store,
    bus: bus.store,
    lock: lock.store,
    health: () => [entry('cache', cache), entry('counters', counters), entry('bus', bus), entry('lock', lock)],
    async close() {
      for (const { store } of [lock, bus, counters, cache]) await store.close();
      parent?.close();
      await connections.close();
    },
  };
}

interface Means {
  readonly connections: RedisConnections;
  readonly parent: IpcClient | undefined;
  readonly statements: Statements | undefined;
  readonly log: Logger;
}

function openCache(settings: CacheSettings, { connections, parent, statements, log }: Means): Opened<CacheStore> {
  switch (settings.driver) {
    case 'memory':
      return parent ? overIpc(ipcCache(parent), parent) : inMemory(localCache());
    case 'redis': {
      const connection = connections.to(settings.redis, 'cache');
      return watched('redis', redisCache(connection, ownPrefix(settings)), connection);
    }
    case 'memcached': {
      const cache = new MemcachedCache(settings.memcached, ownPrefix(settings), log);
      return watched('memcached', cache, cache);
    }
    case 'file': {
      const cache = new FileCache({ directory: settings.directory, prefix: ownPrefix(settings), log });
      return watched('file', cache, cache);
    }
    case 'database': {
      if (!statements) throw new Error('a cache in the database needs the database');
      const cache = new DatabaseCache({ statements, table: settings.table, prefix: settings.prefix, log });
      return watched('database', cache, cache);
    }
  }
}

/** An instance of the original may have the same prefix in the same place. */
const ownPrefix = ({ prefix }: { readonly prefix: string }) => `${prefix}:headgate:`;

function openCounters(settings: StateSettings, { connections, parent }: Means): Opened<CounterStore> {
  if (settings.driver === 'memory') return parent ? overIpc(ipcCounters(parent), parent) : inMemory(localCounters());
  const connection = connections.to(settings.redis, 'counters');
  return watched('redis', redisCounters(connection, settings.prefix), connection);
}

function openBus(settings: StateSettings, { connections, parent, log }: Means): Opened<Bus> {
  if (settings.driver === 'memory') return parent ? overIpc(ipcBus(parent, log), parent) : inMemory(localBus(log));
  const publisher = connections.to(settings.redis, 'bus');
  const bus = new RedisBus({ publisher, settings: settings.redis, prefix: settings.prefix, log });
  return watched('redis', bus, bus);
}

function openLock(settings: StateSettings, { connections, parent }: Means): Opened<Lock> {
  if (settings.driver === 'memory') return parent ? overIpc(ipcLock(parent), parent) : inMemory(localLock());
  const connection = connections.to(settings.redis, 'lock');
  return watched('redis', redisLock(connection, settings.prefix), connection);
}

function watched<T>(driver: string, store: T, source: { readonly health: Health }): Opened<T> {
  return { store, driver, health: () => source.health };
}

const overIpc = <T>(store: T, parent: IpcClient): Opened<T> => watched('ipc', store, parent);

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
