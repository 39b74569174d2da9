import type { IntervalOffset, Operand } from './nodes.js';
import { isBlank, Scanner } from './scanner.js';

/** Words that end a bare value when blanks stand around them. */
const LOGICAL_WORDS = ['AND', 'OR', 'XOR'] as const;
const LOGICAL_SYMBOLS = ['&&', '||'] as const;

const CURRENT_TIME =
  /^(now ?\( ?\)|(?:current_timestamp|localtimestamp|current_date|current_time)(?: ?\( ?\))?)(?: ?([+-]) ?interval ?(?:(\d{1,9}) ?([a-z]+)|'(\d{1,9})' ?([a-z]+)|'(\d{1,9}) ?([a-z]+)'))?$/i;
const LONGEST_CURRENT_TIME = 200;
const UNITS: readonly IntervalOffset['unit'][] = ['second', 'minute', 'hour', 'day', 'week', 'month', 'year'];

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?$/;
const LITERAL_WORD = /^(?:null|true|false)$/i;

/** The value that starts here; in a list a comma ends it. */
export function readOperand(scanner: Scanner, place: 'value' | 'list'): Operand {
  const at = scanner.at;
  const { char } = scanner;
  if (char === "'" || char === '"') return { kind: 'text', text: scanner.quotedValue(), quoted: true, at };
  if (char === '(') {
    const literal = quotedInParentheses(scanner);
    if (literal !== undefined) return { kind: 'text', text: literal, quoted: true, at };
  }
  const text = bareValue(scanner, place);
  if (text === '') throw scanner.expected("a value ('' for the empty text)", at);
  if (text.startsWith('(') && matchingParenthesis(text) === text.length - 1) return enclosedValue(text.slice(1, -1).trim(), at);
  if (text.startsWith(':') && text.length > 1) return { kind: 'parameter', name: text.slice(1), at };
  return { kind: 'text', text, quoted: false, at };
}

/** The values of a list given without its parentheses, as role filters may hold it. Throws `BadFilter`. */
export function parseValueList(text: string): Operand[] {
  const scanner = new Scanner(text);
  const values: Operand[] = [];
  do {
    scanner.skipBlanks();
    values.push(readOperand(scanner, 'list'));
    scanner.skipBlanks();
  } while (scanner.take(','));
  if (!scanner.isAtEnd) throw scanner.expected(',');
  return values;
}

/** `('x')` stands for `'x'`. */
function quotedInParentheses(scanner: Scanner): string | undefined {
  const start = scanner.at;
  scanner.take('(');
  scanner.skipBlanks();
  if (scanner.char !== "'" && scanner.char !== '"') {
    scanner.at = start;
    return undefined;
  }
  const text = scanner.quotedValue();
  scanner.skipBlanks();
  if (!scanner.take(')')) throw scanner.expected(')');
  return text;
}

/** Text up to a parenthesis that was not opened in it, to a comma of the list it stands in, or to a logical word between blanks. */
function bareValue(scanner: Scanner, place: 'value' | 'list'): string {
  const { text } = scanner;
  const start = scanner.at;
  let at = start;
  while (isPlain(text.charCodeAt(at))) at++;
  const end = text.charAt(at);
  if (end === ')' || (end === ',' && place === 'list')) {
    scanner.at = at;
    return text.slice(start, at);
  }
  let depth = 0;
  for (; at < text.length; at++) {
    const char = text[at]!;
    if (char === '(') depth++;
    else if (char === ')') {
      if (depth === 0) break;
      depth--;
    } else if (depth === 0) {
      if (char === ',' && place === 'list') break;
      if (at > start && isBlank(char) && endsBareValue(scanner, at + 1)) break;
    }
  }
  if (depth > 0) throw scanner.expected(')', at);
  scanner.at = at;
  return text.slice(start, at).trim();
}

/** ASCII letters, digits, and `-` and `.`: most values have nothing else. */
function isPlain(code: number): boolean {
  return (code >= 48 && code <= 57) || ((code | 32) >= 97 && (code | 32) <= 122) || code === 45 || code === 46;
}

function endsBareValue(scanner: Scanner, at: number): boolean {
  const { text } = scanner;
  for (const word of LOGICAL_WORDS) {
    if (!scanner.hasWordAt(word, at)) continue;
    const after = text.charAt(at + word.length);
    return after === '(' || isBlank(after);
  }
  return LOGICAL_SYMBOLS.some((symbol) => text.startsWith(symbol, at));
}

/** The index of the parenthesis that closes the first one of a balanced text. */
function matchingParenthesis(text: string): number {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '(') depth++;
    else if (text[at] === ')' && --depth === 0) return at;
  }
  return -1;
}

/** The original handed values in parentheses to the database as SQL. What stays is the current time and plain literals. */
function enclosedValue(inside: string, at: number): Operand {
  const now = inside.length <= LONGEST_CURRENT_TIME ? currentTime(inside, at) : undefined;
  if (now) return now;
  if (NUMBER.test(inside) || LITERAL_WORD.test(inside)) return { kind: 'text', text: inside, quoted: false, at };
  return { kind: 'text', text: `(${inside})`, quoted: false, enclosed: true, at };
}

function currentTime(inside: string, at: number): Operand | undefined {
  const found = CURRENT_TIME.exec(inside.replace(/\s+/g, ' '));
  if (!found) return undefined;
  const name = found[1]!.toLowerCase();
  const unit = name.startsWith('current_date') ? 'date' : /^current_time(?!stamp)/.test(name) ? 'time' : 'timestamp';
  if (found[2] === undefined) return { kind: 'now', unit, offset: undefined, at };
  const word = (found[4] ?? found[6] ?? found[8])!.toLowerCase();
  const intervalUnit = UNITS.find((known) => word === known || word === `${known}s`);
  if (!intervalUnit) return undefined;
  const count = Number(found[3] ?? found[5] ?? found[7]);
  return { kind: 'now', unit, offset: { sign: found[2] === '+' ? 1 : -1, count, unit: intervalUnit }, at };
}
