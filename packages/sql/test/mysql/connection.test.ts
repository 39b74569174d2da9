import { SILENT } from '@headgate/core';
import { afterEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/dialect/dialect.js';
import { createEgressPolicy } from '../../src/egress/policy.js';
import { type MysqlConnectorConfig, mysqlConnector } from '../../src/mysql/connector.js';
import { mysql } from '../../src/mysql/dialect.js';
import { ConnectionBudget } from '../../src/source/budget.js';
import { openSource } from '../../src/source/open-source.js';
import { freshMariadb, openMariadb } from '../dialects/mariadb.js';

const server = await freshMariadb([
  'CREATE TABLE parent (id int PRIMARY KEY)',
  `CREATE TABLE t (id bigint AUTO_INCREMENT PRIMARY KEY, email varchar(20) UNIQUE, name varchar(20) NOT NULL DEFAULT 'x', age tinyint CHECK (age > 17),
      parent_id int, big bigint unsigned, d decimal(38,18), b blob, FOREIGN KEY (parent_id) REFERENCES parent (id))`,
]);
const config = server as MysqlConnectorConfig;
const opened: Connection[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((connection) => connection.close()));
});

async function open(changes: Partial<MysqlConnectorConfig> = {}): Promise<Connection> {
  const connection = await openMariadb({ ...config, ...changes });
  opened.push(connection);
  return connection;
}

const problem = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error) => mysql.classify(error),
  );

