import { setTimeout as wait } from 'node:timers/promises';
import { SystemUnavailable } from '@headgate/core';
import type mysql from 'mysql2/promise';
import pg from 'pg';
import { Mutex } from '../database/mutex.js';
import { postgresTypes } from './data-sources.js';
import type { SystemDatabaseOptions } from './options.js';

/**
 * One connection outside of the pool for small statements that no load on the pool may delay. One that fails or does not answer is
 * dropped at once, and made anew by the next statement. Statements run one after the other, each committed by itself.
 */
export interface OwnConnection {
  /** Rejects with `SystemUnavailable`. A statement may run twice where its answer was lost. */
  run(statement: Statement, values?: readonly StatementValue[]): Promise<StatementResult>;
  close(): Promise<void>;
}

export type StatementValue = string | number | null;

/** A statement in the words of the connection's dialect, prepared once a connection. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

export interface StatementResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** How many rows a statement that writes has matched. */
  readonly affected: number;
}

export interface OwnConnectionUse {
  /** How the server names it in its lists: `headgate proof`. */
  readonly name: string;
  readonly mode: 'reads' | 'writes';
}

/** Milliseconds after which an unanswered statement counts as lost. */
const ANSWER_TIMEOUT = 2_000;
/** Milliseconds for a new connection: calls wait for it. */
const CONNECT_TIMEOUT = 2_000;
/** Milliseconds between two looks whether another process still holds the lock of the SQLite file. */
const LOCK_RETRY = 3;

interface Connected {
  run(statement: Statement, values: readonly StatementValue[]): Promise<StatementResult>;
  /** Ends it at once, waiting for nothing. */
  destroy(): void;
}

export function openOwnConnection(options: SystemDatabaseOptions, use: OwnConnectionUse): OwnConnection {
  const connect = { postgres: connectPostgres, mysql: connectMysql, sqlite: connectSqlite }[options.dialect];
  const turns = new Mutex();
  let connection: Connected | undefined;
  let closed = false;

  function drop(): void {
    connection?.destroy();
    connection = undefined;
  }

  async function attempt(statement: Statement, values: readonly StatementValue[]): Promise<StatementResult> {
    connection ??= await connect(options, use);
    return within(ANSWER_TIMEOUT, connection.run(statement, values));
  }

  async function run(statement: Statement, values: readonly StatementValue[]): Promise<StatementResult> {
    if (closed) throw SystemUnavailable();
    const reused = connection !== undefined;
    try {
      return await attempt(statement, values).catch((error: unknown) => {
        drop();
        // The server may have ended an old connection, and be there all the same.
        if (reused && !closed && !(error instanceof Unanswered)) return attempt(statement, values);
        throw error;
      });
    } catch (error) {
      drop();
      throw SystemUnavailable().withDetail(error instanceof Error ? error.message : String(error), error);
    } finally {
      if (closed) drop();
    }
  }

  return {
    run: (statement, values = []) => turns.run(() => run(statement, values)),
    async close() {
      closed = true;
      drop();
    },
  };
}

async function connectPostgres(options: SystemDatabaseOptions, { name }: OwnConnectionUse): Promise<Connected> {
  const client = new pg.Client({
    host: options.host ?? '127.0.0.1',
    port: options.port,
    database: options.database,
    user: options.username,
    password: options.password,
    ...(options.ssl !== undefined && { ssl: options.ssl }),
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    application_name: name,
    // What these connections write is worthless after a crash of the server.
    options: '-c TimeZone=UTC -c synchronous_commit=off',
    types: postgresTypes,
  });
  // What ends the connection also fails the next statement, which says so.
  client.on('error', () => undefined);
  await client.connect();
  return {
    async run(statement, values) {
      const { rows, rowCount } = await client.query<Record<string, unknown>>({ ...statement, values: [...values] });
      return { rows, affected: rowCount ?? 0 };
    },
    destroy: () => void client.end().catch(() => undefined),
  };
}

async function connectMysql(options: SystemDatabaseOptions): Promise<Connected> {
  const { default: driver } = await import('mysql2/promise');
  const connection = await driver.createConnection({
    host: options.host ?? '127.0.0.1',
    ...(options.port !== undefined && { port: options.port }),
    ...(options.database !== undefined && { database: options.database }),
    ...(options.username !== undefined && { user: options.username }),
    ...(options.password !== undefined && { password: options.password }),
    ...(options.ssl !== undefined && options.ssl !== false && { ssl: options.ssl === true ? {} : options.ssl }),
    connectTimeout: CONNECT_TIMEOUT,
    dateStrings: true,
    timezone: 'Z',
  });
  connection.on('error', () => undefined);
  await within(CONNECT_TIMEOUT, connection.query("SET time_zone = '+00:00'"));
  return {
    async run({ text }, values) {
      const [result] = await connection.execute<mysql.RowDataPacket[] | mysql.ResultSetHeader>(text, [...values]);
      return Array.isArray(result) ? { rows: result, affected: result.length } : { rows: [], affected: result.affectedRows };
    },
    destroy: () => connection.destroy(),
  };
}

async function connectSqlite(options: SystemDatabaseOptions, { mode }: OwnConnectionUse): Promise<Connected> {
  const { default: Sqlite } = await import('better-sqlite3');
  // Waiting for a lock would block the thread, and with it whoever holds the lock in this process: `patiently` waits instead.
  const database = new Sqlite(options.file ?? '', { readonly: mode === 'reads', fileMustExist: true, timeout: 0 });
  // As above: worthless after a crash. The journal keeps the file whole all the same.
  if (mode === 'writes') database.pragma('synchronous = NORMAL');
  const prepared = new Map<string, ReturnType<typeof database.prepare>>();
  return {
    run: ({ text }, values) =>
      patiently(() => {
        const statement = prepared.get(text) ?? database.prepare(text);
        prepared.set(text, statement);
        if (!statement.reader) return { rows: [], affected: statement.run(...values).changes };
        const rows = statement.all(...values) as Record<string, unknown>[];
        return { rows, affected: rows.length };
      }),
    destroy: () => void database.close(),
  };
}

/** Tries as long as another connection holds the lock of the file, for less than a statement may take. */
async function patiently<R>(work: () => R): Promise<R> {
  for (const deadline = performance.now() + ANSWER_TIMEOUT * 0.75; ; await wait(LOCK_RETRY)) {
    try {
      return work();
    } catch (error) {
      const code = (error as { code?: unknown }).code;
      if ((code !== 'SQLITE_BUSY' && code !== 'SQLITE_LOCKED') || performance.now() >= deadline) throw error;
    }
  }
}

class Unanswered extends Error {}

async function within<R>(milliseconds: number, answer: Promise<R>): Promise<R> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Unanswered(`no answer within ${milliseconds} ms`)), milliseconds);
    timer.unref();
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
