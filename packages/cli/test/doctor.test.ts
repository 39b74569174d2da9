import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Sqlite from 'better-sqlite3';
import { GenericContainer, type StartedTestContainer } from 'testcontainers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { postgresServer } from '../../../test/containers.ts';
import { freePort } from '../../../test/headgate.ts';
import { headgate, temporaryFolder } from './command.js';

// Each test starts several processes.
vi.setConfig({ testTimeout: 120_000 });

const APP_KEY = 'k'.repeat(32);
const SECRET = 'planted-secret';

interface Report {
  readonly code: number | null;
  readonly stdout: string;
  readonly errors: number;
  readonly findings: readonly { check: string; level: string; message: string; advice?: string }[];
}

async function doctor(data: string, env: Record<string, string> = {}): Promise<Report> {
  const { code, stdout, stderr } = await headgate(['doctor', '--json', '--data', data], { env: { APP_KEY, ...env } });
  expect(stderr).toBe('');
  return { code, stdout, ...JSON.parse(stdout) };
}

const about = ({ findings }: Report, check: string) => findings.filter((finding) => finding.check.startsWith(check));

async function installation(env: Record<string, string> = {}): Promise<string> {
  const data = temporaryFolder();
  expect((await headgate(['migrate', '--data', data], { env: { APP_KEY, ...env } })).code).toBe(0);
  return data;
}

describe('doctor', () => {
  it('finds nothing wrong with a new installation', async () => {
    const report = await doctor(await installation());
    expect(report.code).toBe(0);
    expect(report.findings.filter(({ level }) => level === 'error')).toEqual([]);
    for (const check of ['node', 'disk', 'system database', 'schema', 'triggers', 'key', 'workers', 'stores'])
      expect(about(report, check).length, check).toBeGreaterThan(0);
  });

  it('says what to do where there is no installation, no key, another key, or a bad setting', async () => {
    const nowhere = path.join(temporaryFolder(), 'data');
    const data = await installation();
    expect(about(await doctor(nowhere), 'system database')).toMatchObject([{ level: 'error', advice: expect.stringContaining('start') }]);
    expect(about(await doctor(data, { APP_KEY: '' }), 'key')).toMatchObject([{ level: 'error' }]);
    const wrong = await doctor(data, { APP_KEY: 'another key of thirty-two chars!' });
    expect(wrong.code).toBe(1);
    expect(about(wrong, 'key')).toMatchObject([{ level: 'error', message: expect.stringContaining('APP_KEY is not the key') }]);
    expect(about(await doctor(data, { PORT: '80a' }), 'configuration')).toMatchObject([{ level: 'error' }]);
    expect(about(await doctor(data, { DB_HOSTT: 'x' }), 'configuration')).toMatchObject([{ level: 'warning' }]);
  });

  it('counts the connections of the workers against what the server gives', async (context) => {
    const url = await postgresServer();
    if (url === undefined) return context.skip();
    const data = await installation({ DB_URL: url });
    expect(about(await doctor(data, { DB_URL: url }), 'connections')).toMatchObject([
      {
        level: 'ok',
        message: expect.stringMatching(/^1 workers x \(10 of DB_POOL_MAX \+ 2\) = 12; the server gives \d+, \d+ are in use$/),
      },
    ]);
    const many = await doctor(data, { DB_URL: url, DB_POOL_MAX: '900' });
    expect(about(many, 'connections')).toMatchObject([{ level: 'warning', advice: expect.stringContaining('DB_POOL_MAX') }]);
    expect(about(many, 'system database')).toMatchObject([{ message: expect.stringMatching(/^PostgreSQL \d/) }]);
  });

  it('tells a system database that is away, without its address or password', async () => {
    const url = `postgres://someone:${SECRET}@127.0.0.1:${await freePort()}/x`;
    const report = await doctor(temporaryFolder(), { DB_URL: url });
    expect(report.code).toBe(1);
    expect(about(report, 'system database')).toMatchObject([{ level: 'error', message: expect.stringContaining('ECONNREFUSED') }]);
    for (const hidden of [SECRET, 'someone', '127.0.0.1']) expect(report.stdout).not.toContain(hidden);
  });

  it('tries each data source: one that is down is a warning', async () => {
    const data = await installation();
    const file = path.join(data, 'databases', 'db.sqlite');
    mkdirSync(path.dirname(file));
    writeFileSync(file, 'this is no database, and long enough to be taken for one that is damaged');
    expect(about(await doctor(data), 'service db')).toMatchObject([
      { level: 'warning', advice: expect.stringContaining('others are not') },
    ]);
    rmSync(file);
    new Sqlite(file).exec('CREATE TABLE one (id integer)').close();
    expect(about(await doctor(data), 'service db')).toMatchObject([
      { level: 'ok', message: expect.stringMatching(/^SQLite .*, 1 table$/) },
    ]);
  });

  it('prints lines for people, and ends with 1 on errors', async () => {
    const { code, stdout } = await headgate(['doctor', '--data', await installation()], {
      env: { APP_KEY, QUEUE_CONNECTION: 'redis', REDIS_HOST: '127.0.0.1', REDIS_PORT: '1' },
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^error +redis \(bus, locks, queue\): does not answer/m);
    expect(stdout).toMatch(/^ok +schema: /m);
  });
});

describe('doctor and Redis', () => {
  let redis: StartedTestContainer | undefined;
  let env: Record<string, string>;

  beforeAll(async () => {
    redis = await new GenericContainer('redis:8')
      .withCommand(['redis-server', '--requirepass', SECRET, '--maxmemory', '64mb', '--maxmemory-policy', 'allkeys-lru', '--save', ''])
      .withExposedPorts(6379)
      .start();
    env = { REDIS_HOST: redis.getHost(), REDIS_PORT: String(redis.getMappedPort(6379)), REDIS_PASSWORD: SECRET };
  });

  afterAll(async () => {
    await redis?.stop();
  });

  it('lets only a cache evict', async () => {
    const data = await installation();
    const cacheAlone = { CACHE_STORE: 'redis', CACHE_HOST: env.REDIS_HOST!, CACHE_PORT: env.REDIS_PORT!, CACHE_PASSWORD: SECRET };
    const cache = await doctor(data, cacheAlone);
    expect(about(cache, 'redis (cache)')).toMatchObject([
      { level: 'ok', message: expect.stringMatching(/^Redis 8\.\S+, allkeys-lru, \d+ MiB of 64 MiB in use$/) },
    ]);
    expect(cache.code).toBe(0);

    const state = await doctor(data, { ...env, QUEUE_CONNECTION: 'redis', LIMIT_CACHE_DRIVER: 'redis' });
    expect(state.code).toBe(1);
    expect(about(state, 'redis (limits, bus, locks, queue)')).toMatchObject([
      { level: 'ok' },
      { level: 'error', message: expect.stringContaining('evicts'), advice: expect.stringContaining('noeviction') },
      { level: 'warning', message: expect.stringContaining('restart') },
    ]);
    expect(cache.stdout + state.stdout).not.toContain(SECRET);
  });

  it('names a wrong password by its sort', async () => {
    const report = await doctor(await installation(), { ...env, REDIS_PASSWORD: 'wrong', QUEUE_CONNECTION: 'redis' });
    expect(about(report, 'redis')).toMatchObject([{ level: 'error', message: expect.stringContaining('WRONGPASS') }]);
  });
});
