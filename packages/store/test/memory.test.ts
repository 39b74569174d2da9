import { SILENT } from '@headgate/core';
import { describe, expect, it } from 'vitest';
import { localBus } from '../src/bus/local.ts';
import { localCache } from '../src/cache/local.ts';
import { localCounters } from '../src/counters/local.ts';
import { localLock } from '../src/lock/local.ts';
import { busSuite } from './bus-suite.ts';
import { cacheStoreSuite } from './cache-store-suite.ts';
import { counterStoreSuite } from './counter-store-suite.ts';
import { lockSuite } from './lock-suite.ts';

/** In one process there is one store, which all share. */
const shared = <Store>(store: Store) => ({ open: async () => store, close: async () => undefined });

cacheStoreSuite('in memory', async () => ({ ...shared(localCache()), resolutionMs: 1, clearsExactly: true }));
counterStoreSuite('in memory', async () => shared(localCounters()));
busSuite('in memory', async () => shared(localBus(SILENT)));
lockSuite('in memory', async () => shared(localLock()));

describe('the cache in memory', () => {
  it('drops the longest unused where room is needed, and stays within its bound', async () => {
    const cache = localCache({ maxBytes: 10_000 });
    for (let i = 0; i < 9; i++) await cache.set(`${i}`, Buffer.alloc(1000), 60_000);
    await cache.get('0');
    await cache.set('9', Buffer.alloc(1000), 60_000);
    expect(await cache.get('0')).toBeDefined();
    expect(await cache.get('1')).toBeUndefined();
    expect(await cache.get('9')).toBeDefined();
    await cache.set('too large', Buffer.alloc(20_000), 60_000);
    expect(await cache.get('too large')).toBeUndefined();
    expect(await cache.get('9')).toBeDefined();
  });
});
