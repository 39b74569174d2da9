import { type JsonObject, SILENT } from '@headgate/core';
import { afterAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/dialect/dialect.js';
import { createEgressPolicy } from '../../src/egress/policy.js';
import { postgresConnector } from '../../src/postgres/connector.js';
import { postgres } from '../../src/postgres/dialect.js';
import type { PostgresSettings } from '../../src/postgres/settings.js';
import { ConnectionBudget } from '../../src/source/budget.js';
import { openSource } from '../../src/source/open-source.js';
import { freshConfig } from '../dialects/service-client.js';

const config = (await freshConfig('pgsql')) as JsonObject | undefined;
const loopback = createEgressPolicy({ allow: ['loopback'], ownStores: [] });

function settings(changes: Partial<PostgresSettings> = {}): PostgresSettings {
  return {
    host: String(config?.host),
    port: Number(config?.port),
    database: String(config?.database),
    username: String(config?.username),
    password: String(config?.password),
    sslMode: 'prefer',
    timezone: undefined,
    applicationName: undefined,
    statements: [],
    statementTimeoutMs: 10_000,
    readOnly: false,
    connectTimeoutMs: 5_000,
    ...changes,
  };
}

const opened: Connection[] = [];

async function open(changes: Partial<PostgresSettings> = {}): Promise<Connection> {
  const connection = await postgresConnector(settings(changes), loopback).open();
  opened.push(connection);
  return connection;
}

function sourceOf(changes: Partial<PostgresSettings> = {}) {
  const budget = new ConnectionBudget(10);
  return openSource(postgresConnector(settings(changes), loopback), {
    serviceName: 'db',
    poolMax: 2,
    acquireTimeoutMs: 5_000,
    budget,
    log: SILENT,
  });
}

afterAll(async () => {
  for (const connection of opened) await connection.close();
});

describe.skipIf(config === undefined)('a PostgreSQL session', () => {
  it('is set up alike whatever the server defaults are', async () => {
    const connection = await open({
      timezone: 'Asia/Tokyo',
      applicationName: 'tests',
      statements: ["SET DateStyle = 'German'", 'SET search_path = pg_catalog'],
    });
    const { rows } = await connection.query(
      "SELECT '2024-01-31 10:15:00+00'::timestamptz::text, current_setting('application_name'), current_setting('search_path'), '\\x00'::bytea::text",
    );
    expect(rows).toEqual([['2024-01-31 19:15:00+09', 'tests', 'pg_catalog', '\\x00']]);
  });

  it('has UTC as its time zone unless another is configured', async () => {
    expect((await (await open()).query('SHOW TimeZone')).rows).toEqual([['UTC']]);
  });

  it('writes nothing when the service is switched to read only', async () => {
    const source = sourceOf({ readOnly: true });
    await expect(source.use((connection) => connection.query('CREATE TABLE nope (id integer)'))).rejects.toMatchObject({
      status: 403,
      reason: 'read_only_service',
    });
    await source.close();
  });

  it('ends statements at the statement timeout', async () => {
    const source = sourceOf({ statementTimeoutMs: 100 });
    await expect(source.use((connection) => connection.query('SELECT pg_sleep(5)'))).rejects.toMatchObject({
      status: 504,
      reason: 'source_timeout',
    });
    expect((await source.use((connection) => connection.query('SELECT 1'))).rows).toEqual([['1']]);
    await source.close();
  });

  it('is cancelled on the server when the client has gone, and not used again', async () => {
    const source = sourceOf();
    const watcher = await open();
    const running = async () =>
      (await watcher.query("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()"))
        .rows[0]![0];
    const client = new AbortController();
    const call = source.use((connection) => connection.query('SELECT pg_sleep(60)'), { signal: client.signal });
    await expect.poll(running).toBe('1');
    client.abort();
    await expect(call).rejects.toMatchObject({ reason: 'call_cancelled' });
    await expect.poll(running).toBe('0');
    expect((await source.use((connection) => connection.query('SELECT 1'))).rows).toEqual([['1']]);
    await source.close();
  });

  it('tells the database whose statement it runs where statements are logged, but not in those that it keeps', async () => {
    const lines: string[] = [];
    const connector = postgresConnector(settings(), loopback);
    const source = openSource(connector, {
      serviceName: 'db',
      poolMax: 1,
      acquireTimeoutMs: 5_000,
      budget: new ConnectionBudget(10),
      log: { ...SILENT, debug: (message, fields) => void lines.push(`${message} ${JSON.stringify(fields)}`) },
      queryLog: true,
    });
    const statement = { text: 'SELECT current_query(), $1::text', positions: [0], uses: 0, name: 'logged' };
    const run = (requestId: string) =>
      source.use((connection) => connection.run(statement, ['planted-secret']), { origin: { requestId } }).then(({ rows }) => rows[0]![0]);
    expect(await run('first-1')).toBe('SELECT current_query(), $1::text /* request_id=first-1 */');
    expect(await run('second-2')).toBe('SELECT current_query(), $1::text');
    statement.uses = 0;
    expect(await run('x */ ; DROP TABLE a; --')).toBe('SELECT current_query(), $1::text');
    expect(lines[0]).toMatch(/^db: SELECT current_query\(\), \$1::text: [\d.]+ ms \{"request_id":"first-1"\}$/);
    expect(lines).toHaveLength(3);
    expect(lines.join()).not.toContain('planted-secret');
    await source.close();
  });

  it('prepares statements that come again, and forgets the oldest of too many', async () => {
    const connection = await open();
    const statementOf = (number: number) => ({ text: `SELECT $1::int + ${number}`, positions: [0], uses: 0, name: `s${number}` });
    const statements = Array.from({ length: 230 }, (_, number) => statementOf(number));
    for (let round = 0; round < 3; round++) {
      for (const [number, statement] of statements.entries())
        expect((await connection.run(statement, [1])).rows).toEqual([[String(number + 1)]]);
    }
    const { rows } = await connection.query('SELECT count(*) FROM pg_prepared_statements');
    expect(Number(rows[0]![0])).toBeLessThanOrEqual(200);
    const once = await open();
    await once.run(statementOf(999), [1]);
    expect((await once.query('SELECT count(*) FROM pg_prepared_statements')).rows).toEqual([['0']]);
  });
});

describe('a PostgreSQL server that cannot be used', () => {
  it.each([
    ['nothing listens', { host: '127.0.0.1', port: 1 }],
    ['TLS is required and there is none', { sslMode: 'verify-full' }],
    ['the time zone does not exist', { timezone: 'Nowhere/Land' }],
    ['the password is wrong', { username: 'nobody_here', password: 'wrong' }],
  ] as const)('is unavailable: %s', async (_why, changes) => {
    if (config === undefined) return;
    const error = await postgresConnector(settings(changes), loopback)
      .open()
      .then(
        async (connection) => {
          await connection.close();
          throw new Error('it was opened');
        },
        (failure: unknown) => failure,
      );
    expect(postgres.classify(error)).toMatchObject({ kind: 'unavailable' });
  });

  it('is not connected to where the egress policy refuses it', async () => {
    const strict = createEgressPolicy({ allow: [], ownStores: [] });
    await expect(postgresConnector(settings({ host: '127.0.0.1', port: 5432 }), strict).open()).rejects.toMatchObject({
      reason: 'egress_refused',
    });
    await expect(postgresConnector(settings({ host: '/var/run/postgresql' }), strict).open()).rejects.toMatchObject({
      reason: 'egress_refused',
    });
  });
});
