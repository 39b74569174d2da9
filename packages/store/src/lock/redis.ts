import { randomUUID } from 'node:crypto';
import type { RedisConnection } from '../redis/connection.js';
import { script } from '../redis/script.js';
import type { Lock } from './lock.js';

const extend = script(`--[[ extend.lua: hold on to a lock that is still ours.
  KEYS[1]  the lock     ARGV[1] our token   ARGV[2] time to live in ms
  returns  {1} or {0} where it is lost ]]
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return { redis.call('PEXPIRE', KEYS[1], ARGV[2]) }
end
return { 0 }`);

const release = script(`--[[ release.lua: give back a lock that is still ours.
  KEYS[1]  the lock     ARGV[1] our token
  returns  {1} or {0} where it was lost before ]]
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return { redis.call('DEL', KEYS[1]) }
end
return { 0 }`);

/** Locks in Redis. */
export function redisLock(connection: RedisConnection, prefix: string): Lock {
  return {
    async tryAcquire(name, ttlMs) {
      const key = `${prefix}:lock:${name}`;
      const token = randomUUID();
      const letGo = async () => {
        await connection.numbers(release, [key], [token]).catch(() => undefined);
      };
      try {
        const answer = await connection.run((client) => client.set(key, token, 'PX', Math.ceil(ttlMs), 'NX'));
        if (answer !== 'OK') return undefined;
      } catch (error) {
        // It may have been taken all the same, and nobody would know its token.
        void letGo();
        throw error;
      }
      return {
        extend: async (ttlMs) => (await connection.numbers(extend, [key], [token, Math.ceil(ttlMs)]))[0] === 1,
        release: letGo,
      };
    },
    close: () => Promise.resolve(),
  };
}
