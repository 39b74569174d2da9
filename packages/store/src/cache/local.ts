import type { CacheStore } from './cache-store.js';

export interface LocalCacheOptions {
  /** How many bytes keys and values may take; 64 MiB without. */
  readonly maxBytes?: number;
  /** A clock in milliseconds that never steps back. */
  readonly now?: () => number;
}

interface Entry {
  readonly value: Buffer;
  readonly endsAt: number;
}

/** What an entry costs beside its key and value, roughly. */
const ENTRY_BYTES = 100;

/** A cache in the memory of this process. An entry dies when its time is over, or as the longest unused one when room is needed. */
export function localCache({ maxBytes = 64 * 1024 ** 2, now = () => performance.now() }: LocalCacheOptions = {}): CacheStore {
  /** The longest unused first. */
  const entries = new Map<string, Entry>();
  let bytes = 0;

  const sizeOf = (key: string, { value }: Entry) => key.length * 2 + value.length + ENTRY_BYTES;
  const drop = (key: string) => {
    const entry = entries.get(key);
    if (entry && entries.delete(key)) bytes -= sizeOf(key, entry);
  };
  return {
    async get(key) {
      const entry = entries.get(key);
      if (!entry) return undefined;
      if (entry.endsAt <= now()) {
        drop(key);
        return undefined;
      }
      entries.delete(key);
      entries.set(key, entry);
      return Buffer.from(entry.value);
    },
    async set(key, value, ttlMs) {
      drop(key);
      const entry = { value: Buffer.from(value), endsAt: now() + ttlMs };
      const size = sizeOf(key, entry);
      if (size > maxBytes) return;
      entries.set(key, entry);
      bytes += size;
      for (const oldest of entries.keys()) {
        if (bytes <= maxBytes) break;
        drop(oldest);
      }
    },
    async delete(key) {
      drop(key);
    },
    async clear(prefix = '') {
      for (const key of [...entries.keys()]) if (key.startsWith(prefix)) drop(key);
    },
    async close() {
      entries.clear();
      bytes = 0;
    },
  };
}
