import type { BatchMode, BatchResult, BatchVerb, JsonObject, JsonValue } from '@headgate/core';
import { batchError } from '@headgate/core';
import type { Change, SystemDatabase } from '@headgate/system-db';
import type { RecordCall } from './record-shape.js';

/** Whether a failed record ends a batch, and what becomes of the others; `rollback` wins over `continue` here (system-service.md 1.5). */
export function batchMode(call: RecordCall): BatchMode {
  return call.options.flag('rollback') ? 'rollback' : call.options.flag('continue') ? 'continue' : 'stop';
}

/** Thrown to leave a transaction that must not hold; carries what is said of each record. */
class RolledBack extends Error {
  readonly results: readonly BatchResult[];
  constructor(results: readonly BatchResult[]) {
    super('rolled back');
    this.results = results;
  }
}

/**
 * Writes records one by one, each in its own transaction, or all in one where `mode` is `rollback`. Answers the keys; throws the batch
 * error where a record failed. `key` names the identifier in what the error says of the records that were written.
 */
export async function writeBatch<Item>(
  db: SystemDatabase,
  items: readonly Item[],
  { mode, verb, key }: { readonly mode: BatchMode; readonly verb: BatchVerb; readonly key: string },
  write: (change: Change, item: Item) => Promise<JsonValue>,
): Promise<JsonValue[]> {
  const results = mode === 'rollback' ? await inOneTransaction(db, items, write) : await oneByOne(db, items, mode, write);
  if (results.every((result) => result.ok)) return results.map((result) => (result as { value: JsonValue }).value);
  throw batchError(
    results.map((result) => (result.ok ? { ok: true, value: { [key]: result.value } as JsonObject } : result)),
    verb,
    mode,
  );
}

async function oneByOne<Item>(
  db: SystemDatabase,
  items: readonly Item[],
  mode: BatchMode,
  write: (change: Change, item: Item) => Promise<JsonValue>,
): Promise<BatchResult[]> {
  const results: BatchResult[] = [];
  for (const item of items) {
    try {
      results.push({ ok: true, value: await db.change((change) => write(change, item)) });
    } catch (error) {
      results.push({ ok: false, error });
      if (mode !== 'continue') break;
    }
  }
  return results;
}

async function inOneTransaction<Item>(
  db: SystemDatabase,
  items: readonly Item[],
  write: (change: Change, item: Item) => Promise<JsonValue>,
): Promise<readonly BatchResult[]> {
  try {
    return await db.change(async (change) => {
      const results: BatchResult[] = [];
      for (const item of items) {
        try {
          results.push({ ok: true, value: await write(change, item) });
        } catch (error) {
          throw new RolledBack([...results, { ok: false, error }]);
        }
      }
      return results;
    });
  } catch (error) {
    if (error instanceof RolledBack) return error.results;
    throw error;
  }
}
