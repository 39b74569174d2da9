import type { RedisConnection } from '../redis/connection.js';
import { script } from '../redis/script.js';
import { type Count, type CounterStore, checkHits, type HitCount } from './counter-store.js';

/** A window is one hash: `n` its hits, `e` its end in ms since 1970 by this server's clock, `x` set once it has refused a call. */
const take = script(`--[[ take.lua: check and count every limit of one call, all or none.
  KEYS[i]    the window of limit i
  ARGV[3i-2] allowed hits   ARGV[3i-1] window in ms   ARGV[3i] 1 enforced, 0 counted only
  returns    {1 or 0 (all counted, or none), now in ms, then for each limit: hits, end in ms (0: no window), refused, first refusal} ]]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local counts, ends, over, allowed = {}, {}, {}, 1
for i, key in ipairs(KEYS) do
  local window = redis.call('HMGET', key, 'n', 'e')
  local n, e = tonumber(window[1]) or 0, tonumber(window[2]) or 0
  if e <= now then
    n, e = 0, 0
  end
  counts[i], ends[i], over[i] = n, e, 0
  if ARGV[3 * i] == '1' and n >= tonumber(ARGV[3 * i - 2]) then
    over[i], allowed = 1, 0
  end
end
local answer = { allowed, now }
for i, key in ipairs(KEYS) do
  local first = 0
  if allowed == 1 then
    counts[i] = counts[i] + 1
    if ends[i] == 0 then
      ends[i] = now + tonumber(ARGV[3 * i - 1])
      redis.call('DEL', key)
      redis.call('HSET', key, 'n', 1, 'e', string.format('%d', ends[i]))
    else
      redis.call('HINCRBY', key, 'n', 1)
    end
    redis.call('PEXPIREAT', key, string.format('%d', ends[i]))
  elseif over[i] == 1 then
    first = redis.call('HSETNX', key, 'x', 1)
  end
  for _, value in ipairs({ counts[i], ends[i], over[i], first }) do
    answer[#answer + 1] = value
  end
end
return answer`);

const peek = script(`--[[ peek.lua: the counters as they stand.
  KEYS[i]  the window of limit i
  returns  {now in ms, then for each limit: hits, end in ms (0: no window)} ]]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answer = { now }
for _, key in ipairs(KEYS) do
  local window = redis.call('HMGET', key, 'n', 'e')
  local n, e = tonumber(window[1]) or 0, tonumber(window[2]) or 0
  if e <= now then
    n, e = 0, 0
  end
  answer[#answer + 1] = n
  answer[#answer + 1] = e
end
return answer`);

/** Counters in Redis. All keys share one slot, because one script reads and writes all of a call's (operations.md L-11, L-12). */
export function redisCounters(connection: RedisConnection, prefix: string): CounterStore {
  const keyed = (key: string) => `{${prefix}:limit}:${key}`;
  return {
    async take(hits) {
      checkHits(hits);
      if (hits.length === 0) return { isAllowed: true, counts: [] };
      const [allowed, now = 0, ...fields] = await connection.numbers(
        take,
        hits.map(({ key }) => keyed(key)),
        hits.flatMap(({ limit, windowMs, isEnforced }) => [limit, windowMs, isEnforced ? 1 : 0]),
      );
      const counts = hits.map(({ key }, index): HitCount => {
        const [count = 0, endsAt = 0, refused, first] = fields.slice(4 * index, 4 * index + 4);
        return { ...counted(key, count, endsAt, now), isRefused: refused === 1, isFirstRefusal: first === 1 };
      });
      return { isAllowed: allowed === 1, counts };
    },
    async peek(keys) {
      if (keys.length === 0) return [];
      const [now = 0, ...fields] = await connection.numbers(peek, keys.map(keyed), []);
      return keys.map((key, index) => counted(key, fields[2 * index] ?? 0, fields[2 * index + 1] ?? 0, now));
    },
    async reset(keys) {
      if (keys.length > 0) await connection.run((client) => client.unlink(...keys.map(keyed)));
    },
    close: () => Promise.resolve(),
  };
}

const counted = (key: string, count: number, endsAt: number, now: number): Count => ({
  key,
  count,
  endsAt,
  endsInMs: endsAt === 0 ? 0 : endsAt - now,
});
