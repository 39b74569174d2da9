import { isDeepStrictEqual } from 'node:util';
import type { Settings } from '@headgate/core';
import { inspectRedis, queueRedis, type RedisFacts, type RedisSettings, storeSettings } from '@headgate/store';
import { checkClock } from './clock.js';
import { type Finding, ok, problem, warning } from './finding.js';

/** What a Redis is used for, and what follows from it. */
interface Use {
  readonly role: string;
  /** Whether it holds what must not be evicted. */
  readonly isState: boolean;
  readonly needsPersistence: boolean;
}

const MEBIBYTE = 1024 ** 2;

/** Each Redis that the configuration names, once per server and index. */
export async function checkStores(settings: Settings): Promise<Finding[]> {
  const { cache, counters, bus, lock } = storeSettings(settings);
  const uses: [Use, RedisSettings][] = [];
  const add = (use: Use, redis: RedisSettings | undefined) => {
    if (redis) uses.push([use, redis]);
  };
  add({ role: 'cache', isState: false, needsPersistence: false }, cache.driver === 'redis' ? cache.redis : undefined);
  add({ role: 'limits', isState: true, needsPersistence: false }, counters.driver === 'redis' ? counters.redis : undefined);
  add({ role: 'bus', isState: true, needsPersistence: false }, bus.driver === 'redis' ? bus.redis : undefined);
  add({ role: 'locks', isState: true, needsPersistence: false }, lock.driver === 'redis' ? lock.redis : undefined);
  add({ role: 'queue', isState: true, needsPersistence: true }, queueRedis(settings));
  if (uses.length === 0) return [ok('stores', 'in the process: one worker on one machine')];
  const servers: { redis: RedisSettings; uses: Use[] }[] = [];
  for (const [use, redis] of uses) {
    const known = servers.find((server) => isSameServer(server.redis, redis));
    if (known) known.uses.push(use);
    else servers.push({ redis, uses: [use] });
  }
  return (await Promise.all(servers.map((server) => checkRedis(server.redis, server.uses)))).flat();
}

function isSameServer(left: RedisSettings, right: RedisSettings): boolean {
  return isDeepStrictEqual({ ...left, database: 0 }, { ...right, database: 0 });
}

async function checkRedis(redis: RedisSettings, uses: readonly Use[]): Promise<Finding[]> {
  const check = `redis (${uses.map(({ role }) => role).join(', ')})`;
  const isState = uses.some((use) => use.isState);
  try {
    return judge(check, await inspectRedis(redis), uses);
  } catch (error) {
    const why = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : refusal(error);
    const effect = isState ? 'limits, queues and messages between workers wait for it' : 'nothing is cached meanwhile';
    return [
      problem(
        check,
        `does not answer (${why}): ${effect}`,
        'Start it, and compare the host, port, password and TLS settings with its own.',
      ),
    ];
  }
}

/** The first word of an answer of Redis's (`WRONGPASS`, `NOAUTH`); its other words may name a user. */
function refusal(error: unknown): string {
  return /^[A-Z]{4,}\b/.exec(error instanceof Error ? error.message : '')?.[0] ?? 'no connection';
}

function judge(check: string, facts: RedisFacts, uses: readonly Use[]): Finding[] {
  const { version, evictionPolicy, persistence, usedBytes, maxBytes } = facts;
  const used = `${Math.ceil(usedBytes / MEBIBYTE)} MiB${maxBytes === undefined ? '' : ` of ${Math.floor(maxBytes / MEBIBYTE)} MiB`}`;
  const findings = [ok(check, `Redis ${version}, ${evictionPolicy}, ${used} in use`)];
  const isState = uses.some((use) => use.isState);
  if (isState && evictionPolicy !== 'noeviction') {
    findings.push(
      problem(
        check,
        `evicts by ${evictionPolicy}: counters, queued work and locks may vanish`,
        'Set its maxmemory-policy to noeviction, and give the cache a Redis of its own.',
      ),
    );
  }
  if (!isState && evictionPolicy === 'noeviction' && maxBytes !== undefined) {
    findings.push(warning(check, 'keeps every entry: it refuses new ones when it is full', 'Set its maxmemory-policy to allkeys-lru.'));
  }
  if (!isState && maxBytes === undefined) {
    findings.push(warning(check, 'its memory is not bounded', 'Set its maxmemory, with the maxmemory-policy allkeys-lru.'));
  }
  if (uses.some((use) => use.needsPersistence) && persistence === 'none') {
    findings.push(
      warning(check, 'keeps nothing over a restart: queued work is lost then', 'Set appendonly yes, with appendfsync everysec.'),
    );
  }
  if (maxBytes !== undefined && isState && usedBytes > 0.8 * maxBytes) {
    findings.push(warning(check, 'is nearly full: writes fail when it is', 'Raise its maxmemory.'));
  }
  return [...findings, ...checkClock(check, 'this Redis', facts.clockAheadMs)];
}
