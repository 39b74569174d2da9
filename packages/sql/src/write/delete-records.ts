import { answer, type BodyRecords, DeleteNeedsSelection, isJsonObject, RequiredIdentifier, type ServiceResponse } from '@headgate/core';
import { answerBatch, answerOne, listAnswer, makeEntries } from './batch-answer.js';
import { deleteByFilter } from './by-filter.js';
import { DeleteJob } from './delete-job.js';
import { readFilter, readSelection } from './read-write-call.js';
import { allOf, type Condition } from './row-access.js';
import type { WriteCall } from './write-call.js';

/** `DELETE _table/{table}[/{id}]` (database-services.md 6.5). */
export async function deleteRecords(call: WriteCall, body: BodyRecords, id: string | undefined): Promise<ServiceResponse> {
  if (id !== undefined) {
    call.requireIdentifiers();
    return answerOne(call, new DeleteJob(call), call.keys.fromText(id));
  }
  const ids = call.readIds();
  if (ids) {
    call.requireIdentifiers();
    return answerBatch(call, new DeleteJob(call), await makeEntries(ids, call.mode, (readKey) => readKey()), 'deleted');
  }
  if (body.records.length > 0 && body.form !== 'bare') return deleteListed(call, body);
  const filter = readFilter(call);
  if (filter) return deleteMatching(call, filter);
  if (call.force) return deleteAll(call);
  throw DeleteNeedsSelection();
}

/** Records, or bare identifiers, of a body. */
async function deleteListed(call: WriteCall, body: BodyRecords): Promise<ServiceResponse> {
  call.requireIdentifiers();
  const entries = await makeEntries(body.records, call.mode, (record, position) => {
    const key = isJsonObject(record) ? call.keys.fromRecord(record) : call.keys.fromJson(record);
    if (!key) throw RequiredIdentifier(position);
    return key;
  });
  return answerBatch(call, new DeleteJob(call), entries, 'deleted');
}

async function deleteMatching(call: WriteCall, filter: Condition): Promise<ServiceResponse> {
  const selection = readSelection(call, filter);
  const { records, hasMore } = await call.context.source.transaction(
    (connection) => deleteByFilter(call, connection, selection),
    call.request,
  );
  // What follows has moved up to where the deleted records were. Who asked for a limit knows that there may be more.
  const meta = hasMore && call.options.limit === undefined ? { next: selection.page.offset } : undefined;
  return listAnswer(call, records, meta);
}

/** Every record that the caller may see; what references them stops it, since nothing is cascaded here. */
async function deleteAll(call: WriteCall): Promise<ServiceResponse> {
  await call.context.source.use((connection) => call.rows.delete(connection, allOf(call.role?.condition), []), call.request);
  return answer({ success: true });
}
