import type { Condition } from './condition.js';
import type { Encrypter } from './encryption/encrypter.js';
import type { Row, Table, Values } from './tables/define-table.js';
import type { ChangeNumber } from './workers/change-number.js';
import type { Elsewhere } from './workers/elsewhere.js';
import type { WorkerRegistry } from './workers/worker-registry.js';

export type SystemDialect = 'postgres' | 'mysql' | 'sqlite';

export interface RecordQuery {
  readonly where?: Condition;
  readonly order?: readonly (readonly [column: string, direction: 'asc' | 'desc'])[];
  readonly limit?: number;
  readonly offset?: number;
}

/** Reads rows of the system database. Secrets come decrypted, JSON parsed, booleans as booleans, times as UTC texts, on every dialect alike. */
export interface RecordReader {
  /** For configurations whose members are encrypted one by one. */
  readonly encrypter: Encrypter;
  find<T extends Table>(table: T, query?: RecordQuery): Promise<Row<T>[]>;
  findOne<T extends Table>(table: T, where: Condition): Promise<Row<T> | undefined>;
  count(table: Table, where?: Condition): Promise<number>;
}

/** One transaction of changes. Its scopes are raised as its last statement (design.md 6). */
export interface Change extends RecordReader {
  /** Inserts one row and answers it as stored, generated key and defaults included. Throws `UniqueViolation` or `ReferenceViolation`. */
  insert<T extends Table>(table: T, values: Values<T>): Promise<Row<T>>;
  /** Answers the number of rows that matched. */
  update<T extends Table>(table: T, where: Condition, values: Values<T>): Promise<number>;
  delete(table: Table, where: Condition): Promise<number>;
  /** Names what changed: `role:3`, `service:5`, `app:4`, `user:7`, `lookup`, `cors`, `limit`, `revocation` ... */
  raise(scope: string): void;
  /** Work that must wait for the commit (dropping a cache entry, closing a pool); its failure is logged, never the change's. */
  afterCommit(work: () => void | Promise<void>): void;
}

/** A unique key refused the row; `columns` are those of the key. */
export class UniqueViolation extends Error {
  readonly columns: readonly string[];
  constructor(columns: readonly string[]) {
    super(`not unique: ${columns.join(', ')}`);
    this.name = 'UniqueViolation';
    this.columns = columns;
  }
}

/** A foreign key refused the change. `table` is the one that holds the key. */
export class ReferenceViolation extends Error {
  readonly table: string | undefined;
  readonly columns: readonly string[];
  constructor(table: string | undefined, columns: readonly string[]) {
    super(`reference violated: ${table ?? '?'} ${columns.join(', ')}`);
    this.name = 'ReferenceViolation';
    this.table = table;
    this.columns = columns;
  }
}

export interface SystemDatabase extends RecordReader {
  readonly dialect: SystemDialect;
  /**
   * Runs changes in one transaction. Resolves once they are committed and hold in every worker: each has acknowledged them, or 600 ms have
   * passed, after which no worker answers from anything older.
   * Whatever `work` throws rolls everything back and is thrown on. After a violation the transaction is lost: let it be thrown on.
   * Work that the database ends in favour of another transaction (a deadlock) is run again from its start, a few times.
   * Work must neither start another change nor wait for a proof (`SystemState.current`): on SQLite both would wait for this very change.
   */
  change<R>(work: (change: Change) => Promise<R>): Promise<R>;
  close(): Promise<void>;
}

/** The number and nonce of the last change (`*` in `headgate_version`), and whether triggers have seen others that nobody raised yet. */
export interface Version extends ChangeNumber {
  readonly unraised: boolean;
}

/** A system database whose changes can be followed: what `openSystemState` stands on. */
export interface VersionedSystemDatabase extends SystemDatabase {
  /** One statement on the primary, on a connection of its own. Rejects with `SystemUnavailable`. */
  readVersion(): Promise<Version>;
  /** Reads of one moment: all see the same state of the database. */
  snapshot<R>(work: (reader: RecordReader) => Promise<R>): Promise<R>;
  /**
   * One statement, outside of transactions, on a table that is not part of the schema, such as that of a cache. It has a `?` for each
   * value; rows come from a SELECT alone.
   */
  statement(sql: string, values: readonly (string | number)[]): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Raises what triggers have seen. */
  raiseUnraised(): Promise<void>;
  /**
   * Called after every commit of this process. Answers the change up to which nothing older is in use in this process, a number that the
   * commit is part of; `change` waits for it, and then for the other workers.
   */
  onCommit(listener: () => Promise<ChangeNumber | undefined>): void;
  /** The rows of the workers. */
  readonly registry: WorkerRegistry;
  /** How changes of this process wait for the other workers. */
  readonly elsewhere: Elsewhere;
}
