import { FieldsForbidden, type HeadgateError, type JsonValue } from '@headgate/core';
import type { Connection } from '../dialect/dialect.js';
import type { ColumnSchema } from '../schema/table-schema.js';
import { type BatchJob, RunNotClean } from './batch.js';
import { keyPredicate, type RecordKey } from './record-key.js';
import type { PreparedRecord } from './record-preparation.js';
import { allOf, recordOf } from './row-access.js';
import type { WriteCall } from './write-call.js';

/** Values and rows of one statement: far below what databases take, so that making it never takes long. */
const MOST_VALUES = 2_500;
const MOST_ROWS = 500;

/** Inserts records, those that write the same fields in one statement. */
export class InsertJob implements BatchJob<PreparedRecord> {
  readonly #call: WriteCall;
  /** The fields and the primary key. */
  readonly #returned: readonly ColumnSchema[];
  readonly #key: readonly ColumnSchema[];

  constructor(call: WriteCall) {
    this.#call = call;
    this.#key = call.table.primaryKey;
    this.#returned = [...new Set([...call.fields, ...this.#key])];
  }

  runLength(records: readonly PreparedRecord[], start: number): number {
    const first = records[start]!;
    if (!this.#call.returning && !this.#key.every((column) => first.has(column))) return 1;
    if (this.#call.role && this.#key.length === 0) return 1;
    const most = Math.min(MOST_ROWS, Math.max(1, Math.floor(MOST_VALUES / first.size)));
    let end = start + 1;
    while (end < records.length && end - start < most && writesTheSame(first, records[end]!)) end++;
    return end - start;
  }

  isOneStatement(): boolean {
    return this.#call.returning && !this.#call.role;
  }

  async write(connection: Connection, run: readonly PreparedRecord[]): Promise<readonly JsonValue[]> {
    const { role, rows, bindings } = this.#call;
    if (role) for (const record of run) if (!role.admits(record, bindings())) throw FieldsForbidden();
    const result = await rows.insert(connection, run, this.#call.returning ? this.#returned : []);
    const stored = this.#call.returning ? result.rows : await this.#readBack(connection, run, result.insertId);
    if (role) await this.#requireVisible(connection, run, stored);
    return run.map((_, index) => {
      const row = stored[index];
      return row ? recordOf(this.#call.fields, row) : {};
    });
  }

  problemOf(error: unknown): HeadgateError | undefined {
    return this.#call.problemOf(error);
  }

  /** The inserted rows where the database does not return them: by their keys, which were sent or are the generated number. */
  async #readBack(connection: Connection, run: readonly PreparedRecord[], insertId: unknown): Promise<readonly (readonly JsonValue[])[]> {
    if (this.#key.length === 0) return [];
    const found: (readonly JsonValue[])[] = [];
    for (const record of run) {
      const key = this.#keyOf(record, insertId);
      // A key made by a default (a uuid, say): nobody can tell which row it was.
      if (!key) return [];
      const { rows } = await this.#call.rows.read(connection, this.#returned, (bindings) => keyPredicate(this.#key, [key], bindings));
      if (rows[0]) found.push(rows[0]);
    }
    if (found.length < run.length && run.length > 1) throw new RunNotClean();
    return found;
  }

  #keyOf(record: PreparedRecord, insertId: unknown): RecordKey | undefined {
    const bound = this.#key.map((column) => {
      const write = record.get(column);
      if (write?.kind === 'value') return write.bound;
      return column.autoIncrement ? insertId : undefined;
    });
    return bound.includes(undefined) ? undefined : { bound, shown: '' };
  }

  /** Undoes (by throwing) rows that the caller could not see. */
  async #requireVisible(connection: Connection, run: readonly PreparedRecord[], stored: readonly (readonly JsonValue[])[]): Promise<void> {
    const { role, rows, context } = this.#call;
    if (!role) return;
    if (this.#key.length === 0) {
      if ((await rows.count(connection, role.alike(run[0]!))) === 0) throw FieldsForbidden();
      return;
    }
    const places = this.#key.map((column) => this.#returned.indexOf(column));
    const keys = stored.map(
      (row): RecordKey => ({
        bound: this.#key.map((column, index) => context.dialect.encode(column, row[places[index]!]!, unreadable)),
        shown: '',
      }),
    );
    if (keys.length < run.length) throw FieldsForbidden();
    const seen = await rows.count(
      connection,
      allOf((bindings) => keyPredicate(this.#key, keys, bindings), role.condition),
    );
    if (seen < run.length) throw FieldsForbidden();
  }
}

function writesTheSame(first: PreparedRecord, other: PreparedRecord): boolean {
  if (first.size !== other.size) return false;
  for (const column of first.keys()) if (!other.has(column)) return false;
  return true;
}

function unreadable(type: string): never {
  throw new TypeError(`a stored key is not a valid ${type}`);
}
