import {
  BadFilter,
  BadFilterField,
  BadFilterValue,
  type ColumnName,
  type FilterNode,
  type JsonValue,
  nearest,
  type Operand,
} from '@headgate/core';
import type { ColumnSchema, TableSchema } from '../schema/table-schema.js';
import type { Bindings } from './bindings.js';
import type { Predicate, Slot } from './nodes.js';

const LONGEST_NAME_SHOWN = 100;
const DATE_KINDS: ReadonlySet<string> = new Set(['date', 'time', 'timetz', 'timestamp', 'timestamptz']);

/** Their values are checked even where they are matched as texts: `LIKE '1%'` is no number. */
const NUMBER_KINDS: ReadonlySet<string> = new Set(['integer', 'bigint', 'decimal', 'float', 'boolean']);

/** A client's filter over the columns of a table; every operand becomes a slot. Throws `BadFilterField`, `BadFilterValue`, `BadFilter`. */
export function planFilter(node: FilterNode, table: TableSchema, bindings: Bindings): Predicate {
  switch (node.kind) {
    case 'and':
    case 'or':
    case 'xor':
      if (node.kind === 'xor' && !bindings.dialect.capabilities.xor) throw BadFilter().withHint('This database has no XOR.');
      return { kind: node.kind, terms: node.terms.map((term) => planFilter(term, table, bindings)) };
    case 'not':
      return { kind: 'not', term: planFilter(node.term, table, bindings) };
    case 'null':
      return { kind: 'null', column: columnOf(node.column, table), negated: node.negated };
    case 'compare':
      return planCompare(node, columnOf(node.column, table), bindings);
    case 'match':
      return planMatch(node, columnOf(node.column, table), bindings);
    case 'in':
      return planIn(node, columnOf(node.column, table), bindings);
    case 'between':
      return planBetween(node, columnOf(node.column, table), bindings);
  }
}

function columnOf({ name, at }: ColumnName, table: TableSchema): ColumnSchema {
  const column = table.column(name);
  if (column && !column.isVirtual) return column;
  const shown = name.length > LONGEST_NAME_SHOWN ? `${name.slice(0, LONGEST_NAME_SHOWN)}...` : name;
  const known = nearest(
    name,
    table.columns.map((candidate) => candidate.apiName),
  );
  throw BadFilterField(shown).withHint(`Position ${at + 1}.${known === undefined ? '' : ` Did you mean '${known}'?`}`);
}

type Of<Kind extends FilterNode['kind']> = Extract<FilterNode, { kind: Kind }>;

function planCompare({ operator, value }: Of<'compare'>, column: ColumnSchema, bindings: Bindings): Predicate {
  if (value.kind === 'now') {
    if (!DATE_KINDS.has(column.kind)) throw BadFilterValue(column.apiName, column.type);
    return { kind: 'compareNow', column, operator, unit: value.unit, offset: value.offset };
  }
  const given = operandValue(value, column, bindings);
  if (given === null) {
    if (operator === '=' || operator === '!=') return { kind: 'null', column, negated: operator === '!=' };
    return { kind: 'constant', value: false };
  }
  return { kind: 'compare', column, operator, slot: bindings.bind(column, given, refusalOf(value, column)) };
}

function planMatch({ match, negated, value }: Of<'match'>, column: ColumnSchema, bindings: Bindings): Predicate {
  const given = operandValue(value, column, bindings);
  if (given === null) return { kind: 'constant', value: false };
  if (NUMBER_KINDS.has(column.kind)) bindings.dialect.encode(column, given, refusalOf(value, column));
  return { kind: 'match', column, match, negated, slot: bindings.raw(column, patternValue(match, textOf(given, value, column))) };
}

function planIn({ negated, values }: Of<'in'>, column: ColumnSchema, bindings: Bindings): Predicate {
  if (values.length === 0) return { kind: 'constant', value: negated };
  // Arrays are compared one by one: a list of them would be an array of more dimensions.
  if (column.kind === 'array') {
    const terms = values.map((value) =>
      planCompare({ kind: 'compare', column: { name: column.apiName, at: 0 }, operator: '=', value }, column, bindings),
    );
    return negated ? { kind: 'not', term: { kind: 'or', terms } } : { kind: 'or', terms };
  }
  let hasNull = false;
  const encoded: unknown[] = [];
  for (const operand of values) {
    const given = operandValue(operand, column, bindings);
    // A list as one parameter: `id IN (:ids)`.
    for (const item of Array.isArray(given) ? (given as readonly JsonValue[]) : [given]) {
      if (item === null) hasNull = true;
      else encoded.push(bindings.dialect.encode(column, item, refusalOf(operand, column)));
    }
  }
  const list: Predicate =
    encoded.length === 0
      ? { kind: 'constant', value: negated }
      : { kind: 'in', column, negated, slot: bindings.raw(column, encoded), count: encoded.length };
  return hasNull ? { kind: negated ? 'and' : 'or', terms: [list, { kind: 'null', column, negated }] } : list;
}

function planBetween({ negated, low, high }: Of<'between'>, column: ColumnSchema, bindings: Bindings): Predicate {
  if (low.kind === 'now' || high.kind === 'now') {
    const terms = [
      planCompare({ kind: 'compare', column: { name: column.apiName, at: 0 }, operator: '>=', value: low }, column, bindings),
      planCompare({ kind: 'compare', column: { name: column.apiName, at: 0 }, operator: '<=', value: high }, column, bindings),
    ];
    return negated ? { kind: 'not', term: { kind: 'and', terms } } : { kind: 'and', terms };
  }
  const slots: Slot[] = [];
  for (const operand of [low, high]) {
    const given = operandValue(operand, column, bindings);
    if (given === null) return { kind: 'constant', value: false };
    slots.push(bindings.bind(column, given, refusalOf(operand, column)));
  }
  return { kind: 'between', column, negated, low: slots[0]!, high: slots[1]! };
}

/** The value of an operand with lookups and parameters put in. */
function operandValue(operand: Operand, column: ColumnSchema, bindings: Bindings): JsonValue {
  switch (operand.kind) {
    case 'text':
      if (operand.enclosed) throw notAValue(operand, column, bindings);
      return bindings.replaced(operand.text);
    case 'parameter':
      return bindings.parameter(operand.name);
    case 'now':
      throw BadFilter().withHint(`Position ${operand.at + 1}: the current time can only be compared.`);
    case 'value':
      return operand.value;
  }
}

/** Where the type already forbids the text, the type is named, as for any other text; else the filter is at fault. */
function notAValue(operand: Extract<Operand, { kind: 'text' }>, column: ColumnSchema, bindings: Bindings): Error {
  bindings.dialect.encode(column, operand.text, refusalOf(operand, column));
  return BadFilter().withHint(
    `Position ${operand.at + 1}: expected a value, or the current time in parentheses. Quote the text to compare with it.`,
  );
}

function refusalOf(operand: Operand, column: ColumnSchema): (type: string) => never {
  return (type) => {
    throw BadFilterValue(column.apiName, type).withHint(operand.kind === 'value' ? undefined : `Position ${operand.at + 1}.`);
  };
}

function textOf(value: JsonValue, operand: Operand, column: ColumnSchema): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return refusalOf(operand, column)('text');
}

/** `like` takes the client's wildcards; the other kinds match literally. */
export function patternValue(match: 'like' | 'contains' | 'starts' | 'ends', text: string): string {
  if (match === 'like') return text;
  const literal = text.replace(/[\\%_]/g, '\\$&');
  if (match === 'contains') return `%${literal}%`;
  return match === 'starts' ? `${literal}%` : `%${literal}`;
}
