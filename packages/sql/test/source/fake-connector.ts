import { networkProblem } from '../../src/dialect/connect-problem.ts';
import type { Connection, Connector, Dialect, QueryResult } from '../../src/dialect/dialect.js';

/** A connection that does what the test says; statements other than `SELECT 1` wait for `finish`. */
export class FakeConnection implements Connection {
  readonly log: string[] = [];
  isBroken = false;
  isClosed = false;
  isDead = false;
  #running: PromiseWithResolvers<QueryResult> | undefined;

  run(): Promise<QueryResult> {
    return this.query('run');
  }

  query(text: string): Promise<QueryResult> {
    this.log.push(text);
    if (this.isDead) {
      this.isBroken = true;
      return Promise.reject(driverError('ECONNRESET'));
    }
    if (text !== 'wait') return Promise.resolve({ rows: [], affected: 0, insertId: undefined });
    this.#running = Promise.withResolvers();
    return this.#running.promise;
  }

  async begin(): Promise<void> {
    await this.query('begin');
  }
  async commit(): Promise<void> {
    await this.query('commit');
  }
  async rollback(): Promise<void> {
    await this.query('rollback');
  }
  async savepoint(): Promise<void> {}
  async releaseSavepoint(): Promise<void> {}
  async rollbackToSavepoint(): Promise<void> {}

  cancel(): void {
    this.log.push('cancel');
    this.#running?.reject(driverError('CANCELLED'));
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

export class FakeConnector implements Connector {
  readonly dialect = {
    connectProblem: networkProblem,
    classify: (error: unknown) =>
      error instanceof Error && 'code' in error && error.code === 'ECONNRESET' ? { kind: 'unavailable', detail: error.message } : undefined,
  } as unknown as Dialect;
  readonly opened: FakeConnection[] = [];
  attempts = 0;
  /** What opening fails with. */
  failure: Error | undefined;
  /** Holds attempts back until it is resolved. */
  gate: Promise<void> | undefined;

  async open(): Promise<Connection> {
    this.attempts++;
    await this.gate;
    if (this.failure) throw this.failure;
    const connection = new FakeConnection();
    this.opened.push(connection);
    return connection;
  }
}

export function driverError(code: string): Error {
  return Object.assign(new Error(`driver says ${code} about host secret.internal`), { code });
}
