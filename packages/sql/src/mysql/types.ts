import { isJsonObject, type JsonValue, numberOf, parseJson } from '@headgate/core';
import {
  parseBase64,
  parseBoolean,
  parseDate,
  parseDecimal,
  parseFloatValue,
  parseInteger,
  parseJsonText,
  parseText,
} from '../dialect/parse-value.js';
import type { TypeStyle } from '../plan/nodes.js';
import type { ColumnSchema, SimpleType, ValueKind } from '../schema/table-schema.js';

/** `DATA_TYPE` of information_schema (database-services.md 9.1). */
const TYPES: Readonly<Record<string, readonly [SimpleType, ValueKind]>> = {
  bit: ['boolean', 'boolean'],
  tinyint: ['integer', 'integer'],
  smallint: ['integer', 'integer'],
  mediumint: ['integer', 'integer'],
  int: ['integer', 'integer'],
  bigint: ['bigint', 'bigint'],
  decimal: ['decimal', 'decimal'],
  float: ['float', 'float'],
  double: ['double', 'float'],
  char: ['string', 'text'],
  varchar: ['string', 'text'],
  tinytext: ['text', 'text'],
  text: ['text', 'text'],
  mediumtext: ['text', 'text'],
  longtext: ['text', 'text'],
  enum: ['string', 'text'],
  set: ['array', 'array'],
  json: ['string', 'json'],
  uuid: ['uuid', 'uuid'],
  date: ['date', 'date'],
  time: ['time', 'time'],
  datetime: ['datetime', 'timestamp'],
  timestamp: ['timestamp', 'timestamp'],
  year: ['string', 'other'],
  binary: ['binary', 'binary'],
  varbinary: ['binary', 'binary'],
  tinyblob: ['binary', 'binary'],
  blob: ['binary', 'binary'],
  mediumblob: ['binary', 'binary'],
  longblob: ['binary', 'binary'],
};

/** Spatial types: read and written as well-known text. */
export const SPATIAL_TYPES: ReadonlySet<string> = new Set([
  'geometry',
  'point',
  'linestring',
  'polygon',
  'multipoint',
  'multilinestring',
  'multipolygon',
  'geometrycollection',
  'geomcollection',
]);

export interface ColumnTypeFacts {
  readonly dataType: string;
  /** `tinyint(1) unsigned`. */
  readonly columnType: string;
  readonly isPrimaryKey: boolean;
  readonly isAutoIncrement: boolean;
  /** Whether a check of MariaDB keeps JSON in it. */
  readonly isJson: boolean;
  readonly hasCurrentTimeDefault: boolean;
  readonly isSetOnUpdate: boolean;
}

export function typeOf(facts: ColumnTypeFacts): readonly [SimpleType, ValueKind] {
  const { dataType } = facts;
  if (facts.isJson) return ['string', 'json'];
  if (/^(tiny|small|medium|big)?int\(1\)/.test(facts.columnType)) return ['boolean', 'boolean'];
  if (dataType === 'timestamp') {
    if (facts.isSetOnUpdate) return ['timestamp_on_update', 'timestamp'];
    if (facts.hasCurrentTimeDefault) return ['timestamp_on_create', 'timestamp'];
  }
  const [simpleType, kind] = TYPES[dataType] ?? (['string', 'other'] as const);
  return facts.isPrimaryKey && facts.isAutoIncrement && kind === 'integer' ? ['id', kind] : [simpleType, kind];
}

export function encode(column: ColumnSchema, value: JsonValue, refuse: (type: string) => never): unknown {
  if (value === null) return null;
  switch (column.kind) {
    case 'integer':
    case 'bigint':
      if (value === '' && column.allowNull) return null;
      return narrowed(parseInteger(value, column.baseType.endsWith('unsigned')) ?? refuse('integer'));
    case 'decimal':
      return parseDecimal(value) ?? refuse('decimal');
    case 'float':
      return parseFloatValue(value) ?? refuse('number');
    case 'boolean':
      return (parseBoolean(value) ?? refuse('boolean')) ? 1 : 0;
    case 'binary':
      return parseBase64(value) ?? refuse('base64 text');
    case 'json':
      return parseJsonText(value) ?? refuse('JSON text');
    case 'array':
      return Array.isArray(value) ? value.map((item) => parseText(item) ?? refuse('list')).join(',') : (parseText(value) ?? refuse('list'));
    case 'date':
      return parseDate(value) ?? refuse('date');
    case 'time':
      return parseDuration(value) ?? refuse('time');
    case 'timestamp':
      return parseLocalTimestamp(value) ?? refuse('date and time');
    default:
      return parseText(value) ?? (Array.isArray(value) || isJsonObject(value) ? refuse('string') : null);
  }
}

