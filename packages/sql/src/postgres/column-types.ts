import { type JsonValue, numberOf } from '@headgate/core';
import type { CatalogueColumn } from '../dialect/catalogue.js';
import type { SimpleType, ValueKind } from '../schema/table-schema.js';

/**
 * Table's oid, number, name, formatted type, modifier, not null, identity, generated, default, and of the type: name, kind, category,
 * modifier; the last three describe a domain's base type.
 */
export type ColumnRow = readonly [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string | null,
  string,
  string,
  string,
  string,
  string | null,
  string | null,
  string | null,
];

/** The catalogue's base types: the contract's name (database-services.md 9.1), and how values travel. */
const TYPES: Readonly<Record<string, readonly [SimpleType, ValueKind]>> = {
  int2: ['integer', 'integer'],
  int4: ['integer', 'integer'],
  oid: ['integer', 'integer'],
  int8: ['bigint', 'bigint'],
  numeric: ['decimal', 'decimal'],
  float4: ['double', 'float'],
  float8: ['double', 'float'],
  bool: ['boolean', 'boolean'],
  money: ['money', 'money'],
  varchar: ['string', 'text'],
  bpchar: ['string', 'text'],
  text: ['string', 'text'],
  citext: ['string', 'text'],
  name: ['string', 'text'],
  date: ['date', 'date'],
  time: ['time', 'time'],
  timetz: ['timetz', 'timetz'],
  timestamp: ['timestamp', 'timestamp'],
  timestamptz: ['timestamptz', 'timestamptz'],
  interval: ['string', 'interval'],
  uuid: ['uuid', 'uuid'],
  json: ['string', 'json'],
  jsonb: ['string', 'json'],
  // The contract's type word stays; values are base64 (what the original wrote was of no use).
  bytea: ['string', 'binary'],
  bit: ['string', 'bits'],
  varbit: ['string', 'bits'],
};

export function describeColumn(row: ColumnRow, isUniqueIndexed: boolean): CatalogueColumn {
  const [
    ,
    ,
    name,
    dbType,
    modifier,
    notNull,
    identity,
    generated,
    expression,
    typeName,
    typeKind,
    category,
    domainModifier,
    baseName,
    ,
    baseCategory,
  ] = row;
  const isDomain = typeKind === 'd';
  const baseType = isDomain ? (baseName ?? typeName) : typeName;
  const isArray = (isDomain ? baseCategory : category) === 'A';
  const [simpleType, kind] = isArray ? (['string', 'array'] as const) : (TYPES[baseType] ?? (['string', 'other'] as const));
  const autoIncrement = identity !== '' || (expression?.startsWith('nextval(') ?? false);
  return {
    name,
    comment: null,
    dbType,
    baseType,
    simpleType,
    kind,
    ...dimensions(baseType, Number(isDomain ? domainModifier : modifier)),
    default: autoIncrement ? null : defaultOf(expression, kind),
    allowNull: notNull !== 't',
    fixedLength: baseType === 'bpchar',
    supportsMultibyte: false,
    autoIncrement,
    isGenerated: generated !== '',
    // The original tells PostgreSQL's indexes of no column.
    isIndexed: false,
    isUniqueIndexed,
  };
}

interface Dimensions {
  readonly length: number | null;
  readonly precision: number | null;
  readonly scale: number | null;
}

/** What a type modifier says. The contract repeats the length of texts as precision. */
function dimensions(baseType: string, modifier: number): Dimensions {
  if (modifier < 0) return { length: null, precision: null, scale: null };
  switch (baseType) {
    case 'varchar':
    case 'bpchar':
      return { length: modifier - 4, precision: modifier - 4, scale: null };
    case 'numeric': {
      const precision = ((modifier - 4) >> 16) & 0xffff;
      // Eleven bits with a sign.
      const scale = (((modifier - 4) & 0x7ff) ^ 1024) - 1024;
      return { length: precision, precision, scale };
    }
    case 'bit':
    case 'varbit':
    case 'time':
    case 'timetz':
    case 'timestamp':
    case 'timestamptz':
      return { length: modifier, precision: null, scale: null };
    default:
      return { length: null, precision: null, scale: null };
  }
}

const QUOTED = /^'((?:[^']|'')*)'(?:::[\w\s."[\]()]+)?$/;
const CAST = /^\(?(-?[\d.]+)\)?(?:::[\w\s."()]+)?$/;

/** A default as a value where it is a literal, else its expression. */
function defaultOf(expression: string | null, kind: ValueKind): JsonValue {
  if (expression === null || /^NULL(?:::|$)/.test(expression)) return null;
  if (expression === 'true') return true;
  if (expression === 'false') return false;
  const quoted = QUOTED.exec(expression)?.[1]?.replaceAll("''", "'");
  const literal = quoted ?? CAST.exec(expression)?.[1];
  if (literal === undefined) return expression;
  const isNumber = kind === 'integer' || kind === 'bigint' || kind === 'decimal' || kind === 'float';
  return isNumber ? (numberOf(literal) ?? literal) : literal;
}
