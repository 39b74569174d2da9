import { ConfigurationError, loadSettings } from '@headgate/core';
import { describe, expect, it } from 'vitest';
import { queueRedis, sharing, storeSettings } from '../src/index.ts';

const settingsOf = (env: Readonly<Record<string, string>>) => loadSettings({ env, readFile: () => '', baseDirectory: '/tmp' }).settings;
const storesOf = (env: Readonly<Record<string, string>>) => storeSettings(settingsOf(env));
const drivers = (env: Readonly<Record<string, string>>) => {
  const { cache, counters, bus, lock } = storesOf(env);
  return [cache.driver, counters.driver, bus.driver, lock.driver];
};

describe('which store serves', () => {
  it('is the memory of the process where nothing is configured', () => {
    expect(drivers({})).toEqual(['memory', 'memory', 'memory', 'memory']);
  });

  it('is a Redis for bus and lock as soon as one is configured, the others as their drivers say', () => {
    expect(drivers({ REDIS_HOST: 'r' })).toEqual(['memory', 'memory', 'redis', 'redis']);
    expect(drivers({ REDIS_URL: 'redis://r' })).toEqual(['memory', 'memory', 'redis', 'redis']);
    expect(drivers({ QUEUE_HOST: 'r', CACHE_DRIVER: 'memcached', LIMIT_CACHE_DRIVER: 'redis' })).toEqual([
      'memcached',
      'redis',
      'redis',
      'redis',
    ]);
    expect(drivers({ LIMIT_CACHE_HOST: 'm', LIMIT_CACHE_DRIVER: 'memcached' })).toEqual(['memory', 'memory', 'memory', 'memory']);
    expect(drivers({ CACHE_STORE: 'apc', LIMIT_CACHE_DRIVER: 'database' })).toEqual(['memory', 'memory', 'memory', 'memory']);
  });

  it('has an index and a host of its own for each role', () => {
    const { cache, counters, bus } = storesOf({
      CACHE_STORE: 'redis',
      CACHE_HOST: 'cache.example',
      CACHE_USERNAME: 'cacher',
      LIMIT_CACHE_DRIVER: 'redis',
      REDIS_HOST: 'state.example',
      REDIS_PORT: '6380',
      REDIS_PASSWORD: 'p',
    });
    expect(cache).toMatchObject({ redis: { host: 'cache.example', port: 6380, username: 'cacher', password: 'p', database: 2 } });
    expect(counters).toMatchObject({ redis: { host: 'state.example', port: 6380, database: 9 } });
    expect(bus).toMatchObject({ redis: { host: 'state.example', port: 6380, database: 1 } });
    expect(queueRedis(settingsOf({ QUEUE_HOST: 'q' }))).toMatchObject({ host: 'q', database: 3 });
  });

  it('takes memcached names for memcached alone', () => {
    const env = { MEMCACHED_HOST: 'm1,m2:11212', MEMCACHED_PORT: '11299', REDIS_HOST: 'r' };
    expect(storesOf({ ...env, CACHE_STORE: 'memcached' }).cache).toMatchObject({
      memcached: {
        servers: [
          { host: 'm1', port: 11_299 },
          { host: 'm2', port: 11_212 },
        ],
      },
    });
    expect(storesOf({ ...env, CACHE_STORE: 'redis' }).cache).toMatchObject({ redis: { host: 'r', port: 6379 } });
  });

  it('takes REDIS_URL for every role that names no Redis of its own, and Sentinel before it', () => {
    const env = { CACHE_STORE: 'redis', LIMIT_CACHE_DRIVER: 'redis', REDIS_URL: 'rediss://u:p%40q@[::1]:7000/5', LIMIT_CACHE_HOST: 'own' };
    const { cache, counters } = storesOf(env);
    expect(cache).toMatchObject({ redis: { host: '::1', port: 7000, username: 'u', password: 'p@q', tls: true, database: 2 } });
    expect(counters).toMatchObject({ redis: { host: 'own', tls: false, database: 9 } });
    expect(storesOf({ ...env, REDIS_SENTINEL_HOST: 's1, s2:26380' }).cache).toMatchObject({
      redis: {
        sentinel: {
          primary: 'mymaster',
          hosts: [
            { host: 's1', port: 26_379 },
            { host: 's2', port: 26_380 },
          ],
        },
      },
    });
  });

  it.each([
    ['REDIS_URL', { REDIS_URL: 'http://r', CACHE_STORE: 'redis' }],
    ['LIMIT_CACHE_PREFIX', { LIMIT_CACHE_PREFIX: 'a{b}' }],
    ['CACHE_TLS', { CACHE_STORE: 'memcached', CACHE_TLS: 'true' }],
  ])('is refused where %s asks for what cannot be', (name, env) => {
    expect(() => storesOf(env)).toThrow(ConfigurationError);
    expect(() => storesOf(env)).toThrow(name);
  });

  it('says how far each store reaches', () => {
    const alone = { isOnServer: false, hasParent: false };
    expect(sharing(storesOf({}), alone)).toEqual({ cache: 'process', counters: 'process', bus: 'process', lock: 'process' });
    expect(sharing(storesOf({}), { ...alone, hasParent: true })).toEqual({ cache: 'host', counters: 'host', bus: 'host', lock: 'host' });
    expect(sharing(storesOf({ CACHE_STORE: 'file', REDIS_HOST: 'r' }), alone)).toMatchObject({ cache: 'host', bus: 'network' });
    expect(sharing(storesOf({ CACHE_STORE: 'database' }), alone).cache).toBe('host');
    expect(sharing(storesOf({ CACHE_STORE: 'database' }), { ...alone, isOnServer: true }).cache).toBe('network');
  });
});
