import { Worker } from 'node:worker_threads';
import { SourceRefused } from '@headgate/core';
import type { Connection, Connector, ConnectorDeps, QueryResult, Statement } from '../dialect/dialect.js';
import { bindings } from '../dialect/sql-text.js';
import { allowedStatement, resolveDatabaseFile } from './database-file.js';
import { sqlite } from './dialect.js';
import { CANCELLED, SqliteFailure, THREAD_ENDED, TIMED_OUT } from './errors.js';
import type { WorkerAnswer, WorkerOptions, WorkerRequest } from './worker.js';

export interface SqliteConnectorConfig {
  /** The name of the file inside `storage`. */
  readonly database: string;
  /** `DF_SQLITE_STORAGE`. */
  readonly storage: string;
  readonly statements: readonly string[];
  readonly statementTimeoutMs: number;
  readonly readOnly: boolean;
  /** Files that no service may open. */
  readonly ownFiles?: readonly string[];
}

/** How long a writer waits for another one, at most. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * Threads that were ended inside a long statement run on until SQLite returns from it. So many may, then no new connection
 * is opened: a view that never ends must not eat the machine.
 */
const MAX_ENDING_THREADS = 4;

/** A thread that reads too much at once ends by itself, and not the process with it. */
const LIMITS = { maxOldGenerationSizeMb: 512 };

const WORKER_URL = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);

/** Opens connections to a SQLite file, each in a thread of its own, so that a long statement blocks nobody and can be given up. */
export function sqliteConnector(config: SqliteConnectorConfig, _deps: ConnectorDeps): Connector {
  const ending = new Set<Worker>();
  return {
    dialect: sqlite,
    async open() {
      if (ending.size >= MAX_ENDING_THREADS) throw new SqliteFailure(THREAD_ENDED, 'earlier statements that were given up still run');
      if (!config.statements.every(allowedStatement)) throw SourceRefused('The additional SQL statements must not reach other files.');
      const options: WorkerOptions = {
        file: await resolveDatabaseFile(config.storage, config.database, config.ownFiles),
        busyTimeoutMs: Math.min(BUSY_TIMEOUT_MS, config.statementTimeoutMs || BUSY_TIMEOUT_MS),
        readOnly: config.readOnly,
        statements: config.statements,
      };
      const connection = new SqliteConnection(
        new Worker(WORKER_URL, { workerData: options, env: {}, resourceLimits: LIMITS }),
        config,
        ending,
      );
      await connection.opened();
      return connection;
    },
  };
}

interface Pending {
  readonly resolve: (result: QueryResult) => void;
  readonly reject: (error: SqliteFailure) => void;
  readonly timer: NodeJS.Timeout | undefined;
}

class SqliteConnection implements Connection {
  readonly #worker: Worker;
  readonly #statementTimeoutMs: number;
  readonly #begin: string;
  readonly #ending: Set<Worker>;
  #pending: Pending | undefined;
  #isBroken = false;
  #isClosing = false;
  #savepoints = 0;

  constructor(worker: Worker, config: SqliteConnectorConfig, ending: Set<Worker>) {
    this.#worker = worker;
    this.#statementTimeoutMs = config.statementTimeoutMs;
    // A write that begins as a reader fails where another writer came first; so it begins as a writer, and waits.
    this.#begin = config.readOnly ? 'BEGIN' : 'BEGIN IMMEDIATE';
    this.#ending = ending;
    worker.unref();
    worker.on('message', (answer: WorkerAnswer) => this.#answered(answer));
    worker.on('error', (error) => this.#lost(error instanceof Error ? error.message : String(error)));
    worker.on('exit', () => this.#lost('the thread has ended'));
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Waits until the thread has opened the file. */
  async opened(): Promise<void> {
    try {
      await this.#expectAnswer();
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  run(statement: Statement, values: readonly unknown[]): Promise<QueryResult> {
    statement.uses++;
    return this.#send({ text: statement.text, values: bindings(statement, values) });
  }

  query(text: string, values: readonly unknown[] = []): Promise<QueryResult> {
    return this.#send({ text, values });
  }

  async begin(): Promise<void> {
    await this.query(this.#begin);
  }

  async commit(): Promise<void> {
    await this.query('COMMIT');
  }

  async rollback(): Promise<void> {
    this.#savepoints = 0;
    await this.query('ROLLBACK');
  }

  async savepoint(): Promise<void> {
    await this.query(`SAVEPOINT s${++this.#savepoints}`);
  }

  async releaseSavepoint(): Promise<void> {
    await this.query(`RELEASE s${this.#savepoints--}`);
  }

  async rollbackToSavepoint(): Promise<void> {
    const name = `s${this.#savepoints--}`;
    await this.query(`ROLLBACK TO ${name}`);
    await this.query(`RELEASE ${name}`);
  }

  cancel(): void {
    this.#giveUp(CANCELLED, 'the statement was cancelled');
  }

  async close(): Promise<void> {
    if (this.#isBroken || this.#isClosing) return;
    this.#isClosing = true;
    if (this.#pending) return this.#giveUp(CANCELLED, 'the connection was closed');
    this.#isBroken = true;
    await new Promise<void>((resolve) => {
      this.#worker.once('exit', () => resolve());
      this.#worker.ref();
      this.#worker.postMessage('close');
    });
  }

  #send(request: WorkerRequest): Promise<QueryResult> {
    if (this.#isBroken) return Promise.reject(new SqliteFailure(THREAD_ENDED, 'the connection is closed'));
    const answer = this.#expectAnswer();
    this.#worker.postMessage(request);
    return answer;
  }

  #expectAnswer(): Promise<QueryResult> {
    const { promise, resolve, reject } = Promise.withResolvers<QueryResult>();
    const timer =
      this.#statementTimeoutMs > 0
        ? setTimeout(() => this.#giveUp(TIMED_OUT, 'the statement took too long'), this.#statementTimeoutMs)
        : undefined;
    this.#pending = { resolve, reject, timer };
    // An idle thread keeps no process alive, one at work does.
    this.#worker.ref();
    return promise;
  }

  #answered(answer: WorkerAnswer): void {
    const pending = this.#settle();
    if (!pending) return;
    if ('error' in answer) pending.reject(new SqliteFailure(answer.error.code, answer.error.message));
    else pending.resolve(answer);
  }

  #giveUp(code: string, message: string): void {
    const pending = this.#settle();
    if (!pending && !this.#isClosing) return;
    this.#end();
    pending?.reject(new SqliteFailure(code, message));
  }

  #lost(reason: string): void {
    this.#isBroken = true;
    this.#settle()?.reject(new SqliteFailure(THREAD_ENDED, reason));
  }

  #settle(): Pending | undefined {
    const pending = this.#pending;
    if (!pending) return undefined;
    clearTimeout(pending.timer);
    this.#worker.unref();
    this.#pending = undefined;
    return pending;
  }

  /** Ends the thread; what its statement wrote is rolled back by the next opener of the file. */
  #end(): void {
    this.#isBroken = true;
    this.#ending.add(this.#worker);
    this.#worker.terminate().finally(() => this.#ending.delete(this.#worker));
  }
}
