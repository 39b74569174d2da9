import {
  answerList,
  BadIdentifier,
  BadRequest,
  type BatchMode,
  type BatchResult,
  batchError,
  HeadgateError,
  type JsonObject,
  type JsonValue,
  RecordNotFound,
  type ServiceRequest,
  type ServiceResponse,
} from '@headgate/core';
import type { QueryResult } from '../dialect/dialect.js';
import { requireIdentifiers, selectColumns } from '../plan/columns.js';
import type { Predicate } from '../plan/nodes.js';
import { roleFilterPredicate } from '../plan/role-filter.js';
import type { ColumnSchema, TableSchema } from '../schema/table-schema.js';
import type { TableContext } from '../table-context.js';
import { KeyReader, keyPredicate, type RecordKey, splitList } from '../write/record-key.js';
import { TimeSlice } from '../write/time-slice.js';
import { type BoundStatement, bindingsOf, conjunction, roleFilterOf } from './prepared-read.js';
import type { ReadOptions } from './read-options.js';
import { listEntry, recordOf } from './rows.js';

const MOST_IDENTIFIERS = 65_535;
/** Keys of several columns take a parameter for each of their values. */
const TUPLES_AT_ONCE = 500;
const VALUES_AT_ONCE = 10_000;

type Run = (bound: BoundStatement) => Promise<QueryResult>;

/**
 * The records of some identifiers, in their order (database-services.md 4.4). `ids`: a comma list, or an array of values, lists or objects.
 * Where one cannot be found: the batch error, up to the first or (with `continue`) for all.
 */
export async function readByIdentifiers(
  context: TableContext,
  request: ServiceRequest,
  table: TableSchema,
  options: ReadOptions,
  ids: JsonValue,
  run: Run,
): Promise<ServiceResponse> {
  const identifiers = requireIdentifiers(table, options.idField);
  const keys = await readKeys(ids, new KeyReader(table, identifiers, context.dialect));
  const found = new FoundRows(identifiers, context);
  const valid = keys.filter((key): key is RecordKey => !(key instanceof HeadgateError));
  const finder = new Finder(context, request, table, options, identifiers, run);
  const size = identifiers.length === 1 ? VALUES_AT_ONCE : TUPLES_AT_ONCE;
  for (let start = 0; start < valid.length; start += size) found.add(await finder.find(valid.slice(start, start + size)));

  const mode: BatchMode = options.continues ? 'continue' : 'stop';
  const results: BatchResult[] = [];
  for (const key of keys) {
    const result = key instanceof HeadgateError ? { ok: false as const, error: key } : await resultOf(key, found, finder);
    results.push(result);
    if (!result.ok && mode === 'stop') break;
  }
  if (results.some(({ ok }) => !ok)) throw batchError(results, 'retrieved', mode);
  const items = results.map((result) => (result.ok ? result.value : null));
  return { ...answerList(items), rows: items.length };
}

async function readKeys(ids: JsonValue, reader: KeyReader): Promise<(RecordKey | HeadgateError)[]> {
  const entries = Array.isArray(ids)
    ? (ids as readonly JsonValue[])
    : typeof ids === 'string'
      ? splitList(ids).filter((entry) => entry !== '')
      : [ids];
  if (entries.length > MOST_IDENTIFIERS) throw BadRequest(`At most ${MOST_IDENTIFIERS} identifiers can be read at once.`);
  const keys: (RecordKey | HeadgateError)[] = [];
  const slice = new TimeSlice();
  for (const entry of entries) {
    if (slice.isOver) await slice.pause();
    keys.push(readKey(entry, reader));
  }
  return keys;
}

function readKey(entry: JsonValue, reader: KeyReader): RecordKey | HeadgateError {
  try {
    return entry === null ? BadIdentifier('An identifier can not be null.') : reader.fromJson(entry);
  } catch (error) {
    if (error instanceof HeadgateError) return error;
    throw error;
  }
}

async function resultOf(key: RecordKey, found: FoundRows, finder: Finder): Promise<BatchResult> {
  let row = found.take(key);
  // A value may have other spellings than the one sent (`5.0`, another collation): then the database must say.
  if (!row && found.hasUnclaimed) [row] = await finder.find([key]);
  return row ? { ok: true, value: finder.shape(row) } : { ok: false, error: RecordNotFound(key.shown) };
}

/** Rows by the text of their identifiers. */
class FoundRows {
  readonly #identifiers: readonly ColumnSchema[];
  readonly #context: TableContext;
  readonly #rows = new Map<string, readonly unknown[]>();
  readonly #claimed = new Set<string>();

  constructor(identifiers: readonly ColumnSchema[], context: TableContext) {
    this.#identifiers = identifiers;
    this.#context = context;
  }

  add(rows: readonly (readonly unknown[])[]): void {
    for (const row of rows) {
      const text = this.#textOf(row);
      if (!this.#rows.has(text)) this.#rows.set(text, row);
    }
  }

  take(key: RecordKey): readonly unknown[] | undefined {
    const text = this.#textOf(key.bound);
    const row = this.#rows.get(text);
    if (row) this.#claimed.add(text);
    return row;
  }

  get hasUnclaimed(): boolean {
    return this.#claimed.size < this.#rows.size;
  }

  #textOf(values: readonly unknown[]): string {
    return this.#identifiers
      .map((column, index) => {
        const value = values[index];
        if (column.kind === 'boolean' || column.kind === 'binary')
          return JSON.stringify(this.#context.dialect.decode(column, value, 'contract'));
        const text = String(value);
        return column.kind === 'uuid' ? text.toLowerCase() : text;
      })
      .join('\u0000');
  }
}

/** Reads rows by keys: the identifiers first, then the columns of the answer. */
class Finder {
  readonly #context: TableContext;
  readonly #request: ServiceRequest;
  readonly #table: TableSchema;
  readonly #options: ReadOptions;
  readonly #identifiers: readonly ColumnSchema[];
  readonly #answered: readonly ColumnSchema[];
  readonly #run: Run;

  constructor(
    context: TableContext,
    request: ServiceRequest,
    table: TableSchema,
    options: ReadOptions,
    identifiers: readonly ColumnSchema[],
    run: Run,
  ) {
    this.#context = context;
    this.#request = request;
    this.#table = table;
    this.#options = options;
    this.#identifiers = identifiers;
    this.#answered = options.asList ? identifiers : selectColumns(table, options.fields, identifiers);
    this.#run = run;
  }

  async find(keys: readonly RecordKey[]): Promise<readonly (readonly unknown[])[]> {
    const bindings = bindingsOf(this.#context, this.#request, this.#options);
    const terms: Predicate[] = [keyPredicate(this.#identifiers, keys, bindings)];
    const role = roleFilterOf(this.#request, this.#table);
    if (role) terms.push(roleFilterPredicate(this.#table, role, bindings));
    const statement = this.#context.statements.of({
      kind: 'read',
      table: this.#table,
      columns: [...this.#identifiers, ...this.#answered],
      where: conjunction(terms),
      order: [],
      paging: undefined,
      style: this.#options.style,
      output: 'rows',
      slots: bindings.values.length,
    });
    const { rows } = await this.#run({ statement, values: bindings.values });
    return rows;
  }

  shape(row: readonly unknown[]): JsonObject | JsonValue {
    const shape = this.#options.asList ? listEntry : recordOf;
    return shape(this.#answered, row.slice(this.#identifiers.length), this.#context.dialect, this.#options.style);
  }
}
