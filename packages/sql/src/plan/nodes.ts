import type { CompareOperator, IntervalOffset, MatchKind } from '@headgate/core';
import type { ColumnSchema, TableSchema } from '../schema/table-schema.js';

/**
 * Plans: what a call asks of the database, as frozen values without any literal of the client in them. Literals live in *slots*,
 * numbered places that each call fills, so that one plan (and one statement) serves every call of the same shape.
 */

/** A place for a value. The values of a call are an array indexed by `index`; an `in` slot takes an array of values. */
export interface Slot {
  readonly index: number;
  /** The column whose type the value has. */
  readonly column: ColumnSchema;
}

export type Predicate =
  | { readonly kind: 'compare'; readonly column: ColumnSchema; readonly operator: CompareOperator; readonly slot: Slot }
  | {
      readonly kind: 'compareNow';
      readonly column: ColumnSchema;
      readonly operator: CompareOperator;
      readonly unit: 'timestamp' | 'date' | 'time';
      readonly offset: IntervalOffset | undefined;
    }
  /** `contains`, `starts` and `ends` match literally: the slot's value comes escaped for LIKE with `\`. */
  | { readonly kind: 'match'; readonly column: ColumnSchema; readonly match: MatchKind; readonly negated: boolean; readonly slot: Slot }
  /** `count`: how many values, for dialects that cannot bind an array. */
  | { readonly kind: 'in'; readonly column: ColumnSchema; readonly negated: boolean; readonly slot: Slot; readonly count: number }
  | { readonly kind: 'between'; readonly column: ColumnSchema; readonly negated: boolean; readonly low: Slot; readonly high: Slot }
  | { readonly kind: 'null'; readonly column: ColumnSchema; readonly negated: boolean }
  /** Rows whose key columns equal one of some tuples (composite keys): per tuple one slot a column. */
  | { readonly kind: 'keys'; readonly columns: readonly ColumnSchema[]; readonly slots: readonly (readonly Slot[])[] }
  | { readonly kind: 'and' | 'or' | 'xor'; readonly terms: readonly Predicate[] }
  | { readonly kind: 'not'; readonly term: Predicate }
  | { readonly kind: 'constant'; readonly value: boolean };

export interface OrderTerm {
  readonly column: ColumnSchema;
  readonly direction: 'asc' | 'desc';
  readonly nulls: 'first' | 'last' | undefined;
}

/** How values are written in answers: as the contract has them, or natively (`types=native`). */
export type TypeStyle = 'contract' | 'native';

/** Groups instead of records; only for databases whose capabilities say `grouping`. */
export interface GroupClause {
  readonly keys: readonly ColumnSchema[];
  /** What is answered of each group, in order. */
  readonly outputs: readonly GroupOutput[];
}

export type GroupOutput =
  | { readonly kind: 'key'; readonly column: ColumnSchema }
  /** `column`: `undefined` for `COUNT(*)`. `name` in capitals; the dialect writes it in its own case. */
  | {
      readonly kind: 'aggregate';
      readonly aggregate: 'sum' | 'count' | 'avg' | 'min' | 'max';
      readonly column: ColumnSchema | undefined;
      readonly name: string;
    };

export interface ReadPlan {
  readonly kind: 'read';
  readonly table: TableSchema;
  /** Output columns in order. */
  readonly columns: readonly ColumnSchema[];
  readonly where: Predicate | undefined;
  /** With it, the columns are its keys. */
  readonly group?: GroupClause;
  readonly order: readonly OrderTerm[];
  /** The places of limit and offset among the call's values (the last two); numbers in their own right only there. `undefined`: no such clause. */
  readonly paging: { readonly limit: number; readonly offset: number } | undefined;
  readonly style: TypeStyle;
  /** `text`: the database writes the JSON (one row, columns `count` and `json`); `rows`: one row a record, raw values to be decoded. */
  readonly output: 'text' | 'rows';
  /** Number of values, limit and offset among them. */
  readonly slots: number;
}

export interface CountPlan {
  readonly kind: 'count';
  readonly table: TableSchema;
  readonly where: Predicate | undefined;
  /** Counts the groups of these columns instead of the records. */
  readonly groupKeys?: readonly ColumnSchema[];
  readonly slots: number;
}

/** Arithmetic on the row's own columns, in updates: `price * 2`. */
export type Arithmetic =
  | { readonly kind: 'column'; readonly column: ColumnSchema }
  | { readonly kind: 'number'; readonly slot: Slot }
  | { readonly kind: 'negated'; readonly term: Arithmetic }
  | { readonly kind: 'operation'; readonly operator: '+' | '-' | '*' | '/' | '%'; readonly left: Arithmetic; readonly right: Arithmetic };

/** A value of a write: a slot, the database's default, the current time of the server, or (in updates) arithmetic. */
export type WriteValue =
  | { readonly kind: 'slot'; readonly slot: Slot }
  | { readonly kind: 'default' }
  | { readonly kind: 'now' }
  | { readonly kind: 'arithmetic'; readonly expression: Arithmetic };

export interface Assignment {
  readonly column: ColumnSchema;
  readonly value: WriteValue;
}

export interface InsertPlan {
  readonly kind: 'insert';
  readonly table: TableSchema;
  /** The same columns for every row. */
  readonly columns: readonly ColumnSchema[];
  readonly rows: readonly (readonly WriteValue[])[];
  /** Columns answered per inserted row, in the order of the rows; dialects without RETURNING answer the key by other means. */
  readonly returning: readonly ColumnSchema[];
  /** Upsert: on a conflict of the key, these assignments are made instead. */
  readonly onConflict:
    | { readonly key: readonly ColumnSchema[]; readonly update: readonly Assignment[]; readonly where: Predicate | undefined }
    | undefined;
  readonly style: TypeStyle;
  readonly slots: number;
}

export interface UpdatePlan {
  readonly kind: 'update';
  readonly table: TableSchema;
  readonly set: readonly Assignment[];
  readonly where: Predicate | undefined;
  readonly returning: readonly ColumnSchema[];
  readonly style: TypeStyle;
  readonly slots: number;
}

export interface DeletePlan {
  readonly kind: 'delete';
  readonly table: TableSchema;
  readonly where: Predicate | undefined;
  readonly returning: readonly ColumnSchema[];
  readonly style: TypeStyle;
  readonly slots: number;
}

export type Plan = ReadPlan | CountPlan | InsertPlan | UpdatePlan | DeletePlan;
