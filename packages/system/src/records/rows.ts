import { BadRequest } from '@headgate/core';
import type { Change, Table, Values } from '@headgate/system-db';
import { equals, ReferenceViolation } from '@headgate/system-db';
import { stampChanged, stampNew, withReadableRefusals } from './draft.js';
import type { StoredRow } from './field.js';
import type { RecordCall, RecordDraft, RecordShape } from './record-shape.js';

/** Writes of single rows, own records and nested ones alike. */

export async function deleteRecord(call: RecordCall, change: Change, shape: RecordShape, row: StoredRow): Promise<void> {
  await shape.removing?.(call, change, row);
  // Raised first: what hangs on the row by cascade must still be there to be named.
  await shape.raise(change, row);
  try {
    await change.delete(shape.table, equals(shape.key, row[shape.key] as string | number));
  } catch (error) {
    if (error instanceof ReferenceViolation)
      throw BadRequest(`The record is still used${error.table === undefined ? '' : ` by '${error.table}'`}.`);
    throw error;
  }
}

export async function insertRow(
  call: RecordCall,
  change: Change,
  shape: RecordShape,
  draft: RecordDraft,
  isNested: boolean,
): Promise<StoredRow> {
  stampNew(call, shape, draft.values, isNested);
  return withReadableRefusals(shape, () => change.insert(shape.table, draft.values as Values<Table>));
}

export async function updateRow(
  call: RecordCall,
  change: Change,
  shape: RecordShape,
  draft: RecordDraft,
  isNested: boolean,
): Promise<void> {
  stampChanged(call, shape, draft.values, isNested);
  if (Object.keys(draft.values).length === 0) return;
  const key = draft.before![shape.key] as string | number;
  await withReadableRefusals(shape, () => change.update(shape.table, equals(shape.key, key), draft.values as Values<Table>));
}

/** What belongs to the record, and the scopes of what it was and what it is. */
export async function finish(call: RecordCall, change: Change, shape: RecordShape, draft: RecordDraft, row: StoredRow): Promise<void> {
  await shape.written?.(call, change, draft, row);
  if (draft.before !== undefined) await shape.raise(change, draft.before);
  await shape.raise(change, row);
}
