import type { RedisConnection } from '../redis/connection.js';
import type { CacheStore } from './cache-store.js';

/** How many keys one step of `clear` looks at. */
const SCAN_COUNT = 500;

/** A cache in Redis. `prefix` stands before every key, and what does not start with it is never touched. */
export function redisCache(connection: RedisConnection, prefix: string): CacheStore {
  return {
    async get(key) {
      return (await connection.run((client) => client.getBuffer(prefix + key))) ?? undefined;
    },
    async set(key, value, ttlMs) {
      try {
        await connection.run((client) => client.set(prefix + key, asBuffer(value), 'PX', Math.max(1, Math.ceil(ttlMs))));
      } catch (error) {
        // A server without room refuses the new value and keeps the old one, which must not be found any more.
        await connection.run((client) => client.unlink(prefix + key)).catch(() => undefined);
        throw error;
      }
    },
    async delete(key) {
      await connection.run((client) => client.unlink(prefix + key));
    },
    async clear(inner = '') {
      const pattern = `${escapePattern(prefix + inner)}*`;
      let cursor = '0';
      do {
        const [next, keys] = await connection.run((client) => client.scanBuffer(cursor, 'MATCH', pattern, 'COUNT', SCAN_COUNT));
        if (keys.length > 0) await connection.run((client) => client.unlink(...keys));
        cursor = next.toString();
      } while (cursor !== '0');
    },
    close: () => Promise.resolve(),
  };
}

const asBuffer = (value: Uint8Array) => (Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength));

/** Redis reads `*`, `?`, `[`, `]`, `^`, `-` and `\` of a pattern. */
const escapePattern = (text: string) => text.replace(/[*?[\]^\\-]/g, '\\$&');
