import { BadRoleFilter, HeadgateError, type JsonValue, parseValueList, type RecordCondition, type RecordFilter } from '@headgate/core';
import type { ColumnSchema, TableSchema } from '../schema/table-schema.js';
import type { Bindings } from './bindings.js';
import { patternValue } from './filter-plan.js';
import type { Predicate } from './nodes.js';

/** The operators of role filters (rest-core.md 3.6), by what they mean. */
export type RoleOperator =
  | '='
  | '!='
  | '>'
  | '>='
  | '<'
  | '<='
  | 'in'
  | 'not in'
  | 'like'
  | 'not like'
  | 'contains'
  | 'starts'
  | 'ends'
  | 'is null'
  | 'is not null';

const OPERATORS: Readonly<Record<string, RoleOperator>> = {
  '=': '=',
  EQ: '=',
  '!=': '!=',
  '<>': '!=',
  NE: '!=',
  '>': '>',
  GT: '>',
  '>=': '>=',
  GTE: '>=',
  '<': '<',
  LT: '<',
  '<=': '<=',
  LTE: '<=',
  IN: 'in',
  'NOT IN': 'not in',
  LIKE: 'like',
  'NOT LIKE': 'not like',
  CONTAINS: 'contains',
  'STARTS WITH': 'starts',
  'ENDS WITH': 'ends',
  'IS NULL': 'is null',
  'IS NOT NULL': 'is not null',
  'DOES EXIST': 'is not null',
  'DOES NOT EXIST': 'is null',
};

/** A condition with its column and operator known; texts may still hold lookups. */
export interface RoleCondition {
  readonly column: ColumnSchema;
  readonly operator: RoleOperator;
  /** One value, the values of a list, none for the tests of null. */
  readonly values: readonly RoleValue[];
}

/** A text (perhaps with lookups), or a value that was written without quotes. */
export type RoleValue = string | boolean | null;

/** The conditions of a role's filter over a table. Throws `BadRoleFilter` (500): the role is at fault, not the caller. */
export function readRoleFilter(table: TableSchema, filter: RecordFilter): readonly RoleCondition[] {
  if (filter.conditions.length === 0) throw BadRoleFilter();
  return filter.conditions.map((condition) => readCondition(table, condition));
}

/**
 * A role's record filter as nodes (rest-core.md 3.6). Lookups are bound as values. A condition whose lookup has no value for this
 * caller, or one that does not fit the column, lets no record through. Throws `BadRoleFilter` where the filter itself is malformed.
 */
export function roleFilterPredicate(table: TableSchema, filter: RecordFilter, bindings: Bindings): Predicate {
  const terms = readRoleFilter(table, filter).map((condition) => conditionPredicate(condition, bindings));
  return terms.length === 1 ? terms[0]! : { kind: filter.join, terms };
}

function readCondition(table: TableSchema, { name, operator: written, value }: RecordCondition): RoleCondition {
  const column = table.column(name.trim());
  const operator = OPERATORS[written.trim().replace(/\s+/g, ' ').toUpperCase()];
  if (!column || column.isVirtual || !operator) throw BadRoleFilter();
  if (operator === 'is null' || operator === 'is not null') return { column, operator, values: [] };
  if (value === null) throw BadRoleFilter();
  return { column, operator, values: operator === 'in' || operator === 'not in' ? readList(value) : [readValue(value)] };
}

function readValue(text: string): RoleValue {
  const trimmed = text.trim();
  const quote = trimmed.charAt(0);
  if ((quote === "'" || quote === '"') && trimmed.length > 1 && trimmed.endsWith(quote)) return trimmed.slice(1, -1);
  return wordValue(trimmed);
}

function wordValue(text: string): RoleValue {
  switch (text.toLowerCase()) {
    case 'true':
      return true;
    case 'false':
      return false;
    case 'null':
      return null;
    default:
      return text;
  }
}

