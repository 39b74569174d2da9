import { type HeadgateError, type JsonValue, RecordNotFound } from '@headgate/core';
import type { Connection } from '../dialect/dialect.js';
import { type BatchJob, RunNotClean } from './batch.js';
import { keyText, type RecordKey } from './record-key.js';
import type { WriteCall } from './write-call.js';

const MOST_KEYS = 1_000;

/** Deletes records by their keys, many in one statement. */
export class DeleteJob implements BatchJob<RecordKey> {
  readonly #call: WriteCall;

  constructor(call: WriteCall) {
    this.#call = call;
  }

  /** A key that comes twice begins another run: the second time there is nothing to delete. */
  runLength(keys: readonly RecordKey[], start: number): number {
    const seen = new Set<string>();
    let end = start;
    for (; end < keys.length && end - start < MOST_KEYS; end++) {
      const text = keyText(keys[end]!.bound);
      if (seen.has(text)) break;
      seen.add(text);
    }
    return end - start;
  }

  isOneStatement(run: readonly RecordKey[]): boolean {
    return run.length === 1 && this.#call.returning;
  }

  async write(connection: Connection, run: readonly RecordKey[]): Promise<readonly JsonValue[]> {
    const rows = this.#call.inOrder(run, await deleteRows(this.#call, connection, run));
    if (!rows.includes(undefined)) return rows.map((row) => this.#call.answer(row));
    if (run.length > 1) throw new RunNotClean();
    throw RecordNotFound(run[0]!.shown);
  }

  problemOf(error: unknown): HeadgateError | undefined {
    return this.#call.problemOf(error);
  }
}

/** Deletes the visible rows with these keys and returns them (`keyedFields`) as they were. */
export async function deleteRows(
  call: WriteCall,
  connection: Connection,
  keys: readonly RecordKey[],
): Promise<readonly (readonly JsonValue[])[]> {
  const where = call.visible(keys);
  if (call.returning) return (await call.rows.delete(connection, where, call.keyedFields)).rows;
  const rows = await call.readKeyed(connection, keys);
  if (rows.length === 0) return rows;
  const { affected } = await call.rows.delete(connection, where, []);
  // Another call was faster.
  return affected === 0 ? [] : rows;
}
