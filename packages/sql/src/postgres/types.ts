import { isExactNumber, isJsonObject, type JsonValue, numberOf, parseJson, readBoolean } from '@headgate/core';
import type { TypeStyle } from '../plan/nodes.js';
import type { ColumnSchema } from '../schema/table-schema.js';
import { arrayLiteral, parseArray } from './arrays.js';

type Refuse = (type: string) => never;

const NUMBER = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?\s*$/;
const UUID = /^\{?[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\}?$/i;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;
/** Dates without a digit that PostgreSQL knows. Everything else it judges itself. */
const DATE_WORDS = new Set(['now', 'today', 'tomorrow', 'yesterday', 'epoch', 'infinity', '-infinity', 'allballs']);
const LIMITS: Readonly<Record<string, bigint>> = {
  int2: 32_767n,
  int4: 2_147_483_647n,
  int8: 9_223_372_036_854_775_807n,
  oid: 4_294_967_295n,
};
const LONGEST_NUMBER = 1_000;

/** The value to bind for a client's value (database-services.md 9.2); `refuse` gets the name of the type that it does not fit. */
export function encodeValue(column: ColumnSchema, value: JsonValue, refuse: Refuse): unknown {
  if (value === null) return null;
  switch (column.kind) {
    case 'integer':
    case 'bigint':
      return encodeInteger(column, value, refuse);
    case 'decimal':
    case 'float':
      return encodeNumber(value, column.kind === 'float' ? 'float' : 'decimal', refuse);
    case 'boolean': {
      const flag = readBoolean(value);
      return flag === undefined ? refuse('boolean') : flag ? 't' : 'f';
    }
    case 'binary':
      return encodeBinary(value, refuse);
    case 'json':
      return encodeJson(value, refuse);
    case 'array':
      return Array.isArray(value) ? arrayLiteral(value as readonly JsonValue[]) : encodeText(value, 'array', refuse);
    case 'uuid':
      return typeof value === 'string' && UUID.test(value.trim()) ? value.trim() : refuse('uuid');
    case 'date':
    case 'time':
    case 'timetz':
    case 'timestamp':
    case 'timestamptz':
      return encodeDate(value, column.kind, refuse);
    case 'bits':
      return typeof value === 'string' && /^[01]*$/.test(value) ? value : value === 0 || value === 1 ? String(value) : refuse('bit string');
    case 'text':
      return encodeText(value, 'string', refuse);
    default:
      return encodeText(value, column.baseType, refuse);
  }
}

function encodeInteger(column: ColumnSchema, value: JsonValue, refuse: Refuse): string {
  const digits = digitsOf(value);
  const type = column.kind === 'bigint' ? 'bigint' : 'integer';
  if (digits === undefined) return refuse(type);
  const integer = /^[+-]?\d+$/.test(digits) ? BigInt(digits) : truncated(Number(digits));
  const limit = LIMITS[column.baseType] ?? LIMITS.int8!;
  const low = column.baseType === 'oid' ? 0n : -limit - 1n;
  return integer === undefined || integer > limit || integer < low ? refuse(type) : String(integer);
}

/** Fractions are cut, as the contract says for numeric texts. */
function truncated(value: number): bigint | undefined {
  return Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER ? BigInt(Math.trunc(value)) : undefined;
}

function encodeNumber(value: JsonValue, type: string, refuse: Refuse): string {
  return digitsOf(value) ?? refuse(type);
}

function digitsOf(value: JsonValue): string | undefined {
  const text = isExactNumber(value) ? value.rawJSON : typeof value === 'number' || typeof value === 'string' ? String(value) : undefined;
  return text !== undefined && text.length <= LONGEST_NUMBER && NUMBER.test(text) ? text.trim() : undefined;
}

function encodeBinary(value: JsonValue, refuse: Refuse): Buffer {
  const text = typeof value === 'string' ? value.replace(/\s+/g, '') : undefined;
  if (text === undefined || !BASE64.test(text) || text.length % 4 === 1) return refuse('base64 text');
  return Buffer.from(text, 'base64');
}

function encodeJson(value: JsonValue, refuse: Refuse): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  try {
    JSON.parse(value);
  } catch {
    return refuse('JSON text');
  }
  return value;
}

function encodeDate(value: JsonValue, type: string, refuse: Refuse): string {
  if (typeof value !== 'string') return refuse(type);
  const text = value.trim();
  return /\d/.test(text) || DATE_WORDS.has(text.toLowerCase()) ? encodeText(text, type, refuse) : refuse(type);
}

function encodeText(value: JsonValue, type: string, refuse: Refuse): string {
  if (typeof value === 'string') return value.includes('\u0000') ? refuse(type) : value;
  if (isExactNumber(value)) return value.rawJSON;
  if (typeof value === 'number') return String(value);
  // As the original writes booleans into texts.
  if (typeof value === 'boolean') return value ? '1' : '';
  return isJsonObject(value) || Array.isArray(value) ? refuse(type) : refuse(type);
}

/** The JSON value of a column's text as PostgreSQL writes it (`DateStyle ISO`). */
export function decodeValue(column: ColumnSchema, raw: unknown, style: TypeStyle): JsonValue {
  if (raw === null || raw === undefined) return null;
  const text = raw as string;
  switch (column.kind) {
    case 'integer':
      return Number(text);
    case 'float':
      return numberOf(text) ?? text;
    case 'bigint':
    case 'decimal':
      return style === 'native' ? text : (numberOf(text) ?? text);
    case 'boolean':
      return text === 't';
    case 'binary':
      return Buffer.from(text.slice(2), 'hex').toString('base64');
    case 'json':
      return style === 'native' ? parseJson(text) : text;
    case 'array':
      return style === 'native' ? parseArray(text, column.baseType) : text;
    case 'timestamp':
    case 'timestamptz':
      return style === 'native' ? text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00') : text;
    default:
      return text;
  }
}
