import { BadRequest, FieldsForbidden, type JsonValue, NoIdentifier } from '@headgate/core';
import type { Connection } from '../dialect/dialect.js';
import type { OrderTerm } from '../plan/nodes.js';
import { changeRows } from './change-rows.js';
import { deleteRows } from './delete-job.js';
import type { RecordKey } from './record-key.js';
import type { PreparedRecord } from './record-preparation.js';
import { allOf, type Condition, type Page } from './row-access.js';
import type { WriteCall } from './write-call.js';

/** What a by-filter write works on. */
export interface Selection {
  /** The client's filter. */
  readonly filter: Condition;
  readonly order: readonly OrderTerm[];
  readonly page: Page;
}

export interface DeletedRecords {
  readonly records: readonly JsonValue[];
  /** Whether more records match than one call deletes. */
  readonly hasMore: boolean;
}

/** Keys of one statement. */
const CHUNK = 1_000;

/**
 * Makes the same changes in every visible record that matches (database-services.md 6.3) and answers a page of those it changed, which
 * need not match any more. Runs in the caller's transaction. Throws `FieldsForbidden` when one would leave the role's filter.
 */
export async function updateByFilter(
  call: WriteCall,
  connection: Connection,
  changes: PreparedRecord,
  selection: Selection,
): Promise<readonly JsonValue[]> {
  const where = allOf(selection.filter, call.role?.condition);
  if (call.identifiers.length === 0) return updateWithoutKeys(call, connection, changes, where, selection.page);
  if (!call.role) {
    const keys = await selectKeys(call, connection, where, selection.order, selection.page);
    if (changes.size > 0 && keys.length > 0) await call.rows.update(connection, changes, where, []);
    return readAnswers(call, connection, keys);
  }
  // Under a role's filter each changed record is looked at again, so all of their keys are needed.
  const keys = await selectKeys(call, connection, where, selection.order);
  for (const chunk of chunksOf(keys)) await changeRows(call, connection, chunk, changes);
  return readAnswers(call, connection, keys.slice(selection.page.offset, selection.page.offset + selection.page.limit));
}

async function updateWithoutKeys(
  call: WriteCall,
  connection: Connection,
  changes: PreparedRecord,
  where: Condition,
  page: Page,
): Promise<readonly JsonValue[]> {
  const filtered = call.role?.columns(call.bindings());
  // Without keys nobody could tell whether the changed records can still be seen.
  if (filtered && [...changes.keys()].some((column) => filtered.has(column))) throw FieldsForbidden();
  const affected =
    changes.size === 0 ? await call.rows.count(connection, where) : (await call.rows.update(connection, changes, where, [])).affected;
  return Array.from({ length: Math.max(0, Math.min(affected - page.offset, page.limit)) }, () => ({}));
}

/** Deletes a page of the visible records that match (database-services.md 6.5). Runs in the caller's transaction. */
export async function deleteByFilter(call: WriteCall, connection: Connection, selection: Selection): Promise<DeletedRecords> {
  const { page } = selection;
  const where = allOf(selection.filter, call.role?.condition);
  if (call.identifiers.length === 0) return deleteWithoutKeys(call, connection, where, selection);
  const found = await selectKeys(call, connection, where, selection.order, { limit: page.limit + 1, offset: page.offset });
  const keys = found.slice(0, page.limit);
  const records: JsonValue[] = [];
  for (const chunk of chunksOf(keys)) {
    const rows = call.inOrder(chunk, await deleteRows(call, connection, chunk));
    // A row that another call deleted in between is not among them.
    for (const row of rows) if (row) records.push(call.answer(row));
  }
  return { records, hasMore: found.length > keys.length };
}

/** Rows without keys can only be deleted all at once: refuses when that would be more than one call deletes. */
async function deleteWithoutKeys(call: WriteCall, connection: Connection, where: Condition, { page }: Selection): Promise<DeletedRecords> {
  const count = await call.rows.count(connection, where);
  if (page.offset > 0 || count > page.limit)
    throw NoIdentifier(call.table.apiName).withHint('Give id_field, or a filter that matches fewer records.');
  const rows = call.fields.length > 0 ? (await call.rows.read(connection, call.fields, where)).rows : [];
  const { affected } = await call.rows.delete(connection, where, []);
  if (affected > page.limit) throw BadRequest('The filter matches more records than one call deletes.');
  return { records: Array.from({ length: affected }, (_, index) => (rows[index] ? call.answer(rows[index]) : {})), hasMore: false };
}

async function selectKeys(
  call: WriteCall,
  connection: Connection,
  where: Condition,
  order: readonly OrderTerm[],
  page?: Page,
): Promise<readonly RecordKey[]> {
  const { rows } = await call.rows.read(connection, call.identifiers, where, order, page);
  return rows.map((row) => call.keys.fromJson(row));
}

async function readAnswers(call: WriteCall, connection: Connection, keys: readonly RecordKey[]): Promise<readonly JsonValue[]> {
  const records: JsonValue[] = [];
  for (const chunk of chunksOf(keys)) {
    for (const row of call.inOrder(chunk, await call.readKeyed(connection, chunk))) if (row) records.push(call.answer(row));
  }
  return records;
}

function* chunksOf(keys: readonly RecordKey[]): Generator<readonly RecordKey[]> {
  for (let start = 0; start < keys.length; start += CHUNK) yield keys.slice(start, start + CHUNK);
}
