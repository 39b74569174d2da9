import { SystemUnavailable } from '@headgate/core';
import type mysql from 'mysql2/promise';
import pg from 'pg';
import type { Version } from '../system-database.js';
import { postgresTypes } from './data-sources.js';
import type { SystemDatabaseOptions } from './options.js';

/** Reads the version on a connection of its own, that nothing else can keep waiting; a connection that fails is dropped and made anew. */
export interface VersionProbe {
  read(): Promise<Version>;
  close(): Promise<void>;
}

/** Milliseconds after which an unanswered probe counts as lost. */
const ANSWER_TIMEOUT = 2_000;
/** Milliseconds for a new connection: calls wait for it. */
const PROBE_CONNECT_TIMEOUT = 2_000;

const LAST = "SELECT version, nonce FROM headgate_version WHERE scope = '*'";
const LAST_AND_OUTBOX = `SELECT EXISTS (SELECT 1 FROM headgate_outbox) AS unraised, v.version, v.nonce
  FROM (SELECT 1 AS one) AS o LEFT JOIN headgate_version AS v ON v.scope = '*'`;

interface ProbeConnection {
  query(): Promise<{ version?: unknown; nonce?: unknown; unraised?: unknown } | undefined>;
  /** Ends it at once, waiting for nothing. */
  destroy(): void;
}

export function openVersionProbe(options: SystemDatabaseOptions): VersionProbe {
  const connect = { postgres: connectPostgres, mysql: connectMysql, sqlite: connectSqlite }[options.dialect];
  let connection: ProbeConnection | undefined;
  let closed = false;

  function drop(): void {
    connection?.destroy();
    connection = undefined;
  }

  async function ask() {
    connection ??= await connect(options);
    return within(ANSWER_TIMEOUT, connection.query());
  }

  return {
    async read() {
      if (closed) throw SystemUnavailable();
      const reused = connection !== undefined;
      try {
        const row = await ask().catch((error: unknown) => {
          drop();
          // The server may have ended an old connection, and be there all the same.
          if (reused && !closed) return ask();
          throw error;
        });
        return { number: Number(row?.version ?? 0), nonce: String(row?.nonce ?? ''), unraised: Number(row?.unraised ?? 0) === 1 };
      } catch (error) {
        drop();
        throw SystemUnavailable().withDetail(error instanceof Error ? error.message : String(error), error);
      } finally {
        if (closed) drop();
      }
    },
    async close() {
      closed = true;
      drop();
    },
  };
}

async function connectPostgres(options: SystemDatabaseOptions): Promise<ProbeConnection> {
  const client = new pg.Client({
    host: options.host ?? '127.0.0.1',
    port: options.port,
    database: options.database,
    user: options.username,
    password: options.password,
    ...(options.ssl !== undefined && { ssl: options.ssl }),
    connectionTimeoutMillis: PROBE_CONNECT_TIMEOUT,
    application_name: 'headgate proof',
    types: postgresTypes,
  });
  // What ends the connection also fails the next query, which says so.
  client.on('error', () => undefined);
  await client.connect();
  return {
    query: async () => (await client.query<{ version: unknown; nonce: unknown }>({ name: 'headgate_version', text: LAST })).rows[0],
    destroy: () => void client.end().catch(() => undefined),
  };
}

async function connectMysql(options: SystemDatabaseOptions): Promise<ProbeConnection> {
  const { default: driver } = await import('mysql2/promise');
  const connection = await driver.createConnection({
    host: options.host ?? '127.0.0.1',
    ...(options.port !== undefined && { port: options.port }),
    ...(options.database !== undefined && { database: options.database }),
    ...(options.username !== undefined && { user: options.username }),
    ...(options.password !== undefined && { password: options.password }),
    ...(options.ssl !== undefined && options.ssl !== false && { ssl: options.ssl === true ? {} : options.ssl }),
    connectTimeout: PROBE_CONNECT_TIMEOUT,
  });
  connection.on('error', () => undefined);
  return {
    query: async () => {
      const [rows] = await connection.query<(mysql.RowDataPacket & { version?: unknown })[]>(LAST_AND_OUTBOX);
      return rows[0];
    },
    destroy: () => connection.destroy(),
  };
}

async function connectSqlite(options: SystemDatabaseOptions): Promise<ProbeConnection> {
  const { default: Sqlite } = await import('better-sqlite3');
  const database = new Sqlite(options.file ?? '', { readonly: true, fileMustExist: true });
  const statement = database.prepare<[], { version: unknown; nonce: unknown; unraised: unknown }>(LAST_AND_OUTBOX);
  return { query: async () => statement.get(), destroy: () => void database.close() };
}

async function within<R>(milliseconds: number, answer: Promise<R>): Promise<R> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds);
    timer.unref();
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
