import {
  BadRequest,
  type BodyRecords,
  EmptyRecord,
  isJsonObject,
  type JsonObject,
  NoRecords,
  RequiredIdentifier,
  type ServiceResponse,
} from '@headgate/core';
import { answerBatch, answerOne, listAnswer, makeEntries } from './batch-answer.js';
import { updateByFilter } from './by-filter.js';
import { preparationFor } from './prepare-call.js';
import { readFilter, readSelection } from './read-write-call.js';
import type { RecordKey } from './record-key.js';
import type { PreparedRecord } from './record-preparation.js';
import { type RecordUpdate, UpdateJob } from './update-job.js';
import type { WriteCall } from './write-call.js';

/** `PUT` and `PATCH` of `_table/{table}[/{id}]`, which mean the same: only what is sent is changed (database-services.md 6.3, 6.4). */
export async function updateRecords(call: WriteCall, body: BodyRecords, id: string | undefined): Promise<ServiceResponse> {
  if (id !== undefined) return updateOne(call, body, id);
  if (body.form === 'none' || body.form === 'bare' || body.records.length === 0) throw NoRecords(call.context.envelope.wrapper);
  const ids = call.readIds();
  if (ids) return updateByIds(call, ids, firstRecord(body));
  const filter = readFilter(call);
  if (filter) {
    const changes = preparationFor(call, 'update').prepare(firstRecord(body), 0);
    const selection = readSelection(call, filter);
    const work = call.context.source.transaction((connection) => updateByFilter(call, connection, changes, selection), call.request);
    return listAnswer(call, await work);
  }
  return updateEach(call, body);
}

async function updateOne(call: WriteCall, body: BodyRecords, id: string): Promise<ServiceResponse> {
  call.requireIdentifiers();
  if (body.form === 'none') throw NoRecords(call.context.envelope.wrapper);
  if (body.records.length > 1) throw BadRequest('A record named by its identifier takes one record.');
  const key = call.keys.fromText(id);
  const changes = preparationFor(call, 'update').prepare(firstRecord(body), 0);
  return answerOne(call, updateJob(call), { key, changes });
}

/** The same changes for all records of `ids`. */
async function updateByIds(call: WriteCall, ids: readonly (() => RecordKey)[], record: JsonObject): Promise<ServiceResponse> {
  call.requireIdentifiers();
  const preparation = preparationFor(call, 'update');
  let changes: PreparedRecord | undefined;
  const entries = await makeEntries(ids, call.mode, (readKey): RecordUpdate => {
    const key = readKey();
    changes ??= preparation.prepare(record, 0);
    return { key, changes };
  });
  return answerBatch(call, updateJob(call), entries, 'updated');
}

/** Each record names itself by its key. */
async function updateEach(call: WriteCall, body: BodyRecords): Promise<ServiceResponse> {
  call.requireIdentifiers();
  const preparation = preparationFor(call, 'update');
  const entries = await makeEntries(body.records, call.mode, (record, position): RecordUpdate => {
    const key = call.keys.fromRecord(record);
    if (!key) throw RequiredIdentifier(position);
    return { key, changes: preparation.prepare(record, position) };
  });
  return answerBatch(call, updateJob(call), entries, 'updated');
}

function updateJob(call: WriteCall): UpdateJob {
  const { primaryKey } = call.table;
  const namesTheKey =
    primaryKey.length > 0 &&
    primaryKey.length === call.identifiers.length &&
    primaryKey.every((column) => call.identifiers.includes(column));
  return new UpdateJob(call, call.context.config.allowUpsert && namesTheKey);
}

function firstRecord(body: BodyRecords): JsonObject {
  const [record] = body.records;
  if (!isJsonObject(record) || Object.keys(record).length === 0) throw EmptyRecord();
  return record;
}
