import type { JsonValue, Logger } from '@headgate/core';
import type { Plan, TypeStyle } from '../plan/nodes.js';
import type { ColumnSchema } from '../schema/table-schema.js';
import type { Catalogue, CatalogueScope } from './catalogue.js';

/** SQL text made from a plan. `positions[i]` is the index of the slot that placeholder `i` takes its value from. */
export interface Statement {
  readonly text: string;
  readonly positions: readonly number[];
  /** Times this statement was used; the connector prepares it by name from the second on. */
  uses: number;
  /** A short unique name for a prepared statement. */
  readonly name: string;
  /** It answers one row: how many records, and their JSON, as a text or, where it is long, a `JsonText` of bytes. */
  readonly writesJson?: boolean;
}

/** What a database can do; the planner asks here instead of knowing dialects. */
export interface Capabilities {
  /** The database can write the JSON of a whole answer in the contract's form. */
  readonly jsonText: boolean;
  /** INSERT, UPDATE and DELETE can answer columns of the rows they touched. */
  readonly returning: boolean;
  /** An array can be bound as one value. */
  readonly arrayParameters: boolean;
  readonly nullsOrdering: boolean;
  readonly xor: boolean;
  readonly schemas: boolean;
  /** Plans may have a group clause. */
  readonly grouping?: boolean;
  readonly routines: boolean;
  /** A failed statement ends the whole transaction, so that `continue` needs savepoints. */
  readonly failureAbortsTransaction: boolean;
}

/**
 * One kind of database. Quoting and SQL text live in `compile` alone; values never do.
 * The same five files in every dialect's folder: `connector`, `introspect`, `compile`, `types`, `capabilities`.
 */
export interface Dialect {
  readonly name: 'postgres' | 'mysql' | 'sqlite';
  readonly capabilities: Capabilities;
  compile(plan: Plan): Statement;
  /**
   * The value to bind for a client's value of a column (filter operands come as texts, record values as JSON).
   * Throws `BadValue` / `BadFilterValue`-style catalogue errors through `refuse` when it does not fit the type.
   */
  encode(column: ColumnSchema, value: JsonValue, refuse: (type: string) => never): unknown;
  /** The JSON value of a raw driver value of a column, in the contract's form or natively. */
  decode(column: ColumnSchema, raw: unknown, style: TypeStyle): JsonValue;
  /** Whether a column's values sort and compare alike when bound as text (for `like` on non-text columns a cast is made). */
  introspect(connection: Connection, scope: CatalogueScope): Promise<Catalogue>;
  /** Sorts a driver error into what the client may know; `undefined` when it has no better name. */
  classify(error: unknown): DriverProblem | undefined;
  /** What the configuration has to do with an error of connecting; `undefined` when only the text of the driver could tell. */
  connectProblem(error: unknown): ConnectProblem | undefined;
}

/** Why a configuration does not connect, in words, and the fields of the configuration that it lies with. */
export interface ConnectProblem {
  readonly fields: readonly string[];
  readonly message: string;
}

/** What went wrong in the database, without its text. `columns` are API-visible names where the driver tells them. */
export type DriverProblem =
  | { readonly kind: 'duplicate'; readonly columns: readonly string[] }
  | { readonly kind: 'reference'; readonly columns: readonly string[] }
  | { readonly kind: 'null'; readonly column: string | undefined }
  | { readonly kind: 'check'; readonly constraint: string | undefined }
  | { readonly kind: 'value'; readonly column: string | undefined }
  | { readonly kind: 'readOnly' }
  | { readonly kind: 'forbidden' }
  | { readonly kind: 'limit' }
  | { readonly kind: 'unsupported' }
  | { readonly kind: 'staleSchema' }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'serialization' }
  | { readonly kind: 'unavailable'; readonly detail: string };

export interface QueryResult {
  /** Rows as arrays, in the order of the plan's columns, values raw. */
  readonly rows: readonly (readonly unknown[])[];
  /** Rows touched by a write. */
  readonly affected: number;
  /** The generated key of the (first) inserted row, where the driver tells it instead of RETURNING. */
  readonly insertId: unknown;
}

/** One connection, used by one call at a time. */
export interface Connection {
  /**
   * `comment`: `/* ... *\/`, put behind the text where it is sent as it is. Never into a statement that is prepared and kept: each comment
   * would make another of it.
   */
  run(statement: Statement, values: readonly unknown[], comment?: string): Promise<QueryResult>;
  /** SQL of our own, such as catalogue queries; `values` bound as `$1` or `?`. */
  query(text: string, values?: readonly unknown[], comment?: string): Promise<QueryResult>;
  begin(): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  savepoint(): Promise<void>;
  releaseSavepoint(): Promise<void>;
  rollbackToSavepoint(): Promise<void>;
  /** Ends what runs on it: the client has gone, or it took too long. Never throws. */
  cancel(): void;
  /** Whether it can be used again. */
  readonly isBroken: boolean;
  close(): Promise<void>;
}

/** Opens connections to one database. */
export interface Connector {
  readonly dialect: Dialect;
  open(): Promise<Connection>;
}

export interface ConnectorDeps {
  readonly serviceName: string;
  readonly log: Logger;
}
