import {
  BadValue,
  ExpressionRefused,
  isJsonObject,
  type JsonValue,
  type LookupSource,
  NotImplemented,
  NoValidFields,
  NullValue,
  nearest,
  RequiredIdentifier,
  RequiredValue,
  replaceLookups,
  UnknownField,
} from '@headgate/core';
import type { Dialect } from '../dialect/dialect.js';
import type { ColumnSchema, TableSchema } from '../schema/table-schema.js';
import { expressionText, type Formula, readExpression } from './expression.js';
import { applyRules, applyRulesUnseen, type RecordAction } from './field-rules.js';
import { meansNull } from './null-values.js';
import { membersOf } from './record-key.js';

/** What is written into a column: a value ready to be bound, the current time of the database, or arithmetic on the record's own fields. */
export type FieldWrite =
  | { readonly kind: 'value'; readonly bound: unknown }
  | { readonly kind: 'now' }
  | { readonly kind: 'arithmetic'; readonly formula: Formula; readonly text: string };

/** The fields of one record that are written, in the order in which they were sent. */
export type PreparedRecord = ReadonlyMap<ColumnSchema, FieldWrite>;

export interface PreparationOptions {
  readonly table: TableSchema;
  readonly dialect: Pick<Dialect, 'encode'>;
  readonly action: RecordAction;
  /** Columns that identify the records of an update: never written. */
  readonly identifiers: readonly ColumnSchema[];
  readonly lookups: LookupSource;
  readonly lookupModifiers: readonly string[];
  /** The id of the calling user, for `user_id_on_*` fields. */
  readonly userId: number | undefined;
  /** `Prefer: handling=strict`: unknown fields are refused. */
  readonly strict: boolean;
  /** Told of fields that are ignored, once a call. */
  readonly onUnknown: (name: string) => void;
}

const NOW: FieldWrite = Object.freeze({ kind: 'now' });

/** Makes records of a body into what is written (database-services.md 6.1, 6.6). One instance serves the records of one call. */
export class RecordPreparation {
  readonly #options: PreparationOptions;
  readonly #targets = new Map<string, ColumnSchema | undefined>();
  /** Columns that need a look even where a record does not name them. */
  readonly #serverSet: readonly ColumnSchema[];
  readonly #required: readonly ColumnSchema[];

  constructor(options: PreparationOptions) {
    this.#options = options;
    this.#serverSet = options.table.columns.filter((column) => serverSetting(column) !== undefined);
    this.#required = options.action === 'create' ? options.table.columns.filter((column) => column.required && !isComputed(column)) : [];
  }

  /**
   * Throws what is wrong with the record. `position` is the record's place in the batch.
   * An update of nothing but unknown or read-only fields is an empty map.
   */
  prepare(record: JsonValue, position: number): PreparedRecord {
    const { action, table } = this.#options;
    if (!isJsonObject(record)) throw NoValidFields();
    const written = new Map<ColumnSchema, FieldWrite>();
    for (const [name, value] of membersOf(record)) {
      const column = this.#columnOf(name);
      if (!column) continue;
      const write = this.#write(column, value ?? null);
      if (write) written.set(column, write);
    }
    if (action === 'create' && written.size === 0) throw NoValidFields();
    if (action === 'create' || written.size > 0) this.#setByServer(written);
    for (const column of this.#required) {
      if (!written.has(column)) throw table.primaryKey.includes(column) ? RequiredIdentifier(position) : RequiredValue(column.apiName);
    }
    return written;
  }

  #columnOf(name: string): ColumnSchema | undefined {
    if (this.#targets.has(name)) return this.#targets.get(name);
    const { table, strict, onUnknown } = this.#options;
    const column = table.column(name);
    if (!column) {
      if (table.relationship(name)) throw NotImplemented(`Writing related records ('${name}') is not implemented in this version.`);
      if (strict) throw unknownField(name, table);
      onUnknown(name);
    }
    this.#targets.set(name, column);
    return column;
  }

  #write(column: ColumnSchema, sent: JsonValue): FieldWrite | undefined {
    if (this.#isLeftOut(column, sent)) return undefined;
    const { action, dialect, lookups, lookupModifiers, table } = this.#options;
    const expression = column.kind === 'json' ? undefined : expressionText(sent);
    if (expression !== undefined) {
      if (column.validation !== null && applyRulesUnseen(column, expression, action) === 'drop') return undefined;
      const write = readExpression(expression, column, table);
      // A new record has no fields yet to calculate with.
      if (write.kind === 'arithmetic' && action === 'create') throw ExpressionRefused(write.text);
      return write;
    }
    const looked = typeof sent === 'string' ? replaceLookups(sent, lookups, { modifiers: lookupModifiers }) : sent;
    const ruling = column.validation === null ? undefined : applyRules(column, ruleInput(column, looked), action);
    if (ruling?.kind === 'drop') return undefined;
    const value = ruling ? ruling.value : looked;
    if (meansNull(column, value)) {
      if (!column.allowNull) {
        if (value === '') throw BadValue(column.apiName, column.type);
        throw NullValue(column.apiName);
      }
      return { kind: 'value', bound: null };
    }
    const refuse = (type: string): never => {
      throw BadValue(column.apiName, type);
    };
    return { kind: 'value', bound: dialect.encode(column, value, refuse) };
  }

  /** Read-only fields, fields that the server sets, and keys where they only say which record is meant. */
  #isLeftOut(column: ColumnSchema, sent: JsonValue): boolean {
    const { action, identifiers } = this.#options;
    if (isComputed(column) || serverSetting(column) !== undefined) return true;
    if (action === 'create') return column.autoIncrement && meansNull(column, sent);
    return column.autoIncrement || identifiers.includes(column);
  }

  #setByServer(written: Map<ColumnSchema, FieldWrite>): void {
    const { action, userId } = this.#options;
    for (const column of this.#serverSet) {
      const setting = serverSetting(column)!;
      if (setting.on === 'create' && action !== 'create') continue;
      if (setting.what === 'time') written.set(column, NOW);
      else if (userId !== undefined)
        written.set(column, { kind: 'value', bound: this.#options.dialect.encode(column, userId, cannotRefuse) });
    }
  }
}

/** `[]` of an empty XML element is null for the rules too. */
function ruleInput(column: ColumnSchema, value: JsonValue): JsonValue {
  return Array.isArray(value) && meansNull(column, value) ? null : value;
}

function unknownField(name: string, table: TableSchema): Error {
  const near = nearest(
    name,
    table.columns.map((column) => column.apiName),
  );
  return UnknownField(name.slice(0, 100), table.apiName).withHint(near === undefined ? undefined : `Did you mean '${near}'?`);
}

function isComputed(column: ColumnSchema): boolean {
  return column.isGenerated || column.isVirtual || column.isAggregate;
}

interface ServerSetting {
  readonly what: 'time' | 'user';
  readonly on: 'create' | 'write';
}

const SERVER_SETTINGS: Readonly<Record<string, ServerSetting>> = {
  timestamp_on_create: { what: 'time', on: 'create' },
  timestamp_on_update: { what: 'time', on: 'write' },
  user_id_on_create: { what: 'user', on: 'create' },
  user_id_on_update: { what: 'user', on: 'write' },
};

function serverSetting(column: ColumnSchema): ServerSetting | undefined {
  return SERVER_SETTINGS[column.type];
}

function cannotRefuse(type: string): never {
  throw new TypeError(`a user id is not a valid ${type}`);
}
