import { link, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SILENT } from '@headgate/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/dialect/dialect.js';
import { ConnectionBudget } from '../../src/source/budget.js';
import { openSource } from '../../src/source/open-source.js';
import { sqliteConnector } from '../../src/sqlite/connector.js';
import { sqlite } from '../../src/sqlite/dialect.js';

let storage: string;
const opened: Connection[] = [];

beforeEach(async () => {
  storage = await mkdtemp(path.join(tmpdir(), 'headgate-sqlite-'));
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((connection) => connection.close()));
  await rm(storage, { recursive: true });
});

async function open(
  database: string,
  options: { readOnly?: boolean; statementTimeoutMs?: number; statements?: string[] } = {},
): Promise<Connection> {
  const config = {
    database,
    storage,
    statements: options.statements ?? [],
    statementTimeoutMs: options.statementTimeoutMs ?? 10_000,
    readOnly: options.readOnly ?? false,
  };
  const connection = await sqliteConnector(config, { serviceName: 'db', log: SILENT }).open();
  opened.push(connection);
  return connection;
}

const problem = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error) => sqlite.classify(error),
  );

describe('a SQLite connection', () => {
  it('creates a missing file and keeps 64-bit integers exact', async () => {
    const connection = await open('new.db');
    await connection.query('CREATE TABLE t (n bigint, b blob)');
    await connection.query('INSERT INTO t VALUES (?, ?)', [9223372036854775807n, Buffer.from('xyz')]);
    const { rows } = await connection.query('SELECT n, b, 7 FROM t');
    expect(rows[0]?.[0]).toBe(9223372036854775807n);
    expect(Buffer.from(rows[0]?.[1] as Uint8Array).toString()).toBe('xyz');
    expect(rows[0]?.[2]).toBe(7);
  });

  it('shares a file between connections and enforces foreign keys', async () => {
    const first = await open('shared.db');
    await first.query('CREATE TABLE a (id integer primary key)');
    await first.query('CREATE TABLE b (a_id integer REFERENCES a(id))');
    const second = await open('shared.db');
    expect(await problem(second.query('INSERT INTO b VALUES (1)'))).toEqual({ kind: 'reference', columns: [] });
  });

  it('names what was wrong with a write', async () => {
    const connection = await open('errors.db');
    await connection.query(
      'CREATE TABLE t (id integer primary key, email text UNIQUE, name text NOT NULL, age int CONSTRAINT adult CHECK (age > 17))',
    );
    await connection.query("INSERT INTO t VALUES (1, 'a', 'A', 20)");
    expect(await problem(connection.query("INSERT INTO t VALUES (2, 'a', 'A', 20)"))).toEqual({ kind: 'duplicate', columns: ['email'] });
    expect(await problem(connection.query("INSERT INTO t VALUES (1, 'b', 'A', 20)"))).toEqual({ kind: 'duplicate', columns: ['id'] });
    expect(await problem(connection.query("INSERT INTO t VALUES (3, 'c', NULL, 20)"))).toEqual({ kind: 'null', column: 'name' });
    expect(await problem(connection.query("INSERT INTO t VALUES (4, 'd', 'A', 2)"))).toEqual({ kind: 'check', constraint: 'adult' });
    expect(await problem(connection.query("INSERT INTO t VALUES ('x', 'd', 'A', 20)"))).toEqual({ kind: 'value', column: undefined });
    expect(await problem(connection.query('SELECT nosuch FROM t'))).toEqual({ kind: 'staleSchema' });
    expect(await problem(connection.query('SELECT 1 FROM nosuch'))).toEqual({ kind: 'staleSchema' });
  });

  it('refuses writes when it is read only', async () => {
    await (await open('ro.db')).query('CREATE TABLE t (id int)');
    const connection = await open('ro.db', { readOnly: true });
    expect(await problem(connection.query('INSERT INTO t VALUES (1)'))).toEqual({ kind: 'forbidden' });
    expect((await connection.query('SELECT count(*) FROM t')).rows).toEqual([[0]]);
  });

  it('gives a long statement up at its timeout while other work goes on', async () => {
    const connection = await open('slow.db', { statementTimeoutMs: 100 });
    const endless = 'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 3000000) SELECT count(*) FROM c';
    expect(await problem(connection.query(endless))).toEqual({ kind: 'timeout' });
    expect(connection.isBroken).toBe(true);
  });

  it('ends what runs when it is cancelled', async () => {
    const connection = await open('cancel.db');
    const running = problem(
      connection.query('WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 3000000) SELECT count(*) FROM c'),
    );
    connection.cancel();
    expect(await running).toEqual({ kind: 'cancelled' });
    expect(connection.isBroken).toBe(true);
  });

  it('is left alone by a cancellation that comes after its statement', async () => {
    const connection = await open('late.db');
    await connection.query('SELECT 1');
    connection.cancel();
    expect(connection.isBroken).toBe(false);
  });

  it('undoes to a savepoint and rolls back', async () => {
    const connection = await open('tx.db');
    await connection.query('CREATE TABLE t (id int)');
    await connection.begin();
    await connection.query('INSERT INTO t VALUES (1)');
    await connection.savepoint();
    await connection.query('INSERT INTO t VALUES (2)');
    await connection.rollbackToSavepoint();
    expect((await connection.query('SELECT id FROM t')).rows).toEqual([[1]]);
    await connection.rollback();
    expect((await connection.query('SELECT id FROM t')).rows).toEqual([]);
  });
});