/** `('DE','FR')`; the parentheses may be missing. */
function readList(value: string): RoleValue[] {
  const trimmed = value.trim();
  const inside = trimmed.startsWith('(') && trimmed.endsWith(')') ? trimmed.slice(1, -1) : trimmed;
  try {
    return parseValueList(inside).map((operand) => {
      if (operand.kind !== 'text' || operand.enclosed) throw BadRoleFilter();
      return operand.quoted ? operand.text : wordValue(operand.text);
    });
  } catch {
    throw BadRoleFilter();
  }
}

/** A value that no record can be compared with. */
const UNKNOWN = Symbol('unknown');

function conditionPredicate({ column, operator, values }: RoleCondition, bindings: Bindings): Predicate {
  switch (operator) {
    case 'is null':
    case 'is not null':
      return { kind: 'null', column, negated: operator === 'is not null' };
    case 'in':
    case 'not in':
      return listPredicate(column, operator === 'not in', values, bindings);
    case 'like':
    case 'not like':
    case 'contains':
    case 'starts':
    case 'ends':
      return matchPredicate(column, operator, values[0]!, bindings);
    default:
      return comparePredicate(column, operator, values[0]!, bindings);
  }
}

function comparePredicate(
  column: ColumnSchema,
  operator: '=' | '!=' | '<' | '<=' | '>' | '>=',
  value: RoleValue,
  bindings: Bindings,
): Predicate {
  if (value === null) {
    if (operator === '=' || operator === '!=') return { kind: 'null', column, negated: operator === '!=' };
    return { kind: 'constant', value: false };
  }
  const encoded = encodedValue(column, value, bindings);
  return encoded === UNKNOWN
    ? { kind: 'constant', value: false }
    : { kind: 'compare', column, operator, slot: bindings.raw(column, encoded) };
}

function matchPredicate(
  column: ColumnSchema,
  operator: 'like' | 'not like' | 'contains' | 'starts' | 'ends',
  value: RoleValue,
  bindings: Bindings,
): Predicate {
  const text = value === null ? undefined : resolvedText(String(value), bindings);
  if (text === undefined) return { kind: 'constant', value: false };
  const match = operator === 'not like' ? 'like' : operator;
  return { kind: 'match', column, match, negated: operator === 'not like', slot: bindings.raw(column, patternValue(match, text)) };
}

function listPredicate(column: ColumnSchema, negated: boolean, values: readonly RoleValue[], bindings: Bindings): Predicate {
  const encoded = values.filter((value) => value !== null).map((value) => encodedValue(column, value, bindings));
  // One unknown value: a list without it would let records through that NOT IN should keep out.
  if (encoded.includes(UNKNOWN)) return { kind: 'constant', value: false };
  const list: Predicate =
    encoded.length === 0
      ? { kind: 'constant', value: negated }
      : { kind: 'in', column, negated, slot: bindings.raw(column, encoded), count: encoded.length };
  if (encoded.length === values.length) return list;
  return { kind: negated ? 'and' : 'or', terms: [list, { kind: 'null', column, negated }] };
}

function encodedValue(column: ColumnSchema, value: string | boolean, bindings: Bindings): unknown {
  const resolved: JsonValue | undefined = typeof value === 'string' ? resolvedText(value, bindings) : value;
  if (resolved === undefined) return UNKNOWN;
  try {
    return bindings.dialect.encode(column, resolved, () => {
      throw BadRoleFilter();
    });
  } catch (error) {
    if (!(error instanceof HeadgateError)) throw error;
    // A text of the role itself that does not fit is the role's fault; the value of a lookup belongs to the caller.
    if (resolved === value) throw BadRoleFilter();
    return UNKNOWN;
  }
}

const REFERENCE = /\{[A-Za-z0-9_.\-()]{1,255}\}/;

/** The text with its lookups replaced; undefined when one of them has no value for this caller. */
export function resolvedText(text: string, bindings: Bindings): string | undefined {
  if (!REFERENCE.test(text)) return text;
  const replaced = bindings.replaced(text);
  return replaced === text ? undefined : replaced;
}
