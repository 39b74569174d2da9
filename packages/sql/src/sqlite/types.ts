import { isJsonObject, type JsonValue, numberOf, parseJson, readBoolean } from '@headgate/core';
import {
  parseBase64,
  parseBoolean,
  parseDate,
  parseDecimal,
  parseFloatValue,
  parseInteger,
  parseJsonText,
  parseText,
  parseTime,
  parseTimestamp,
} from '../dialect/parse-value.js';
import type { TypeStyle } from '../plan/nodes.js';
import type { ColumnSchema, SimpleType, ValueKind } from '../schema/table-schema.js';

/** Declared types by their words (database-services.md 9.1). */
const TYPES: Readonly<Record<string, readonly [SimpleType, ValueKind]>> = {
  int: ['integer', 'integer'],
  integer: ['integer', 'integer'],
  tinyint: ['integer', 'integer'],
  smallint: ['integer', 'integer'],
  mediumint: ['integer', 'integer'],
  int2: ['integer', 'integer'],
  int8: ['bigint', 'bigint'],
  bigint: ['bigint', 'bigint'],
  'unsigned big int': ['bigint', 'bigint'],
  boolean: ['boolean', 'boolean'],
  bool: ['boolean', 'boolean'],
  bit: ['boolean', 'boolean'],
  real: ['float', 'float'],
  float: ['float', 'float'],
  double: ['double', 'float'],
  'double precision': ['double', 'float'],
  decimal: ['decimal', 'decimal'],
  numeric: ['decimal', 'decimal'],
  number: ['decimal', 'decimal'],
  money: ['money', 'decimal'],
  varchar: ['string', 'text'],
  char: ['string', 'text'],
  character: ['string', 'text'],
  nchar: ['string', 'text'],
  nvarchar: ['string', 'text'],
  'varying character': ['string', 'text'],
  'character varying': ['string', 'text'],
  'native character': ['string', 'text'],
  string: ['string', 'text'],
  text: ['text', 'text'],
  clob: ['text', 'text'],
  json: ['string', 'json'],
  jsonb: ['string', 'json'],
  uuid: ['uuid', 'uuid'],
  date: ['date', 'date'],
  time: ['time', 'time'],
  timetz: ['timetz', 'timetz'],
  datetime: ['datetime', 'timestamp'],
  timestamp: ['timestamp', 'timestamp'],
  datetimetz: ['datetimetz', 'timestamptz'],
  timestamptz: ['timestamptz', 'timestamptz'],
  blob: ['binary', 'binary'],
  binary: ['binary', 'binary'],
  varbinary: ['binary', 'binary'],
};

export interface DeclaredType {
  readonly simpleType: SimpleType;
  readonly kind: ValueKind;
  readonly baseType: string;
  readonly size: number | null;
  readonly scale: number | null;
}

