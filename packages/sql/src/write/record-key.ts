import { BadIdentifier, BadRequest, BadValue, isExactNumber, isJsonObject, type JsonObject, type JsonValue } from '@headgate/core';
import type { Dialect } from '../dialect/dialect.js';
import type { Bindings } from '../plan/bindings.js';
import type { Predicate } from '../plan/nodes.js';
import type { ColumnSchema, TableSchema } from '../schema/table-schema.js';

/** The identifier of one record: one bound value for each identifying column. */
export interface RecordKey {
  readonly bound: readonly unknown[];
  /** As the client wrote it, for messages. */
  readonly shown: string;
}

/** Reads identifiers for the identifying columns of a call (database-services.md 4.4). Throws `BadValue`, `BadIdentifier`. */
export class KeyReader {
  readonly #table: TableSchema;
  readonly #columns: readonly ColumnSchema[];
  readonly #dialect: Pick<Dialect, 'encode'>;

  constructor(table: TableSchema, columns: readonly ColumnSchema[], dialect: Pick<Dialect, 'encode'>) {
    this.#table = table;
    this.#columns = columns;
    this.#dialect = dialect;
  }

  /** An identifier of a path or of a comma list: `5`, and for several columns `a,b` or `(a,b)`. */
  fromText(text: string): RecordKey {
    const parts = this.#columns.length === 1 ? [text] : splitList(text.replace(/^\s*\((.*)\)\s*$/s, '$1'), true).map(unquoted);
    return this.#key(parts, text);
  }

  /** An entry of a list in a body: a value, a list of values, or an object with the key's fields. */
  fromJson(entry: JsonValue): RecordKey {
    if (isJsonObject(entry)) {
      const key = this.fromRecord(entry);
      if (!key) throw BadIdentifier(`An identifier needs the fields ${this.#names()}.`);
      return key;
    }
    if (Array.isArray(entry)) return this.#key(entry as readonly JsonValue[], entry.map(shownOf).join(','));
    return typeof entry === 'string' ? this.fromText(entry) : this.#key([entry], shownOf(entry));
  }

  /** The key among the members of a record; undefined when one of its fields is missing or null. */
  fromRecord(record: JsonValue): RecordKey | undefined {
    if (!isJsonObject(record)) return undefined;
    const values = new Map<ColumnSchema, JsonValue>();
    for (const [name, value] of membersOf(record)) {
      const column = this.#table.column(name);
      if (column && value !== undefined && value !== null) values.set(column, value);
    }
    const parts = this.#columns.map((column) => values.get(column));
    if (parts.some((part) => part === undefined)) return undefined;
    return this.#key(parts as JsonValue[], parts.map((part) => shownOf(part as JsonValue)).join(','));
  }

  #key(parts: readonly JsonValue[], shown: string): RecordKey {
    if (parts.length !== this.#columns.length) throw BadIdentifier(`An identifier needs the fields ${this.#names()}.`);
    const bound = this.#columns.map((column, index) => {
      const refuse = (type: string): never => {
        throw BadValue(column.apiName, type);
      };
      const part = parts[index]!;
      if (part === null) throw BadIdentifier(`An identifier needs the fields ${this.#names()}.`);
      return this.#dialect.encode(column, part, refuse);
    });
    return { bound, shown };
  }

  #names(): string {
    return this.#columns.map((column) => column.apiName).join(', ');
  }
}

/** Splits a comma list; commas within parentheses, and within quotes where those count, belong to an entry. */
export function splitList(text: string, quotesCount = false): string[] {
  const entries: string[] = [];
  let depth = 0;
  let quote = '';
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if ((quotesCount || depth > 0) && (char === "'" || char === '"')) quote = char;
    else if (char === '(') depth++;
    else if (char === ')') depth = Math.max(0, depth - 1);
    else if (char === ',' && depth === 0) {
      entries.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  entries.push(text.slice(start).trim());
  return entries;
}

/** More fields than any database has columns: looking each up would keep other calls waiting. */
const MOST_FIELDS = 10_000;

/** The fields of a record. Throws `BadRequest` where there are too many. */
export function membersOf(record: JsonObject): [string, JsonValue | undefined][] {
  const members = Object.entries(record);
  if (members.length > MOST_FIELDS) throw BadRequest(`A record has more than ${MOST_FIELDS} fields.`);
  return members;
}

function unquoted(text: string): string {
  const quoted = /^(['"])(.*)\1$/s.exec(text);
  return quoted ? quoted[2]! : text;
}

function shownOf(value: JsonValue): string {
  if (isExactNumber(value)) return value.rawJSON;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Rows that have one of the keys. */
export function keyPredicate(columns: readonly ColumnSchema[], keys: readonly RecordKey[], bindings: Bindings): Predicate {
  const [column] = columns;
  if (columns.length === 1 && column) {
    if (keys.length === 1) return { kind: 'compare', column, operator: '=', slot: bindings.raw(column, keys[0]!.bound[0]) };
    return {
      kind: 'in',
      column,
      negated: false,
      slot: bindings.raw(
        column,
        keys.map((key) => key.bound[0]),
      ),
      count: keys.length,
    };
  }
  const slots = keys.map((key) => columns.map((part, index) => bindings.raw(part, key.bound[index])));
  return { kind: 'keys', columns, slots };
}

/** The same text for a key that a client sent and for the row that it finds, as far as one value has one spelling. */
export function keyText(values: readonly unknown[]): string {
  return values.map((value) => (isExactNumber(value) ? value.rawJSON : String(value))).join('\u0000');
}
