import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CacheStore } from '../src/cache/cache-store.ts';
import { type Backend, expectSurvives, type OutageKind, outageOf, passes, until } from './backend.ts';

export interface CacheBackend extends Backend<CacheStore> {
  /** A cache of somebody else in the same place. */
  openOther?(): Promise<CacheStore>;
  /** To how many milliseconds a time to live is rounded up. */
  readonly resolutionMs: number;
  /** Whether `clear` with a prefix leaves the rest alone. */
  readonly clearsExactly: boolean;
}

/**
 * Asks again where the store was refused: it is for being slower than a call may wait, and here many suites share the machine. Every operation
 * of a cache may be done twice.
 */
function patient(store: CacheStore): CacheStore {
  const again = async <T>(call: () => Promise<T>): Promise<T> => {
    let answer: T | undefined;
    await until(() =>
      passes(async () => {
        answer = await call();
      }),
    );
    return answer as T;
  };
  return {
    get: (key) => again(() => store.get(key)),
    set: (key, value, ttlMs) => again(() => store.set(key, value, ttlMs)),
    delete: (key) => again(() => store.delete(key)),
    clear: (prefix) => again(() => store.clear(prefix)),
    close: () => store.close(),
  };
}

/** What every cache store does. */
export function cacheStoreSuite(name: string, start: () => Promise<CacheBackend>, outages: readonly OutageKind[] = []): void {
  describe(`the cache ${name}`, () => {
    let backend: CacheBackend;
    let hasty: CacheStore;
    let cache: CacheStore;
    let neighbour: CacheStore;
    beforeAll(async () => {
      backend = await start();
      hasty = await backend.open();
      cache = patient(hasty);
      neighbour = patient(await backend.open());
      for (const store of [cache, neighbour]) await until(() => passes(() => store.get('ready')));
    });
    afterAll(async () => {
      await cache?.close();
      await neighbour?.close();
      await backend?.close();
    });
    const MINUTE = 60_000;
    const set = (key: string, value: string, ttlMs = MINUTE) => cache.set(key, Buffer.from(value), ttlMs);
    const get = async (key: string, store = cache) => (await store.get(key))?.toString();

    it('gives back every byte it was given, to all who share it', async () => {
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
      await cache.set('bytes', bytes, MINUTE);
      await cache.set('nothing', new Uint8Array(0), MINUTE);
      for (const store of [cache, neighbour]) {
        expect(await store.get('bytes')).toEqual(bytes);
        expect(await store.get('nothing')).toEqual(Buffer.alloc(0));
      }
      expect(await cache.get('never set')).toBeUndefined();
    });

    it('holds the latest value, whoever wrote it', async () => {
      await set('latest', 'first');
      await neighbour.set('latest', Buffer.from('second'), MINUTE);
      expect(await get('latest')).toBe('second');
    });

    it('hands out copies', async () => {
      const given = Buffer.from('given');
      await cache.set('copy', given, MINUTE);
      given.fill(0);
      const taken = await cache.get('copy');
      taken?.fill(0);
      expect(await get('copy')).toBe('given');
    });

    it('forgets a value when its time is over', async () => {
      await set('short', 'lived', 300);
      expect(await get('short')).toBe('lived');
      await set('long', 'lived');
      await until(async () => (await get('short')) === undefined, 300 + 2 * backend.resolutionMs + 1000);
      expect(await get('long')).toBe('lived');
    });

    it('counts the time anew with a new value', async () => {
      await set('renewed', 'first', 200);
      await set('renewed', 'second');
      await set('other', 'x', 200);
      await until(async () => (await get('other')) === undefined);
      expect(await get('renewed')).toBe('second');
    });

    it('deletes for all, and does not mind where there is nothing', async () => {
      await set('deleted', 'x');
      await neighbour.delete('deleted');
      expect(await get('deleted')).toBeUndefined();
      await cache.delete('deleted');
    });

    it('takes keys of every form for what they are', async () => {
      const keys = [
        'a b',
        'a\tb',
        'A b',
        'é',
        'e\u0301',
        '日本',
        'x'.repeat(1000),
        `${'x'.repeat(1000)}y`,
        '%',
        '*',
        '../..',
        '',
        ' ',
        '#a',
        "'",
      ];
      for (const key of keys) await set(key, `value of ${key}`);
      for (const key of keys) expect(await get(key, neighbour)).toBe(`value of ${key}`);
      for (const key of keys) await cache.delete(key);
      for (const key of keys) expect(await get(key)).toBeUndefined();
    });

    it('clears what starts with a prefix, whatever letters it has', async () => {
      const keys = ['p*[a]_%!^-\\:1', 'p*[a]_%!^-\\:2'];
      for (const key of [...keys, 'pxa', 'q']) await set(key, 'x');
      await neighbour.clear('p*[a]_%!^-\\:');
      for (const key of keys) expect(await get(key)).toBeUndefined();
      if (backend.clearsExactly) for (const key of ['pxa', 'q']) expect(await get(key)).toBe('x');
    });

    it('clears all of its own for all, however much it is, and nothing else', async () => {
      const opened = await backend.openOther?.();
      const other = opened && patient(opened);
      await until(() => passes(async () => other?.set('kept', Buffer.from('x'), MINUTE)));
      const keys = Array.from({ length: 1200 }, (_, index) => `many:${index}`);
      for (let from = 0; from < keys.length; from += 50) await Promise.all(keys.slice(from, from + 50).map((key) => set(key, 'x')));
      await cache.clear();
      for (let from = 0; from < keys.length; from += 50) {
        expect(await Promise.all(keys.slice(from, from + 50).map((key) => get(key, neighbour)))).toEqual(Array(50).fill(undefined));
      }
      if (other) expect(await get('kept', other)).toBe('x');
      await other?.clear();
      await other?.close();
    });

    it('is never read half written', async () => {
      const values = Array.from({ length: 20 }, (_, index) => Buffer.alloc(50_000, index));
      await cache.set('torn', values[0]!, MINUTE);
      const writes = values.map((value, index) => (index % 2 === 0 ? cache : neighbour).set('torn', value, MINUTE));
      const reads = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? neighbour : cache).get('torn'));
      for (const value of await Promise.all(reads)) {
        expect(value).toHaveLength(50_000);
        expect(new Set(value).size).toBe(1);
      }
      await Promise.all(writes);
    });

    it('keeps a very large value whole or not at all, and not the one before', async () => {
      const large = Buffer.alloc(3 * 1024 ** 2, 'x');
      await set('large', 'before');
      await cache.set('large', large, MINUTE);
      const found = await cache.get('large');
      if (found !== undefined) expect(found.equals(large)).toBe(true);
    });

    for (const kind of outages) {
      it(`refuses at once, and serves again by itself, when its server is ${kind === 'cut' ? 'gone' : 'silent'}`, async () => {
        const outage = outageOf(backend, kind);
        await set('outlasting', 'x');
        await expectSurvives(outage, kind, () => hasty.get('outlasting'));
        await set('after', 'y');
        expect(await get('after')).toBe('y');
      });
    }
  });
}