/** What a declared type means: `VARCHAR(40)`, `decimal(10,2)`, or nothing at all. Unknown words go by SQLite's affinity rules. */
export function readDeclaredType(declared: string): DeclaredType {
  const found = /^([^(]*)(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?/.exec(declared.trim().toLowerCase());
  const baseType = (found?.[1] ?? '').trim().replace(/\s+/g, ' ');
  const size = found?.[2] === undefined ? null : Number(found[2]);
  const scale = found?.[3] === undefined ? null : Number(found[3]);
  const [simpleType, kind] =
    baseType === 'tinyint' && size === 1 ? (['boolean', 'boolean'] as const) : (TYPES[baseType] ?? byAffinity(baseType));
  return { simpleType, kind, baseType, size, scale };
}

/** https://sqlite.org/datatype3.html#determination_of_column_affinity */
function byAffinity(word: string): readonly [SimpleType, ValueKind] {
  if (word.includes('int')) return ['integer', 'integer'];
  if (/char|clob|text/.test(word)) return ['string', 'text'];
  if (word.includes('blob')) return ['binary', 'binary'];
  if (/real|floa|doub/.test(word)) return ['double', 'float'];
  return ['string', 'other'];
}

export function encode(column: ColumnSchema, value: JsonValue, refuse: (type: string) => never): unknown {
  if (value === null) return null;
  switch (column.kind) {
    case 'integer':
    case 'bigint':
      if (value === '' && column.allowNull) return null;
      return asStored(parseInteger(value) ?? refuse('integer'));
    case 'decimal': {
      const digits = parseDecimal(value) ?? refuse('decimal');
      const number = numberOf(digits);
      return typeof number === 'number' ? number : digits;
    }
    case 'float':
      return parseFloatValue(value) ?? refuse('number');
    case 'boolean':
      return (parseBoolean(value) ?? refuse('boolean')) ? 1 : 0;
    case 'binary':
      return parseBase64(value) ?? refuse('base64 text');
    case 'json':
      return parseJsonText(value) ?? refuse('JSON text');
    case 'date':
      return parseDate(value) ?? epoch(value) ?? refuse('date');
    case 'time':
    case 'timetz':
      return parseTime(value) ?? refuse('time');
    case 'timestamp':
    case 'timestamptz':
      return parseTimestamp(value) ?? epoch(value) ?? refuse('date and time');
    default:
      return parseText(value) ?? (Array.isArray(value) || isJsonObject(value) ? refuse('string') : null);
  }
}

/** Dates are often stored as numbers in SQLite. */
function epoch(value: JsonValue): number | undefined {
  return typeof value === 'number' || (typeof value === 'string' && /^-?\d{1,15}(\.\d{1,9})?$/.test(value)) ? Number(value) : undefined;
}

function asStored(integer: bigint): number | bigint {
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : integer;
}

/** SQLite stores any value in any column, so what comes is told by the value and shown by the column. */
export function decode(column: ColumnSchema, raw: unknown, style: TypeStyle): JsonValue {
  if (raw === null || raw === undefined) return null;
  switch (column.kind) {
    case 'integer':
      return integerOf(raw);
    case 'bigint':
      return style === 'native' ? String(raw) : integerOf(raw);
    case 'decimal':
      return style === 'native' ? textOf(raw) : decimalOf(raw);
    case 'float':
      return decimalOf(raw);
    case 'boolean':
      return typeof raw === 'number' ? raw !== 0 : (readBoolean(String(raw)) ?? false);
    case 'binary':
      return raw instanceof Uint8Array
        ? Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('base64')
        : Buffer.from(String(raw)).toString('base64');
    case 'json':
      return style === 'native' ? jsonOf(textOf(raw)) : textOf(raw);
    case 'timestamp':
    case 'timestamptz':
      return style === 'native' ? textOf(raw).replace(/^(\d{4}-\d{2}-\d{2}) /, '$1T') : textOf(raw);
    default:
      return textOf(raw);
  }
}

/** Text in a number's column shows its leading digits, or 0. */
function integerOf(raw: unknown): JsonValue {
  if (typeof raw === 'number') return Math.trunc(raw);
  if (typeof raw === 'bigint') return numberOf(String(raw)) ?? null;
  const digits = /^\s*([+-]?\d{1,40})/.exec(textOf(raw))?.[1];
  return digits === undefined ? 0 : (numberOf(String(BigInt(digits.replace('+', '')))) ?? 0);
}

function decimalOf(raw: unknown): JsonValue {
  if (typeof raw === 'number') return Number.isFinite(raw) ? raw : null;
  if (typeof raw === 'bigint') return numberOf(String(raw)) ?? null;
  const text = textOf(raw).trim();
  if (text.length > 1_000) return 0;
  const number = Number.parseFloat(text);
  return numberOf(text) ?? (Number.isFinite(number) ? number : 0);
}

function textOf(raw: unknown): string {
  return raw instanceof Uint8Array ? Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('utf8') : String(raw);
}

function jsonOf(text: string): JsonValue {
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}