describe.skipIf(!server)('a MySQL connection', () => {
  it('keeps 64-bit integers and decimals exact both ways', async () => {
    const connection = await open();
    await connection.begin();
    const digits = '12345678901234567890.123456789012345678';
    const { insertId } = await connection.query('INSERT INTO t (id, big, d, b) VALUES (?, ?, ?, ?)', [
      9007199254740993n,
      18446744073709551615n,
      digits,
      Buffer.from([0, 255]),
    ]);
    expect(String(insertId)).toBe('9007199254740993');
    const { rows } = await connection.query('SELECT id, big, d, b FROM t WHERE id = ? AND big = ? AND d = ?', [
      9007199254740993n,
      18446744073709551615n,
      digits,
    ]);
    expect(rows).toEqual([['9007199254740993', '18446744073709551615', digits, Buffer.from([0, 255])]]);
    expect((await connection.query('SELECT id FROM t WHERE id = ?', [9007199254740992])).rows).toEqual([]);
    await connection.rollback();
  });

  it('names what was wrong with a write', async () => {
    const connection = await open();
    await connection.begin();
    await connection.query("INSERT INTO t (id, email) VALUES (1, 'a')");
    const insert = (columns: string, ...values: unknown[]) =>
      problem(connection.query(`INSERT INTO t (${columns}) VALUES (${values.map(() => '?').join(',')})`, values));
    expect(await insert('email', 'a')).toEqual({ kind: 'duplicate', columns: [] });
    expect(await insert('name', null)).toEqual({ kind: 'null', column: 'name' });
    expect(await insert('age', 3)).toMatchObject({ kind: 'check' });
    expect(await insert('age', 300)).toEqual({ kind: 'value', column: 'age' });
    expect(await insert('name', 'much longer than twenty characters')).toEqual({ kind: 'value', column: 'name' });
    expect(await insert('parent_id', 99)).toEqual({ kind: 'reference', columns: ['parent_id'] });
    expect(await problem(connection.query('SELECT nosuch FROM t'))).toEqual({ kind: 'staleSchema' });
    expect(await problem(connection.query('SELECT 1 FROM nosuch'))).toEqual({ kind: 'staleSchema' });
    await connection.rollback();
  });

  it('refuses writes when it is read only', async () => {
    const connection = await open({ readOnly: true });
    expect(await problem(connection.query("INSERT INTO t (email) VALUES ('ro')"))).toEqual({ kind: 'readOnly' });
    expect((await connection.query('SELECT count(*) FROM t')).rows).toEqual([[0]]);
  });

  it('ends a long statement at its timeout', async () => {
    const connection = await open({ statementTimeoutMs: 100 });
    expect(await problem(connection.query('SELECT SLEEP(20)'))).toEqual({ kind: 'timeout' });
  });

  it('ends what runs on the server when it is cancelled', async () => {
    const watcher = await open();
    const connection = await open();
    const [id] = (await connection.query('SELECT CONNECTION_ID()')).rows[0] ?? [];
    const running = problem(connection.query('SELECT SLEEP(20)'));
    connection.cancel();
    expect(await running).toEqual({ kind: 'cancelled' });
    expect(connection.isBroken).toBe(true);
    const isAlive = async () => (await watcher.query('SELECT 1 FROM information_schema.PROCESSLIST WHERE ID = ?', [id])).rows.length > 0;
    await expect.poll(isAlive, { timeout: 5_000 }).toBe(false);
  });

  it('is left alone by a cancellation that comes after its statement', async () => {
    const connection = await open();
    await connection.query('SELECT 1');
    connection.cancel();
    expect(connection.isBroken).toBe(false);
    expect((await connection.query('SELECT 2')).rows).toEqual([[2]]);
  });

  it('undoes to a savepoint and rolls back', async () => {
    const connection = await open();
    await connection.begin();
    await connection.query("INSERT INTO t (email) VALUES ('one')");
    await connection.savepoint();
    await connection.query("INSERT INTO t (email) VALUES ('two')");
    await connection.rollbackToSavepoint();
    expect((await connection.query('SELECT email FROM t')).rows).toEqual([['one']]);
    await connection.rollback();
    expect((await connection.query('SELECT email FROM t')).rows).toEqual([]);
  });

  it('sets the session as configured', async () => {
    const connection = await open({
      timezone: '+03:00',
      collation: 'utf8_unicode_ci',
      strict: true,
      statements: ["SET @greeting = 'hello'"],
    });
    const { rows } = await connection.query('SELECT @@SESSION.time_zone, @@SESSION.collation_connection, @@SESSION.sql_mode, @greeting');
    expect(rows[0]?.[0]).toBe('+03:00');
    expect(rows[0]?.[1]).toBe('utf8mb4_unicode_ci');
    expect(rows[0]?.[2]).toContain('STRICT_TRANS_TABLES');
    expect(rows[0]?.[3]).toBe('hello');
  });

  it('tells wrong credentials and closed ports from errors of statements', async () => {
    expect(await problem(open({ password: 'wrong' }))).toMatchObject({ kind: 'unavailable' });
    expect(await problem(open({ port: 1 }))).toMatchObject({ kind: 'unavailable' });
    expect(await problem(open({ database: 'headgate_no_such_database' }))).toMatchObject({ kind: 'unavailable' });
  });

  it('keeps backslashes as escapes in patterns whatever the modes', async () => {
    for (const changes of [
      { modes: 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES' },
      { statements: ["SET SESSION sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES'"] },
    ]) {
      const connection = await open(changes);
      expect((await connection.query('SELECT ? LIKE ?, ? LIKE ?', ['50%', '50\\%', '500', '50\\%'])).rows).toEqual([[1, 0]]);
    }
  });

  it('is replaced in a pool when the server ended it', async () => {
    const connector = mysqlConnector(config, {
      serviceName: 'db',
      log: SILENT,
      egress: createEgressPolicy({ allow: ['loopback'], ownStores: [] }),
    });
    const source = openSource(connector, {
      serviceName: 'db',
      poolMax: 1,
      acquireTimeoutMs: 5_000,
      budget: new ConnectionBudget(5),
      log: SILENT,
    });
    const idOf = () => source.use(async (connection) => (await connection.query('SELECT CONNECTION_ID()')).rows[0]?.[0]);
    const first = await idOf();
    expect(await idOf()).toBe(first);
    const idle = await source.acquire();
    source.release(idle);
    await (await open()).query(`KILL ${Number(first)}`);
    await expect.poll(() => idle.isBroken).toBe(true);
    expect(await idOf()).not.toBe(first);
    await source.close();
    expect(source.state.open).toBe(0);
  });

  it('goes nowhere that the egress policy refuses', async () => {
    const loopback = { ...config, host: '127.0.0.1' };
    const refusing = mysqlConnector(loopback, { serviceName: 'db', log: SILENT, egress: createEgressPolicy({ allow: [], ownStores: [] }) });
    await expect(refusing.open()).rejects.toMatchObject({ reason: 'egress_refused' });
  });
});
