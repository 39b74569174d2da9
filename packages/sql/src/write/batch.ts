import type { BatchMode, BatchResult, HeadgateError, JsonValue } from '@headgate/core';
import type { Connection } from '../dialect/dialect.js';
import type { Source, SourceCall } from '../source/source.js';

/** An item of a batch: what is to be written, or why it cannot be. */
export type BatchEntry<Item> = { readonly item: Item } | { readonly error: HeadgateError };

/** How the items of a batch are written. */
export interface BatchJob<Item> {
  /** How many items from `start` on one attempt may take, at least 1. */
  runLength(items: readonly Item[], start: number): number;
  /** Whether a run is one statement that does all or nothing by itself. */
  isOneStatement(run: readonly Item[]): boolean;
  /** Writes a run; one answer an item, in order. Throws when anything in it cannot be written. */
  write(connection: Connection, run: readonly Item[]): Promise<readonly JsonValue[]>;
  /** The error of a single item; undefined when no item is to blame. */
  problemOf(error: unknown, item: Item): HeadgateError | undefined;
  /** Whether the item should be tried once more after this error. */
  readonly isRace?: ((error: unknown) => boolean) | undefined;
}

/** Thrown by a job when a run of several items did not go as one statement should: they are taken in smaller runs. */
export class RunNotClean extends Error {}

/**
 * Writes the items of a batch (database-services.md 6.7) and returns what `settle` makes of the results.
 *
 * - Runs are attempted whole; a run that fails is undone and halved, down to the item that is to blame: the failing ones of 10,000 items
 *   are found in a few dozen statements.
 * - All is one transaction. `stop` keeps what came before the first failure and `continue` what did not fail; a failure under `rollback`,
 *   and any error that no item is to blame for (a lost connection, a client gone), undoes everything.
 * - `settle` gets the results up to the first failure, unless the mode is `continue`, and throws where one failed.
 */
export async function runBatch<Item, Answer>(
  source: Source,
  job: BatchJob<Item>,
  entries: readonly BatchEntry<Item>[],
  mode: BatchMode,
  settle: (results: readonly BatchResult[]) => Answer,
  call: SourceCall | undefined,
): Promise<Answer> {
  const whole = await attemptWhole(source, job, entries, call);
  if (whole) return settle(whole);
  // A failure undoes all where that was asked for, and where there is only one item to fail.
  if (mode !== 'rollback' && entries.length > 1) {
    return settle(await source.transaction((connection) => new BatchRun(connection, job, mode, true).run(entries), call));
  }
  const savepoints = entries.length > 1 || job.isRace !== undefined;
  return source.transaction(async (connection) => settle(await new BatchRun(connection, job, mode, savepoints).run(entries)), call);
}

/** A batch that is one statement needs no transaction; undefined when it is none, or when its failure has to be looked into. */
async function attemptWhole<Item>(
  source: Source,
  job: BatchJob<Item>,
  entries: readonly BatchEntry<Item>[],
  call: SourceCall | undefined,
): Promise<readonly BatchResult[] | undefined> {
  const items: Item[] = [];
  for (const entry of entries) if ('item' in entry) items.push(entry.item);
  const [first] = items;
  if (first === undefined) return entries.map(failed);
  if (items.length < entries.length || job.runLength(items, 0) < items.length || !job.isOneStatement(items)) return undefined;
  return source.use(async (connection) => {
    try {
      return (await job.write(connection, items)).map((value) => ({ ok: true as const, value }));
    } catch (error) {
      const problem = error instanceof RunNotClean ? undefined : job.problemOf(error, first);
      if (!problem && !(error instanceof RunNotClean)) throw error;
      return problem && items.length === 1 && !job.isRace?.(error) ? [{ ok: false as const, error: problem }] : undefined;
    }
  }, call);
}

function failed<Item>(entry: BatchEntry<Item>): BatchResult {
  return { ok: false, error: (entry as { readonly error: HeadgateError }).error };
}

/** The items of one batch on the connection of its transaction. */
class BatchRun<Item> {
  readonly #connection: Connection;
  readonly #job: BatchJob<Item>;
  readonly #goesOn: boolean;
  readonly #savepoints: boolean;
  readonly #results: BatchResult[] = [];

  constructor(connection: Connection, job: BatchJob<Item>, mode: BatchMode, savepoints: boolean) {
    this.#connection = connection;
    this.#job = job;
    this.#goesOn = mode === 'continue';
    this.#savepoints = savepoints;
  }

  async run(entries: readonly BatchEntry<Item>[]): Promise<readonly BatchResult[]> {
    let start = 0;
    while (start < entries.length) {
      const items: Item[] = [];
      for (let entry = entries[start]; entry && 'item' in entry; entry = entries[start + items.length]) items.push(entry.item);
      if (items.length === 0) {
        this.#results.push(failed(entries[start]!));
        if (!this.#goesOn) break;
        start++;
        continue;
      }
      start += items.length;
      if (!(await this.#runs(items))) break;
    }
    return this.#results;
  }

  async #runs(items: readonly Item[]): Promise<boolean> {
    for (let start = 0; start < items.length; ) {
      const length = this.#job.runLength(items, start);
      if (!(await this.#attempt(items.slice(start, start + length)))) return false;
      start += length;
    }
    return true;
  }

  /** Writes a run, in smaller ones where it fails; false when the batch is to stop. */
  async #attempt(run: readonly Item[], isSecond = false): Promise<boolean> {
    if (this.#savepoints) await this.#connection.savepoint();
    try {
      const answers = await this.#job.write(this.#connection, run);
      if (this.#savepoints) await this.#connection.releaseSavepoint();
      for (const value of answers) this.#results.push({ ok: true, value });
      return true;
    } catch (error) {
      const problem = error instanceof RunNotClean ? undefined : this.#job.problemOf(error, run[0]!);
      if (!problem && !(error instanceof RunNotClean && run.length > 1)) throw error;
      if (this.#savepoints) await this.#connection.rollbackToSavepoint();
      if (run.length > 1) {
        const middle = run.length >> 1;
        return (await this.#attempt(run.slice(0, middle))) && (await this.#attempt(run.slice(middle)));
      }
      if (!isSecond && this.#job.isRace?.(error)) return this.#attempt(run, true);
      this.#results.push({ ok: false, error: problem });
      return this.#goesOn;
    }
  }
}
