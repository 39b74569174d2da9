import { type BodyRecords, NoRecords, type ServiceResponse } from '@headgate/core';
import { answerBatch, makeEntries } from './batch-answer.js';
import { InsertJob } from './insert-job.js';
import { preparationFor } from './prepare-call.js';
import type { WriteCall } from './write-call.js';

/** `POST _table/{table}` (database-services.md 6.2). */
export async function createRecords(call: WriteCall, body: BodyRecords): Promise<ServiceResponse> {
  if (body.form === 'none' || body.form === 'bare' || body.records.length === 0) throw NoRecords(call.context.envelope.wrapper);
  const preparation = preparationFor(call, 'create');
  const entries = await makeEntries(body.records, call.mode, (record, position) => preparation.prepare(record, position));
  return answerBatch(call, new InsertJob(call), entries, 'created');
}
