import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type DataSource, type EntitySchema, QueryFailedError, type QueryRunner } from 'typeorm';
import { Mutex } from '../database/mutex.js';
import { AnsweringClient } from './answering-client.js';
import { mysqlSource, postgresSource, sqliteSource } from './data-sources.js';
import type { SystemDatabaseOptions } from './options.js';

/** Milliseconds to wait for another process that writes the SQLite file, and between two looks. */
const LOCK_TIMEOUT = 10_000;
const LOCK_RETRY = 5;

export type StatementRow = Readonly<Record<string, unknown>>;

type Work<R> = (runner: QueryRunner) => Promise<R>;

/** The connections of one system database, and how transactions run on them. */
export interface Connections {
  /** For reads outside of transactions. */
  readonly source: DataSource;
  /** A transaction that writes; whatever `work` throws rolls it back. */
  write<R>(work: Work<R>): Promise<R>;
  /** A transaction whose reads all see one moment. */
  snapshot<R>(work: Work<R>): Promise<R>;
  /** One statement with a `?` for each value, outside of transactions; rows come from a SELECT alone. */
  statement(sql: string, values: readonly (string | number)[]): Promise<StatementRow[]>;
  close(): Promise<void>;
}

export async function openConnections(options: SystemDatabaseOptions, entities: readonly EntitySchema[] = []): Promise<Connections> {
  return options.dialect === 'sqlite' ? openFile(options, entities) : openServer(options, entities);
}

async function openServer(options: SystemDatabaseOptions, entities: readonly EntitySchema[]): Promise<Connections> {
  const source = options.dialect === 'postgres' ? postgresSource(options, entities, AnsweringClient) : await mysqlSource(options, entities);
  await source.initialize();
  const inTransaction = <R>(begin: readonly string[], work: Work<R>) => transaction(source.createQueryRunner(), begin, work);
  const isPostgres = options.dialect === 'postgres';
  return {
    source,
    write: (work) => inTransaction(isPostgres ? POSTGRES_WRITE : MYSQL_WRITE, work),
    snapshot: (work) => inTransaction(isPostgres ? POSTGRES_SNAPSHOT : MYSQL_SNAPSHOT, work),
    async statement(sql, values) {
      const rows: unknown = await source.query(isPostgres ? numbered(sql) : sql, [...values]);
      return isSelect(sql) ? (rows as StatementRow[]) : [];
    },
    close: () => source.destroy(),
  };
}

// Not by TypeORM's own transactions, which take a statement more on PostgreSQL.
const POSTGRES_WRITE = ['START TRANSACTION ISOLATION LEVEL READ COMMITTED'];
const POSTGRES_SNAPSHOT = ['START TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY'];
const MYSQL_WRITE = ['SET TRANSACTION ISOLATION LEVEL READ COMMITTED', 'START TRANSACTION'];
const MYSQL_SNAPSHOT = ['SET TRANSACTION ISOLATION LEVEL REPEATABLE READ', 'START TRANSACTION READ ONLY'];

/** A connection runs its statements in the order in which they are given to it: `work` need not wait for the answer to the first. */
async function transaction<R>(runner: QueryRunner, begin: readonly string[], work: Work<R>): Promise<R> {
  try {
    await runner.connect();
    const begun = Promise.all(begin.map((statement) => runner.query(statement)));
    const working = work(runner);
    await Promise.allSettled([begun, working]);
    await begun;
    const result = await working;
    await runner.query('COMMIT');
    return result;
  } catch (error) {
    // On a lost connection there is nothing to roll back; the first error is the one to tell.
    await runner.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    await runner.release();
  }
}

/**
 * SQLite: TypeORM has one connection per data source, so that two transactions on one would run into each other. Hence a source for
 * writes, one for reads and one for snapshots, and a mutex around each transaction.
 */
async function openFile(options: SystemDatabaseOptions, entities: readonly EntitySchema[]): Promise<Connections> {
  if (!options.file) throw new Error('The system database on SQLite needs the path of its file.');
  const writer = await sqliteSource(options, entities, 'write').initialize();
  const reader = await sqliteSource(options, entities, 'read').initialize();
  const snapshots = await sqliteSource(options, entities, 'snapshot').initialize();
  // SQLite waits for a lock by blocking the thread, and with it whoever holds the lock in this process: we wait by ourselves instead.
  await writer.query('PRAGMA busy_timeout = 0');
  // IMMEDIATE takes the write lock first: a transaction that read before it writes could not get it any more.
  const write = serialized(writer, 'BEGIN IMMEDIATE', writeMutex(options.file));
  return {
    source: reader,
    write,
    snapshot: serialized(snapshots, 'BEGIN', new Mutex()),
    async statement(sql, values) {
      if (isSelect(sql)) return reader.query(sql, [...values]);
      await write((runner) => runner.query(sql, [...values]));
      return [];
    },
    async close() {
      await Promise.all([reader.destroy(), snapshots.destroy()]);
      await writer.destroy();
    },
  };
}

const isSelect = (sql: string): boolean => /^\s*SELECT\b/i.test(sql);

/** PostgreSQL numbers its values. */
function numbered(sql: string): string {
  let number = 0;
  return sql.replace(/\?/g, () => `$${++number}`);
}

const writeMutexes = new Map<string, WeakRef<Mutex>>();

/** One for all who write a file in this process. */
function writeMutex(file: string): Mutex {
  const path = resolve(file);
  const known = writeMutexes.get(path)?.deref();
  if (known) return known;
  const mutex = new Mutex();
  writeMutexes.set(path, new WeakRef(mutex));
  return mutex;
}

function serialized(source: DataSource, begin: string, mutex: Mutex) {
  return <R>(work: Work<R>): Promise<R> =>
    mutex.run(async () => {
      const runner = source.createQueryRunner();
      await beginPatiently(runner, begin);
      try {
        const result = await work(runner);
        await runner.query('COMMIT');
        return result;
      } catch (error) {
        // Some errors (a full disk) have ended the transaction already.
        await runner.query('ROLLBACK').catch(() => undefined);
        throw error;
      }
    });
}

/** Begins as soon as no other process holds the lock. */
async function beginPatiently(runner: QueryRunner, begin: string): Promise<void> {
  for (const deadline = performance.now() + LOCK_TIMEOUT; ; await setTimeout(LOCK_RETRY)) {
    try {
      await runner.query(begin);
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error;
    }
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof QueryFailedError && (error.driverError as { code?: unknown }).code === 'SQLITE_BUSY';
}