/** TIME is a duration in MySQL: -838:59:59 to 838:59:59. */
function parseDuration(value: JsonValue): string | undefined {
  return typeof value === 'string' && /^-?\d{1,3}:[0-5]\d(:[0-5]\d(\.\d{1,6})?)?$/.test(value.trim()) ? value.trim() : undefined;
}

/** Date and time as the session's zone reads it. MySQL's types hold no zone, so a text that names one (but UTC, its usual meaning in JSON) is refused. */
function parseLocalTimestamp(value: JsonValue): string | undefined {
  const text = parseDate(value);
  if (text === undefined) return undefined;
  const [day, clock] = [text.slice(0, 10), text.slice(11)];
  if (/[+-]\d/.test(clock)) return undefined;
  return clock === '' ? day : `${day} ${clock.replace(/Z$/i, '')}`;
}

function narrowed(integer: bigint): number | bigint {
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : integer;
}

export function decode(column: ColumnSchema, raw: unknown, style: TypeStyle): JsonValue {
  if (raw === null || raw === undefined) return null;
  switch (column.kind) {
    case 'integer':
      return typeof raw === 'number' ? raw : exact(String(raw));
    case 'bigint':
      if (style === 'native') return String(raw);
      return typeof raw === 'number' ? raw : exact(String(raw));
    case 'decimal':
      return style === 'native' ? String(raw) : exact(String(raw));
    case 'float':
      return typeof raw === 'number' ? (column.baseType.startsWith('float') ? shortest(raw) : raw) : exact(String(raw));
    case 'boolean':
      return isSet(raw);
    case 'binary':
      return bytesOf(raw).toString('base64');
    case 'json':
      return style === 'native' ? jsonOf(textOf(raw)) : textOf(raw);
    case 'array':
      return style === 'native'
        ? textOf(raw)
            .split(',')
            .filter((item) => item !== '')
        : textOf(raw);
    case 'time':
      return withFraction(textOf(raw), column.length ?? 0);
    case 'timestamp':
      return style === 'native' ? textOf(raw).replace(' ', 'T') : textOf(raw);
    default:
      return textOf(raw);
  }
}

/** The number that these digits write; zero-filled columns have leading zeros. */
function exact(digits: string): JsonValue {
  return numberOf(digits.replace(/^(-?)0+(?=\d)/, '$1')) ?? null;
}

/** A 32-bit float arrives with the noise of a 64-bit one: the shortest decimal that means the same. */
function shortest(float: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const candidate = Number(float.toPrecision(digits));
    if (Math.fround(candidate) === float) return candidate;
  }
  return float;
}

/** BIT comes as bytes, TINYINT as a number. */
function isSet(raw: unknown): boolean {
  return raw instanceof Uint8Array ? raw.some((byte) => byte !== 0) : Number(raw) !== 0;
}

/** The driver leaves trailing zeros out: `10:00:00.5` of a TIME(3) is `10:00:00.500`. */
function withFraction(time: string, digits: number): string {
  if (digits === 0) return time;
  const [clock, fraction = ''] = time.split('.');
  return `${clock}.${fraction.padEnd(digits, '0').slice(0, digits)}`;
}

function bytesOf(raw: unknown): Buffer {
  return raw instanceof Uint8Array ? Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength) : Buffer.from(String(raw));
}

function textOf(raw: unknown): string {
  return raw instanceof Uint8Array ? bytesOf(raw).toString('utf8') : String(raw);
}

function jsonOf(text: string): JsonValue {
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}
