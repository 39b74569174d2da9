import {
  type BatchMode,
  type HeadgateError,
  isExactNumber,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  NoIdentifier,
  type ServiceRequest,
} from '@headgate/core';
import type { Connection } from '../dialect/dialect.js';
import type { Bindings } from '../plan/bindings.js';
import type { ReadOptions } from '../read/read-options.js';
import type { ColumnSchema, TableSchema } from '../schema/table-schema.js';
import type { TableContext } from '../table-context.js';
import { KeyReader, keyPredicate, keyText, type RecordKey, splitList } from './record-key.js';
import { recordProblem } from './record-problems.js';
import type { RoleScope } from './role-scope.js';
import { allOf, type Condition, type RowAccess, recordOf } from './row-access.js';

export interface WriteCallOptions {
  readonly context: TableContext;
  readonly request: ServiceRequest;
  readonly options: ReadOptions;
  /** `ids` as sent. */
  readonly ids: JsonValue | undefined;
  readonly force: boolean;
  readonly table: TableSchema;
  readonly identifiers: readonly ColumnSchema[];
  readonly fields: readonly ColumnSchema[];
  readonly mode: BatchMode;
  readonly role: RoleScope | undefined;
  readonly rows: RowAccess;
  readonly bindings: () => Bindings;
}

/** One write of a table, its request read: what all the jobs of it work with. */
export class WriteCall {
  readonly context: TableContext;
  readonly request: ServiceRequest;
  readonly options: ReadOptions;
  /** `ids` as sent. */
  readonly ids: JsonValue | undefined;
  readonly force: boolean;
  readonly table: TableSchema;
  /** The columns that identify records: `id_field`, else the primary key; empty where there is neither. */
  readonly identifiers: readonly ColumnSchema[];
  /** The columns that are answered. */
  readonly fields: readonly ColumnSchema[];
  readonly mode: BatchMode;
  readonly role: RoleScope | undefined;
  readonly rows: RowAccess;
  readonly bindings: () => Bindings;
  readonly keys: KeyReader;
  /** The fields and, behind them, the identifiers that are not among them: rows are told apart by these. */
  readonly keyedFields: readonly ColumnSchema[];

  constructor(options: WriteCallOptions) {
    this.context = options.context;
    this.request = options.request;
    this.options = options.options;
    this.ids = options.ids;
    this.force = options.force;
    this.table = options.table;
    this.identifiers = options.identifiers;
    this.fields = options.fields;
    this.mode = options.mode;
    this.role = options.role;
    this.rows = options.rows;
    this.bindings = options.bindings;
    this.keys = new KeyReader(options.table, options.identifiers, options.context.dialect);
    this.keyedFields = [...new Set([...options.fields, ...options.identifiers])];
  }

  get returning(): boolean {
    return this.context.dialect.capabilities.returning;
  }

  /** Rows with these keys that the caller may see. */
  visible(keys: readonly RecordKey[]): Condition {
    return allOf((bindings) => keyPredicate(this.identifiers, keys, bindings), this.role?.condition);
  }

  /** The answer for a row of `fields` or `keyedFields`. */
  answer(row: readonly JsonValue[] | undefined): JsonObject {
    return recordOf(this.fields, row ?? []);
  }

  /** Rows of `keyedFields` in the order of their keys; undefined where a key found none. */
  inOrder(keys: readonly RecordKey[], rows: readonly (readonly JsonValue[])[]): (readonly JsonValue[] | undefined)[] {
    if (keys.length === 1) return [rows[0]];
    const places = this.identifiers.map((column) => this.keyedFields.indexOf(column));
    const byKey = new Map(rows.map((row) => [keyText(places.map((place) => row[place])), row]));
    return keys.map((key) => byKey.get(keyText(key.bound)));
  }

  /** Reads rows of `keyedFields`. */
  async readKeyed(connection: Connection, keys: readonly RecordKey[]): Promise<readonly (readonly JsonValue[])[]> {
    return (await this.rows.read(connection, this.keyedFields, this.visible(keys))).rows;
  }

  /** The entries of `ids`, each to be read by itself, so that one that is wrong is an error of its own; undefined without any. */
  readIds(): readonly (() => RecordKey)[] | undefined {
    const raw = this.ids;
    if (raw === undefined || raw === null) return undefined;
    if (Array.isArray(raw))
      return raw.length === 0 ? undefined : (raw as readonly JsonValue[]).map((entry) => () => this.keys.fromJson(entry));
    if (isJsonObject(raw)) return [() => this.keys.fromJson(raw)];
    const texts = splitList(isExactNumber(raw) ? raw.rawJSON : String(raw)).filter((text) => text !== '');
    return texts.length === 0 ? undefined : texts.map((text) => () => this.keys.fromText(text));
  }

  requireIdentifiers(): void {
    if (this.identifiers.length === 0) throw NoIdentifier(this.table.apiName);
  }

  problemOf(error: unknown): HeadgateError | undefined {
    return recordProblem(error, this.table, this.context.dialect, this.context.definition.name);
  }
}
