import { ExpressionRefused, type HeadgateError, type JsonValue, RecordNotFound } from '@headgate/core';
import type { Connection } from '../dialect/dialect.js';
import type { ColumnSchema } from '../schema/table-schema.js';
import { type BatchJob, RunNotClean } from './batch.js';
import { changeRows } from './change-rows.js';
import { InsertJob } from './insert-job.js';
import type { RecordKey } from './record-key.js';
import type { FieldWrite, PreparedRecord } from './record-preparation.js';
import type { WriteCall } from './write-call.js';

/** A record that is named by its key, and what is changed in it. */
export interface RecordUpdate {
  readonly key: RecordKey;
  readonly changes: PreparedRecord;
}

const MOST_UPDATES = 200;
const MOST_KEYS = 1_000;

/**
 * Updates records by their keys: one after the other, or in one statement where all get the same changes. Under `allow_upsert` those
 * that do not exist are created.
 *
 * An upsert is an update, then an insert where nothing was updated, then, where another call was faster, an update again. An engine's
 * own upsert would need values for every required field even of records that exist, MySQL's takes any unique key for the conflict and
 * so can change another record than the one named, and none may touch (or reveal) a record that the caller's role hides.
 */
export class UpdateJob implements BatchJob<RecordUpdate> {
  readonly #call: WriteCall;
  readonly #creates: boolean;
  /** An insert that finds its key taken: an update may find the record now. */
  readonly isRace: ((error: unknown) => boolean) | undefined;

  constructor(call: WriteCall, creates: boolean) {
    this.#call = call;
    this.#creates = creates;
    this.isRace = creates ? (error) => this.#isTaken(error) : undefined;
  }

  runLength(updates: readonly RecordUpdate[], start: number): number {
    const { changes } = updates[start]!;
    let end = start + 1;
    while (end < updates.length && end - start < MOST_KEYS && updates[end]!.changes === changes) end++;
    return end - start > 1 ? end - start : Math.min(MOST_UPDATES, updates.length - start);
  }

  isOneStatement(run: readonly RecordUpdate[]): boolean {
    return run.length === 1 && !this.#call.role;
  }

  async write(connection: Connection, run: readonly RecordUpdate[]): Promise<readonly JsonValue[]> {
    if (run.length > 1 && run.every((update) => update.changes === run[0]!.changes)) return this.#updateAlike(connection, run);
    const answers: JsonValue[] = [];
    for (const update of run) answers.push(await this.#updateOne(connection, update));
    return answers;
  }

  problemOf(error: unknown, { key }: RecordUpdate): HeadgateError | undefined {
    const problem = this.#call.problemOf(error);
    // The key of a record that the caller may not see: for this caller there is no such record.
    return problem && this.#call.role && this.isRace?.(error) ? RecordNotFound(key.shown) : problem;
  }

  /** Whether an insert found its key taken. */
  #isTaken(error: unknown): boolean {
    const problem = this.#call.context.dialect.classify(error);
    const key = this.#call.identifiers.map((column) => column.name);
    return problem?.kind === 'duplicate' && problem.columns.every((column) => column === 'PRIMARY' || key.includes(column));
  }

  async #updateAlike(connection: Connection, run: readonly RecordUpdate[]): Promise<readonly JsonValue[]> {
    const keys = run.map((update) => update.key);
    const rows = this.#call.inOrder(keys, await changeRows(this.#call, connection, keys, run[0]!.changes));
    if (rows.includes(undefined)) throw new RunNotClean();
    return rows.map((row) => this.#call.answer(row));
  }

  async #updateOne(connection: Connection, { key, changes }: RecordUpdate): Promise<JsonValue> {
    const [row] = await changeRows(this.#call, connection, [key], changes);
    if (row) return this.#call.answer(row);
    if (!this.#creates) throw RecordNotFound(key.shown);
    const record = new Map<ColumnSchema, FieldWrite>();
    this.#call.identifiers.forEach((column, index) => {
      record.set(column, { kind: 'value', bound: key.bound[index] });
    });
    for (const [column, write] of changes) {
      // There is no record yet to calculate with.
      if (write.kind === 'arithmetic') throw ExpressionRefused(write.text);
      record.set(column, write);
    }
    const [created] = await new InsertJob(this.#call).write(connection, [record]);
    return created ?? {};
  }
}
