import type { Logger } from '@headgate/core';
import type { CacheStore } from './cache-store.js';

/** How often it is logged that the cache is away, in milliseconds. */
const LOG_EVERY = 10_000;

/**
 * The cache as an optimisation (operations.md C-2): while it is away, nothing is found and nothing kept, and nobody fails. For what must
 * know whether an entry was deleted, the store itself is right.
 */
export function optionalCache(cache: CacheStore, log: Logger): CacheStore {
  let loggedAt = Number.NEGATIVE_INFINITY;
  const tried = async <T>(work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work;
    } catch {
      if (performance.now() - loggedAt >= LOG_EVERY) {
        loggedAt = performance.now();
        log.warn('the cache is away: it is gone on without');
      }
      return undefined;
    }
  };
  return {
    get: (key) => tried(cache.get(key)),
    set: (key, value, ttlMs) => tried(cache.set(key, value, ttlMs)),
    delete: (key) => tried(cache.delete(key)),
    clear: (prefix) => tried(cache.clear(prefix)),
    close: () => cache.close(),
  };
}
