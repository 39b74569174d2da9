import type { JsonObject, JsonValue } from '@headgate/core';
import { isExactNumber, readBoolean } from '@headgate/core';
import type { Column, Table } from '@headgate/system-db';

export type StoredRow = Readonly<Record<string, unknown>>;

/**
 * - `stamp`: a time of the record itself, on the wire `2026-01-05T10:00:00.000000Z`.
 * - `time`: any other time, on the wire as stored.
 */
export type FieldType = 'integer' | 'boolean' | 'text' | 'json' | 'stamp' | 'time';

/**
 * - `open`: read and written. `readOnly`: members of that name in a body are ignored.
 * - `writeOnly`: never answered, never filtered by (passwords). `hidden`: neither.
 * - `owner`: shown only below the owner that the column names (`role_id` of a role's lookup).
 */
export type FieldMode = 'open' | 'readOnly' | 'writeOnly' | 'hidden' | 'owner';

/** What a member of a body becomes: a value to store, or what is wrong with it. */
export type Parsed = { readonly value: unknown } | { readonly problem: string };

/** One member of a record, named on the wire as its column is. */
export interface RecordField {
  readonly name: string;
  readonly type: FieldType;
  readonly mode: FieldMode;
  /** Undefined for computed fields, which the shape's `compute` gives. */
  readonly column: Column | undefined;
  /** What is said when a record has no value for it. */
  readonly required: string | undefined;
  /** Whether the mask, written back, keeps the stored value. */
  readonly masked: boolean;
  /** Whether it is answered only where `fields` names it, not by `*`. */
  readonly onRequest: boolean;
  parse(value: JsonValue): Parsed;
  /** The stored value on the wire; `row` for fields that depend on others. */
  show(value: unknown, row: StoredRow): JsonValue;
}

export interface FieldOptions {
  readonly mode?: FieldMode;
  readonly required?: string;
  readonly masked?: boolean;
  readonly onRequest?: boolean;
  readonly parse?: (value: JsonValue) => Parsed;
  readonly show?: (value: unknown, row: StoredRow) => JsonValue;
}

/** Members that the server keeps: whatever a body says of them is ignored (system-service.md 1.4). */
const KEPT_BY_SERVER = new Set(['created_date', 'last_modified_date', 'created_by_id', 'last_modified_by_id']);

/**
 * The fields of a record in wire order. Types, lengths and defaults come from the table's columns; options of a name that is no column
 * make a computed field.
 */
export function fieldsOf(table: Table, fields: Readonly<Record<string, FieldOptions>>): readonly RecordField[] {
  return Object.entries(fields).map(([name, options]) => recordField(name, table.columns[name], options));
}

function recordField(name: string, column: Column | undefined, options: FieldOptions): RecordField {
  const type = column === undefined ? 'json' : typeOf(column);
  const isKept = column === undefined || column.kind === 'id' || KEPT_BY_SERVER.has(name);
  return Object.freeze({
    name,
    type,
    mode: options.mode ?? (isKept ? 'readOnly' : 'open'),
    column,
    required: options.required,
    masked: options.masked ?? false,
    onRequest: options.onRequest ?? false,
    parse: options.parse ?? ((value: JsonValue) => parseAs(type, name, column, value)),
    show: options.show ?? ((value: unknown) => showAs(type, value)),
  });
}

function typeOf(column: Column): FieldType {
  if (column.encoding === 'json') return 'json';
  switch (column.kind) {
    case 'string':
    case 'text':
    case 'mediumText':
    case 'longText':
      return 'text';
    case 'bool':
      return 'boolean';
    case 'timestamp':
      return 'stamp';
    case 'datetime':
      return 'time';
    default:
      return 'integer';
  }
}

/** Whether conditions and orders may name the field: encrypted and unseen values would answer questions about themselves. */
export function isSearchable(field: RecordField): boolean {
  return field.column !== undefined && field.column.encoding === 'plain' && field.mode !== 'writeOnly' && field.mode !== 'hidden';
}

function parseAs(type: FieldType, name: string, column: Column | undefined, value: JsonValue): Parsed {
  if (value === null) return nullOf(name, column);
  switch (type) {
    case 'integer':
      return value === '' ? nullOf(name, column) : parseInteger(name, value);
    case 'boolean':
      return value === '' ? nullOf(name, column) : parseFlag(name, value);
    case 'text':
    case 'time':
    case 'stamp':
      return parseText(name, column, value);
    case 'json':
      return { value };
  }
}

/** Null where the column takes it, else the column's default. */
function nullOf(name: string, column: Column | undefined): Parsed {
  if (column === undefined || column.nullable) return { value: null };
  if (column.default !== undefined && typeof column.default !== 'object') return { value: column.default };
  return { problem: `The ${words(name)} field is required.` };
}

export function parseInteger(name: string, value: JsonValue): Parsed {
  if (typeof value === 'boolean') return { problem: `The ${words(name)} field must be an integer.` };
  const digits = isExactNumber(value) ? value.rawJSON : String(value).trim();
  if (!/^[+-]?\d{1,10}$/.test(digits) || Math.abs(Number(digits)) > 2147483647)
    return { problem: `The ${words(name)} field must be an integer.` };
  return { value: Number(digits) };
}

export function parseFlag(name: string, value: JsonValue): Parsed {
  const flag = readBoolean(value);
  return flag === undefined ? { problem: `The ${words(name)} field must be true or false.` } : { value: flag };
}

export function parseText(name: string, column: Column | undefined, value: JsonValue): Parsed {
  const text = typeof value === 'number' ? String(value) : isExactNumber(value) ? value.rawJSON : value;
  if (typeof text !== 'string') return { problem: `The ${words(name)} field must be a string.` };
  if (text.includes('\0')) return { problem: `The ${words(name)} field must not contain the character NUL.` };
  const length = column?.kind === 'string' ? column.length : undefined;
  if (length !== undefined && [...text].length > length)
    return { problem: `The ${words(name)} field must not be greater than ${length} characters.` };
  return { value: text };
}

/** `api_key` as messages call it: `api key`. */
export function words(name: string): string {
  return name.replaceAll('_', ' ');
}

function showAs(type: FieldType, value: unknown): JsonValue {
  if (value === null || value === undefined) return null;
  return type === 'stamp' ? wireStamp(String(value)) : (value as JsonValue);
}

/** `2026-01-05 10:00:00` (UTC) as record stamps are written. */
export function wireStamp(stored: string): string {
  return /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/.test(stored) ? `${stored.slice(0, 10)}T${stored.slice(11, 19)}.000000Z` : stored;
}

/** A moment as the system database stores it: UTC, to the second. */
export function storedTime(moment: Date): string {
  return moment.toISOString().slice(0, 19).replace('T', ' ');
}

/** The members of a whole record that a caller may be shown, below an owner where `ownerColumn` is given. */
export function isShown(field: RecordField, ownerColumn?: string): boolean {
  if (field.mode === 'owner') return field.name === ownerColumn;
  return mayBeNamed(field) && !field.onRequest;
}

/** The members that `fields` may name. */
export function mayBeNamed(field: RecordField): boolean {
  return field.mode === 'open' || field.mode === 'readOnly';
}

export function showRow(fields: readonly RecordField[], row: StoredRow, computed: JsonObject | undefined): JsonObject {
  const record: Record<string, JsonValue> = {};
  for (const field of fields)
    record[field.name] = field.column === undefined ? (computed?.[field.name] ?? null) : field.show(row[field.name], row);
  return record;
}