describe('a pool of SQLite connections', () => {
  it('lets writers wait for each other', async () => {
    const config = {
      database: 'pool.db',
      storage,
      statements: ['CREATE TABLE IF NOT EXISTS t (n int)'],
      statementTimeoutMs: 10_000,
      readOnly: false,
    };
    const connector = sqliteConnector(config, { serviceName: 'db', log: SILENT });
    const source = openSource(connector, {
      serviceName: 'db',
      poolMax: 4,
      acquireTimeoutMs: 10_000,
      budget: new ConnectionBudget(5),
      log: SILENT,
    });
    const count = async (connection: Connection) => Number((await connection.query('SELECT count(*) FROM t')).rows[0]?.[0]);
    const write = () =>
      source.transaction(async (connection) => {
        const before = await count(connection);
        await connection.query('INSERT INTO t VALUES (?)', [before]);
      });
    await Promise.all(Array.from({ length: 20 }, write));
    const { rows } = await source.use((connection) => connection.query('SELECT count(DISTINCT n) FROM t'));
    expect(rows).toEqual([[20]]);
    await source.close();
  });
});

describe('additional statements', () => {
  it('run after each connect, within the own file', async () => {
    const connection = await open('statements.db', {
      statements: ['CREATE TABLE IF NOT EXISTS made (id int)', 'PRAGMA foreign_keys = OFF'],
    });
    expect((await connection.query('SELECT count(*) FROM made')).rows).toEqual([[0]]);
    expect((await connection.query('PRAGMA foreign_keys')).rows).toEqual([[1]]);
    await expect(open('statements.db', { statements: [`ATTACH '${path.join(tmpdir(), 'other.db')}' AS other`] })).rejects.toMatchObject({
      reason: 'source_refused',
    });
  });

  it('that are wrong leave no connection open', async () => {
    expect(await problem(open('wrong.db', { statements: ['SELECT * FROM nosuch'] }))).toEqual({ kind: 'staleSchema' });
  });
});

describe('the file of a SQLite service', () => {
  it.each(['../escape.db', '/etc/passwd', 'a/../../escape.db', '', ':memory:', 'file:x.db', 'sub/'])('is never %j', async (name) => {
    await expect(open(name)).rejects.toMatchObject({ reason: 'source_refused' });
  });

  it('is not reached through links that leave the folder', async () => {
    const outside = await mkdtemp(path.join(tmpdir(), 'headgate-outside-'));
    await writeFile(path.join(outside, 'secret.db'), '');
    await symlink(path.join(outside, 'secret.db'), path.join(storage, 'link.db'));
    await symlink(path.join(outside, 'missing.db'), path.join(storage, 'dangling.db'));
    await symlink(outside, path.join(storage, 'folder'));
    for (const name of ['link.db', 'dangling.db', 'folder/secret.db', 'folder/new.db']) {
      await expect(open(name)).rejects.toMatchObject({ reason: 'source_refused' });
    }
    await rm(outside, { recursive: true });
  });

  it('may lie in a folder of the storage', async () => {
    const connection = await open('sub/inner.db');
    expect((await connection.query('SELECT 1')).rows).toEqual([[1]]);
    const again = await open(path.join(storage, 'sub/inner.db'));
    expect((await again.query('SELECT 1')).rows).toEqual([[1]]);
  });

  it("is none of Headgate's own, by whatever name", async () => {
    const own = path.join(storage, 'system.sqlite');
    await writeFile(own, '');
    await link(own, path.join(storage, 'other.db'));
    for (const database of ['system.sqlite', 'other.db']) {
      const config = { database, storage, statements: [], statementTimeoutMs: 0, readOnly: false, ownFiles: [own] };
      await expect(sqliteConnector(config, { serviceName: 'db', log: SILENT }).open()).rejects.toMatchObject({
        reason: 'own_store_refused',
      });
    }
  });

  it('is not made by a read-only service', async () => {
    expect(await problem(open('missing.db', { readOnly: true }))).toMatchObject({ kind: 'unavailable' });
  });

  it('must be a database', async () => {
    await writeFile(
      path.join(storage, 'text.db'),
      'this is no database, whatever its name says, and it is long enough to be read as one'.repeat(20),
    );
    expect(await problem(open('text.db'))).toMatchObject({ kind: 'unavailable' });
  });
});
