import { BadFilterList, FilterTooLarge } from '../errors/filter.js';
import type { FilterLimits } from './limits.js';
import type { ColumnName, CompareOperator, FilterNode, MatchKind, Operand } from './nodes.js';
import { readOperand } from './operand.js';
import type { Scanner } from './scanner.js';
import { isBlank } from './scanner.js';

const SYMBOLS: readonly (readonly [string, CompareOperator])[] = [
  ['>=', '>='],
  ['<=', '<='],
  ['!=', '!='],
  ['<>', '!='],
  ['=', '='],
  ['>', '>'],
  ['<', '<'],
];
const WORDS: readonly (readonly [string, CompareOperator])[] = [
  ['GTE', '>='],
  ['LTE', '<='],
  ['NE', '!='],
  ['EQ', '='],
  ['GT', '>'],
  ['LT', '<'],
];
/** Words that cannot belong to a field's name that has blanks in it. */
const OPERATOR_WORDS = [...WORDS.map(([word]) => word), 'NOT', 'IN', 'LIKE', 'CONTAINS', 'STARTS', 'ENDS', 'IS', 'BETWEEN', 'ALL', 'DOES'];
/** No database allows longer names; what goes on for longer has no operator. */
const LONGEST_FIELD = 512;
const LOGICAL_WORDS = ['AND', 'OR', 'XOR', 'NOR'];
const OPERATORS = 'an operator: =, !=, <, <=, >, >=, IN, LIKE, CONTAINS, STARTS WITH, ENDS WITH, BETWEEN or IS NULL';

/** One comparison, from its field to its value. */
export function readComparison(scanner: Scanner, limits: FilterLimits): FilterNode {
  const column = readField(scanner);
  scanner.skipBlanks();
  const operator = readSymbol(scanner);
  if (operator) return compare(column, operator, readValue(scanner));
  for (const [word, meaning] of WORDS) if (scanner.takeWord(word)) return compare(column, meaning, readValue(scanner));
  if (scanner.takeWord('IS')) return readNullTest(scanner, column);
  const negated = scanner.takeWord('NOT');
  scanner.skipBlanks();
  if (scanner.takeWord('IN')) return readList(scanner, column, negated, limits);
  const match = readMatch(scanner);
  if (match) return { kind: 'match', column, match, negated, value: readValue(scanner) };
  if (scanner.takeWord('BETWEEN')) return readBetween(scanner, column, negated);
  throw scanner.expected(OPERATORS);
}

/**
 * The field left of an operator: a name in quotes, or everything up to the operator, since names may hold blanks. Whether the table
 * has such a field is asked later.
 */
function readField(scanner: Scanner): ColumnName {
  const at = scanner.at;
  const quoted = scanner.quotedName();
  if (quoted !== undefined) return { name: quoted, at };
  const { text } = scanner;
  let depth = 0;
  let end = at;
  for (; end < text.length && end - at <= LONGEST_FIELD; end++) {
    const char = text[end]!;
    if (char === '(') depth++;
    else if (char === ')') {
      if (depth === 0) break;
      depth--;
    } else if (depth === 0) {
      if (char === '=' || char === '<' || char === '>' || (char === '!' && text[end + 1] === '=')) break;
      if (char === "'" || char === '"') break;
      if (end > at && isBlank(char) && endsField(scanner, end + 1)) break;
    }
  }
  const name = text.slice(at, end).trimEnd();
  if (name === '') throw scanner.expected('a field', at);
  scanner.at = end;
  return { name, at };
}

function endsField(scanner: Scanner, at: number): boolean {
  if (isBlank(scanner.text.charAt(at))) return false;
  return OPERATOR_WORDS.some((word) => scanner.hasWordAt(word, at)) || LOGICAL_WORDS.some((word) => scanner.hasWordAt(word, at));
}

function readSymbol(scanner: Scanner): CompareOperator | undefined {
  const start = scanner.at;
  for (const [symbol, operator] of SYMBOLS) {
    if (!scanner.take(symbol)) continue;
    // `==`, `=>`, `<=>` are operators elsewhere: reading the rest as a value would compare with something else than was meant.
    if (scanner.char !== '' && '=<>'.includes(scanner.char)) throw scanner.expected(OPERATORS, start);
    return operator;
  }
  return undefined;
}

function readMatch(scanner: Scanner): MatchKind | undefined {
  if (scanner.takeWord('LIKE')) return 'like';
  if (scanner.takeWord('CONTAINS')) return 'contains';
  if (scanner.takeWords('STARTS', 'WITH')) return 'starts';
  if (scanner.takeWords('ENDS', 'WITH')) return 'ends';
  return undefined;
}

function readValue(scanner: Scanner): Operand {
  scanner.skipBlanks();
  return readOperand(scanner, 'value');
}

const isNull = (value: Operand) => value.kind === 'text' && !value.quoted && value.text.toLowerCase() === 'null';

/** `= null` asks whether there is no value, as people mean it. */
function compare(column: ColumnName, operator: CompareOperator, value: Operand): FilterNode {
  if (isNull(value) && (operator === '=' || operator === '!=')) return { kind: 'null', column, negated: operator === '!=' };
  return { kind: 'compare', column, operator, value };
}

function readNullTest(scanner: Scanner, column: ColumnName): FilterNode {
  scanner.skipBlanks();
  const negated = scanner.takeWord('NOT');
  scanner.skipBlanks();
  if (!scanner.takeWord('NULL')) throw scanner.expected('NULL or NOT NULL');
  return { kind: 'null', column, negated };
}

function readBetween(scanner: Scanner, column: ColumnName, negated: boolean): FilterNode {
  const low = readValue(scanner);
  scanner.skipBlanks();
  if (!scanner.takeWord('AND')) throw scanner.expected('AND and the upper value of BETWEEN');
  return { kind: 'between', column, negated, low, high: readValue(scanner) };
}

function readList(scanner: Scanner, column: ColumnName, negated: boolean, limits: FilterLimits): FilterNode {
  scanner.skipBlanks();
  const start = scanner.at;
  if (!scanner.take('(')) throw BadFilterList().withHint(`Position ${start + 1}: expected ( and the values of the list.`);
  const values: Operand[] = [];
  let hasNull = false;
  scanner.skipBlanks();
  if (!scanner.take(')')) {
    for (;;) {
      scanner.skipBlanks();
      const value = readOperand(scanner, 'list');
      if (isNull(value)) hasNull = true;
      else values.push(value);
      if (values.length > limits.values) throw FilterTooLarge(`at most ${limits.values} values in a list are allowed`);
      scanner.skipBlanks();
      if (scanner.take(')')) break;
      if (!scanner.take(',')) throw scanner.expected(', or ) in the list');
    }
  }
  const list: FilterNode = { kind: 'in', column, negated, values };
  if (!hasNull) return list;
  return { kind: negated ? 'and' : 'or', terms: [list, { kind: 'null', column, negated }] };
}
