import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SILENT } from '@headgate/core';
import { createEncrypter, generateAppKey, type SystemDatabaseOptions, type SystemDialect } from '@headgate/system-db';
import Sqlite from 'better-sqlite3';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { mariadbServer, postgresServer } from '../../../test/containers.ts';

export const testKey = generateAppKey();

/** Options for an empty system database; undefined where there is no server of the dialect. */
export async function emptyDatabase(dialect: SystemDialect): Promise<SystemDatabaseOptions | undefined> {
  const base = { dialect, encrypter: createEncrypter({ key: testKey }), log: SILENT, poolMax: 4 };
  if (dialect === 'sqlite') return { ...base, file: join(mkdtempSync(join(tmpdir(), 'headgate-')), 'system.db') };
  const address = dialect === 'postgres' ? await postgresServer() : await mariadbServer();
  if (address === undefined) return undefined;
  const url = new URL(address);
  return {
    ...base,
    host: url.hostname,
    port: Number(url.port),
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: url.pathname.slice(1),
  };
}

/** Someone else at the database, with nothing of ours between: what psql or a PHP instance would do. */
export interface Outsider {
  query(sql: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

export async function openOutsider(options: SystemDatabaseOptions): Promise<Outsider> {
  const { host, port, database, username: user, password } = options;
  switch (options.dialect) {
    case 'postgres': {
      const client = new pg.Client({ host, port, database, user, password });
      await client.connect();
      return { query: async (sql) => (await client.query(sql)).rows, close: () => client.end() };
    }
    case 'mysql': {
      const connection = await mysql.createConnection({ host: host!, port: port!, database: database!, user: user!, password: password! });
      await connection.query("SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')");
      return { query: async (sql) => (await connection.query(sql))[0] as Record<string, unknown>[], close: () => connection.end() };
    }
    case 'sqlite': {
      const database = new Sqlite(options.file!);
      database.pragma('foreign_keys = ON');
      return {
        query: async (sql) => {
          const statement = database.prepare(sql);
          if (statement.reader) return statement.all() as Record<string, unknown>[];
          statement.run();
          return [];
        },
        close: async () => void database.close(),
      };
    }
  }
}
