import type { JsonObject } from '@headgate/core';
import type { Change } from '@headgate/system-db';
import { draftOf, settle } from './draft.js';
import type { StoredRow } from './field.js';
import { writeNested } from './nested-writes.js';
import type { RecordCall, RecordResource } from './record-shape.js';
import type { Relations } from './relations.js';
import { finish, insertRow, updateRow } from './rows.js';

/** Writes of single records, each inside the transaction of its `change`: a record and what is nested in it are written whole or not at all. */

export async function createRecord(
  call: RecordCall,
  change: Change,
  resource: RecordResource,
  relations: Relations,
  body: JsonObject,
): Promise<StoredRow> {
  const draft = draftOf(call, resource, body, undefined, nestedNames(resource, relations));
  Object.assign(draft.values, resource.fixed);
  await settle(call, change, resource, draft);
  const row = await insertRow(call, change, resource, draft, false);
  await writeNested(call, change, resource, relations, draft, row);
  await finish(call, change, resource, draft, row);
  return row;
}

export async function updateRecord(
  call: RecordCall,
  change: Change,
  resource: RecordResource,
  relations: Relations,
  before: StoredRow,
  body: JsonObject,
): Promise<void> {
  const draft = draftOf(call, resource, body, before, nestedNames(resource, relations));
  await settle(call, change, resource, draft);
  await updateRow(call, change, resource, draft, false);
  await writeNested(call, change, resource, relations, draft, before);
  await finish(call, change, resource, draft, { ...before, ...draft.values });
}

function nestedNames(resource: RecordResource, relations: Relations): ReadonlySet<string> {
  return new Set([...relations.keys(), ...Object.keys(resource.relationAliases ?? {})]);
}
