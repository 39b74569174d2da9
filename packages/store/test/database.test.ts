import Database from 'better-sqlite3';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { mariadbServer, postgresServer } from '../../../test/containers.ts';
import { DatabaseCache, type Statements } from '../src/cache/database.ts';
import { RecordedLog } from './backend.ts';
import { cacheStoreSuite } from './cache-store-suite.ts';

interface TestDatabase extends Statements {
  close(): Promise<void>;
}

function sqlite(): TestDatabase {
  const db = new Database(':memory:');
  return {
    dialect: 'sqlite',
    async run(sql, values) {
      const statement = db.prepare(sql);
      if (statement.reader) return statement.all(...values) as Record<string, unknown>[];
      statement.run(...values);
      return [];
    },
    async close() {
      db.close();
    },
  };
}

function postgres(url: string): TestDatabase {
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  return {
    dialect: 'postgres',
    async run(sql, values) {
      let number = 0;
      return (
        await pool.query(
          sql.replace(/\?/g, () => `$${++number}`),
          [...values],
        )
      ).rows;
    },
    close: () => pool.end(),
  };
}

function mariadb(url: string): TestDatabase {
  const pool = mysql.createPool({ uri: url, connectionLimit: 10 });
  return {
    dialect: 'mysql',
    async run(sql, values) {
      const [rows] = await pool.query(sql, [...values]);
      return Array.isArray(rows) ? (rows as Record<string, unknown>[]) : [];
    },
    close: () => pool.end(),
  };
}

const postgresUrl = await postgresServer();
const mariadbUrl = await mariadbServer();
const databases: [string, () => TestDatabase][] = [['SQLite', sqlite]];
if (postgresUrl !== undefined) databases.push(['PostgreSQL', () => postgres(postgresUrl)]);
if (mariadbUrl !== undefined) databases.push(['MariaDB', () => mariadb(mariadbUrl)]);

const cacheIn = (statements: Statements, prefix = 'test', table = 'cache') =>
  new DatabaseCache({ statements, table, prefix, log: new RecordedLog() });

for (const [name, open] of databases) {
  cacheStoreSuite(`in a table on ${name}`, async () => {
    const database = open();
    return {
      open: async () => cacheIn(database),
      openOther: async () => cacheIn(database, 'other'),
      resolutionMs: 1000,
      clearsExactly: true,
      close: () => database.close(),
    };
  });

  describe(`the cache in a table on ${name}`, () => {
    it('shares the table of the original without touching its rows', async () => {
      const database = open();
      const quote = database.dialect === 'mysql' ? '`' : '"';
      const key = `${quote}key${quote}`;
      await database.run(
        `CREATE TABLE cache_shared (${key} VARCHAR(255) PRIMARY KEY, value TEXT NOT NULL, expiration INTEGER NOT NULL)`,
        [],
      );
      const insert = `INSERT INTO cache_shared (${key}, value, expiration) VALUES (?, ?, ?)`;
      await database.run(insert, ['test:theirs', 'i:1;', 1]);
      const cache = cacheIn(database, 'test', 'cache_shared');
      await cache.set('ours', Buffer.from('x'), 60_000);
      await cache.set('Ours', Buffer.from('y'), 60_000);
      await cache.set('theirs', Buffer.from('z'), 60_000);
      expect((await cache.get('Ours'))?.toString()).toBe('y');
      await cache.sweep();
      await cache.clear();
      expect(await database.run(`SELECT ${key}, value FROM cache_shared`, [])).toEqual([{ key: 'test:theirs', value: 'i:1;' }]);
      await cache.close();
      await database.close();
    });
  });
}
