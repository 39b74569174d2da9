import type { Lock } from './lock.js';
import { LockTokens } from './tokens.js';

/** Locks within this process. */
export function localLock(): Lock {
  const tokens = new LockTokens();
  return {
    async tryAcquire(name, ttlMs) {
      const token = tokens.acquire(name, ttlMs);
      if (token === undefined) return undefined;
      return {
        extend: async (ttlMs) => tokens.extend(name, token, ttlMs),
        release: async () => tokens.release(name, token),
      };
    },
    async close() {
      tokens.clear();
    },
  };
}
