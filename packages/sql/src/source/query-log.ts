import type { Logger } from '@headgate/core';
import type { Connection, QueryResult, Statement } from '../dialect/dialect.js';
import type { SourceCall } from './source.js';

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** The comment that lets a statement be found in the database's own log. Anything but a plain request id gives none. */
export function requestComment(requestId: string | undefined): string | undefined {
  return requestId !== undefined && REQUEST_ID.test(requestId) ? `/* request_id=${requestId} */` : undefined;
}

/**
 * A connection that tells the log what one call runs on it (`DB_QUERY_LOG_ENABLED`): `{service}: {statement}: {milliseconds} ms` at DEBUG.
 * Values are bound and so no part of a statement's text; they are not logged.
 */
export class LoggedConnection implements Connection {
  readonly #connection: Connection;
  readonly #log: Logger;
  readonly #service: string;
  readonly #requestId: string | undefined;
  readonly #comment: string | undefined;

  constructor(connection: Connection, service: string, log: Logger, call: SourceCall | undefined) {
    this.#connection = connection;
    this.#service = service;
    this.#log = log;
    this.#requestId = call?.origin?.requestId;
    this.#comment = requestComment(this.#requestId);
  }

  get isBroken(): boolean {
    return this.#connection.isBroken;
  }

  run(statement: Statement, values: readonly unknown[]): Promise<QueryResult> {
    return this.#logged(statement.text, this.#connection.run(statement, values, this.#comment));
  }

  query(text: string, values?: readonly unknown[]): Promise<QueryResult> {
    return this.#logged(text, this.#connection.query(text, values, this.#comment));
  }

  begin(): Promise<void> {
    return this.#logged('BEGIN', this.#connection.begin());
  }

  commit(): Promise<void> {
    return this.#logged('COMMIT', this.#connection.commit());
  }

  rollback(): Promise<void> {
    return this.#logged('ROLLBACK', this.#connection.rollback());
  }

  savepoint(): Promise<void> {
    return this.#logged('SAVEPOINT', this.#connection.savepoint());
  }

  releaseSavepoint(): Promise<void> {
    return this.#logged('RELEASE SAVEPOINT', this.#connection.releaseSavepoint());
  }

  rollbackToSavepoint(): Promise<void> {
    return this.#logged('ROLLBACK TO SAVEPOINT', this.#connection.rollbackToSavepoint());
  }

  cancel(): void {
    this.#connection.cancel();
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  #logged<T>(text: string, running: Promise<T>): Promise<T> {
    const started = performance.now();
    return running.finally(() => {
      const ms = Math.round((performance.now() - started) * 100) / 100;
      this.#log.debug(`${this.#service}: ${text}: ${ms} ms`, { request_id: this.#requestId });
    });
  }
}
