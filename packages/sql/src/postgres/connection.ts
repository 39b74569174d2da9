import type pg from 'pg';
import type { Connection, QueryResult, Statement } from '../dialect/dialect.js';
import { columnsOf } from './wire/data-row.js';
import type { MessageTap } from './wire/whole-messages.js';

/** Prepared statements that one connection keeps; the oldest is dropped for a new one. */
const MOST_PREPARED = 200;
const SAVEPOINT = 'headgate';

/** The part of pg's client that keeps what it prepared. */
interface PreparedNames {
  readonly connection: { readonly parsedStatements: Record<string, string>; readonly submittedNamedStatements?: Record<string, string> };
}

export class PostgresConnection implements Connection {
  readonly #client: pg.Client;
  readonly #sendCancel: () => Promise<void>;
  readonly #prepared = new Set<string>();
  readonly #tap: MessageTap;
  #broken = false;

  constructor(client: pg.Client, tap: MessageTap, sendCancel: () => Promise<void>) {
    this.#client = client;
    this.#tap = tap;
    this.#sendCancel = sendCancel;
    const markBroken = () => {
      this.#broken = true;
    };
    client.on('error', markBroken);
    client.on('end', markBroken);
  }

  get isBroken(): boolean {
    return this.#broken;
  }

  run(statement: Statement, values: readonly unknown[], comment?: string): Promise<QueryResult> {
    const bound = valuesOf(statement, values);
    if (++statement.uses < 2)
      return this.#runAs({ text: withComment(statement.text, comment), values: bound, rowMode: 'array' }, statement);
    if (!this.#prepared.has(statement.name)) this.#admit(statement.name);
    return this.#runAs({ name: statement.name, text: statement.text, values: bound, rowMode: 'array' }, statement);
  }

  /** JSON is taken from the wire as bytes, which go out as they are. */
  #runAs(config: pg.QueryArrayConfig, { writesJson }: Statement): Promise<QueryResult> {
    return writesJson === true ? this.#sendForJson(config) : this.#send(config);
  }

  query(text: string, values: readonly unknown[] = [], comment?: string): Promise<QueryResult> {
    return this.#send({ text: withComment(text, comment), values: values as unknown[], rowMode: 'array' });
  }

  async begin(): Promise<void> {
    await this.query('BEGIN');
  }

  async commit(): Promise<void> {
    await this.query('COMMIT');
  }

  async rollback(): Promise<void> {
    await this.query('ROLLBACK');
  }

  async savepoint(): Promise<void> {
    await this.query(`SAVEPOINT ${SAVEPOINT}`);
  }

  async releaseSavepoint(): Promise<void> {
    await this.query(`RELEASE SAVEPOINT ${SAVEPOINT}`);
  }

  async rollbackToSavepoint(): Promise<void> {
    await this.query(`ROLLBACK TO SAVEPOINT ${SAVEPOINT}; RELEASE SAVEPOINT ${SAVEPOINT}`);
  }

  cancel(): void {
    // A cancellation that comes late would end the statement of the next call: this session gets none.
    this.#broken = true;
    this.#sendCancel().catch(() => {
      // Nobody can end it any more but by leaving: the server notices when it next writes.
      (this.#client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    });
  }

  async close(): Promise<void> {
    this.#broken = true;
    await this.#client.end().catch(() => {});
  }

  #send(config: pg.QueryArrayConfig): Promise<QueryResult> {
    return new Promise((fulfil, reject) => {
      this.#client.query(config, (error: Error | undefined, result: pg.QueryArrayResult) => {
        if (!error) return fulfil({ rows: (result.rows ?? []) as unknown[][], affected: result.rowCount ?? 0, insertId: undefined });
        if (endsConnection(error)) this.#broken = true;
        reject(error);
      });
    });
  }

  #sendForJson(config: pg.QueryArrayConfig): Promise<QueryResult> {
    let row: unknown[] | undefined;
    this.#tap.takeRow = (message, loan) => {
      row = columnsOf(message, loan);
    };
    return new Promise((fulfil, reject) => {
      this.#client.query(config, (error: Error | undefined, result: pg.QueryArrayResult) => {
        this.#tap.takeRow = undefined;
        if (!error) return fulfil({ rows: row === undefined ? result.rows : [row], affected: 1, insertId: undefined });
        if (endsConnection(error)) this.#broken = true;
        reject(error);
      });
    });
  }

  #admit(name: string): void {
    if (this.#prepared.size >= MOST_PREPARED) {
      const oldest = this.#prepared.values().next().value!;
      this.#prepared.delete(oldest);
      const { connection } = this.#client as unknown as PreparedNames;
      delete connection.parsedStatements[oldest];
      if (connection.submittedNamedStatements) delete connection.submittedNamedStatements[oldest];
      // Queued before the statement that takes its place; a failure leaves a name behind that is never used again.
      this.query(`DEALLOCATE ${oldest}`).catch(() => {});
    }
    this.#prepared.add(name);
  }
}

const withComment = (text: string, comment: string | undefined) => (comment === undefined ? text : `${text} ${comment}`);

function valuesOf({ positions }: Statement, values: readonly unknown[]): unknown[] {
  const bound = new Array<unknown>(positions.length);
  for (let i = 0; i < positions.length; i++) bound[i] = values[positions[i]!];
  return bound;
}

/**
 * Whether a connection is of no use after an error: the server ended the session, or a statement that it prepared no longer fits its
 * tables (0A000), which only a new session forgets.
 */
function endsConnection(error: Error): boolean {
  const { code } = error as { code?: string };
  if (code === undefined) return true;
  return /^(?:08|57P|E[A-Z])/.test(code) || (code === '0A000' && error.message.includes('cached plan'));
}
