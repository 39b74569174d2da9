import { ExpressionRefused, isJsonObject, type JsonValue } from '@headgate/core';
import type { ColumnSchema, TableSchema, ValueKind } from '../schema/table-schema.js';

/**
 * Record values such as `{"expression": "NOW()"}` (database-services.md 6.1). The text of a client never becomes SQL, and a list of
 * forbidden words would protect nobody: it is read by a grammar of its own, of the current time and of arithmetic on the fields of the
 * record, and everything else is refused.
 */
export type ValueExpression = { readonly kind: 'now' } | { readonly kind: 'arithmetic'; readonly formula: Formula; readonly text: string };

/** Arithmetic as read; numbers are digits still to be bound. */
export type Formula =
  | { readonly kind: 'column'; readonly column: ColumnSchema }
  | { readonly kind: 'number'; readonly digits: string }
  | { readonly kind: 'negated'; readonly term: Formula }
  | { readonly kind: 'operation'; readonly operator: '+' | '-' | '*' | '/' | '%'; readonly left: Formula; readonly right: Formula };

const CURRENT_TIME =
  /^\s*(now\s*\(\s*\)|(current_timestamp|localtimestamp|current_date|curdate|current_time|curtime|sysdate|getdate)\s*(\(\s*\))?)\s*$/i;
/** Bounds the depth of what is read as well. */
const LONGEST = 200;
const NUMERIC: ReadonlySet<ValueKind> = new Set(['integer', 'bigint', 'decimal', 'float']);

/** The text of a value `{"expression": text}` or `{"expression": {"value": text}}`; undefined for any other value. */
export function expressionText(value: JsonValue): string | undefined {
  if (!isJsonObject(value) || Object.keys(value).length !== 1 || value.expression === undefined) return undefined;
  const { expression } = value;
  const text = isJsonObject(expression) ? expression.value : expression;
  return typeof text === 'string' ? text : '';
}

/** Reads an expression that is written into a column. Throws `ExpressionRefused`. */
export function readExpression(text: string, column: ColumnSchema, table: TableSchema): ValueExpression {
  if (text.length > LONGEST) throw ExpressionRefused(`${text.slice(0, 100)}...`);
  if (CURRENT_TIME.test(text)) return { kind: 'now' };
  if (!NUMERIC.has(column.kind)) throw ExpressionRefused(text);
  return { kind: 'arithmetic', formula: new FormulaReader(text, table).read(), text };
}

const TOKEN = /\s*(?:(\d{1,15}(?:\.\d{1,15})?)(?![\w.])|([A-Za-z_][\w$]*)|"([^"]+)"|`([^`]+)`|([-+*/%()]))\s*/y;

/** `sum = product { ("+" | "-") product }`, `product = factor { ("*" | "/" | "%") factor }`, `factor = number | field | "-" factor | "(" sum ")"`. */
class FormulaReader {
  readonly #text: string;
  readonly #table: TableSchema;
  readonly #tokens: string[] = [];
  #at = 0;

  constructor(text: string, table: TableSchema) {
    this.#text = text;
    this.#table = table;
    for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
      TOKEN.lastIndex = at;
      const found = TOKEN.exec(text);
      if (!found) throw this.#refused();
      const [, digits, bare, quoted, ticked, sign] = found;
      this.#tokens.push(digits ?? sign ?? `:${bare ?? quoted ?? ticked}`);
    }
  }

  read(): Formula {
    const formula = this.#sum();
    if (this.#at < this.#tokens.length) throw this.#refused();
    return formula;
  }

  #sum(): Formula {
    let left = this.#product();
    for (let operator = this.#take('+', '-'); operator; operator = this.#take('+', '-')) {
      left = { kind: 'operation', operator, left, right: this.#product() };
    }
    return left;
  }

  #product(): Formula {
    let left = this.#factor();
    for (let operator = this.#take('*', '/', '%'); operator; operator = this.#take('*', '/', '%')) {
      left = { kind: 'operation', operator, left, right: this.#factor() };
    }
    return left;
  }

  #factor(): Formula {
    if (this.#take('-')) return { kind: 'negated', term: this.#factor() };
    if (this.#take('(')) {
      const inner = this.#sum();
      if (!this.#take(')')) throw this.#refused();
      return inner;
    }
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw this.#refused();
    if (/^\d/.test(token)) return { kind: 'number', digits: token };
    const column = token.startsWith(':') ? this.#table.column(token.slice(1)) : undefined;
    if (!column || column.isVirtual || column.isAggregate || !NUMERIC.has(column.kind)) throw this.#refused();
    return { kind: 'column', column };
  }

  #take<const Token extends string>(...wanted: readonly Token[]): Token | undefined {
    const token = wanted.find((candidate) => candidate === this.#tokens[this.#at]);
    if (token !== undefined) this.#at++;
    return token;
  }

  #refused(): Error {
    return ExpressionRefused(this.#text);
  }
}
