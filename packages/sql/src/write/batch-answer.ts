import {
  answer,
  answerList,
  type BatchMode,
  type BatchResult,
  type BatchVerb,
  batchError,
  HeadgateError,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type ServiceResponse,
} from '@headgate/core';
import { type BatchEntry, type BatchJob, runBatch } from './batch.js';
import { TimeSlice } from './time-slice.js';
import type { WriteCall } from './write-call.js';

/**
 * Makes batch items of what was sent, up to the first that cannot be made unless the batch goes on. What is no fault of an item
 * (an error of 500 and above) ends the call before anything is written.
 */
export async function makeEntries<Sent, Item>(
  sent: readonly Sent[],
  mode: BatchMode,
  make: (sent: Sent, position: number) => Item,
): Promise<readonly BatchEntry<Item>[]> {
  const entries: BatchEntry<Item>[] = [];
  const slice = new TimeSlice();
  for (const [position, entry] of sent.entries()) {
    if (slice.isOver) await slice.pause();
    try {
      entries.push({ item: make(entry, position) });
    } catch (error) {
      if (!(error instanceof HeadgateError) || error.status >= 500) throw error;
      entries.push({ error });
      if (mode !== 'continue') break;
    }
  }
  return entries;
}

/** Writes a batch and answers the list of its records, or the batch error (database-services.md 6.7). */
export async function answerBatch<Item>(
  call: WriteCall,
  job: BatchJob<Item>,
  entries: readonly BatchEntry<Item>[],
  verb: BatchVerb,
): Promise<ServiceResponse> {
  const settle = (results: readonly BatchResult[]): readonly JsonValue[] => {
    const values = results.flatMap((result) => (result.ok ? [result.value] : []));
    if (values.length < results.length) throw batchError(results, verb, call.mode);
    return values;
  };
  return listAnswer(call, await runBatch(call.context.source, job, entries, call.mode, settle, call.request));
}

/** Writes one record that was named in the path and answers it, or its own error. */
export async function answerOne<Item>(call: WriteCall, job: BatchJob<Item>, item: Item): Promise<ServiceResponse> {
  const settle = ([result]: readonly BatchResult[]): JsonValue => {
    if (!result?.ok) throw result?.error;
    return result.value;
  };
  const value = await runBatch(call.context.source, job, [{ item }], 'rollback', settle, call.request);
  return { ...answer(value), rows: 1 };
}

export function listAnswer(call: WriteCall, records: readonly JsonValue[], meta?: JsonObject): ServiceResponse {
  const items = call.options.asList ? records.map(listItem) : records;
  return { ...answerList(items, meta), rows: records.length };
}

/** The value of a record's one field, or its values in parentheses. */
function listItem(record: JsonValue): JsonValue {
  if (!isJsonObject(record)) return record;
  const values = Object.values(record);
  return values.length === 1
    ? (values[0] ?? null)
    : `(${values.map((value) => (typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value))).join(',')})`;
}
