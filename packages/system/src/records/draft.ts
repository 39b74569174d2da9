import type { JsonObject } from '@headgate/core';
import { isJsonObject, MASK, UnknownField, ValidationFailed } from '@headgate/core';
import type { Change } from '@headgate/system-db';
import { equals, ReferenceViolation, tableNamed, UniqueViolation } from '@headgate/system-db';
import type { StoredRow } from './field.js';
import { words } from './field.js';
import type { RecordCall, RecordDraft, RecordShape } from './record-shape.js';
import { draftValue, Problems } from './record-shape.js';
import { nearestHint } from './selection.js';

const LONGEST_NAME_SHOWN = 100;

/** Reads a body into a draft: members that are no writable field are ignored (a strict request: refused, else logged once); masks keep what is stored. */
export function draftOf(
  call: RecordCall,
  shape: RecordShape,
  body: JsonObject,
  before: StoredRow | undefined,
  ignored: ReadonlySet<string>,
): RecordDraft {
  const draft: RecordDraft = { before, values: {}, body, problems: new Problems() };
  checkFields(call, shape, body, ignored);
  for (const field of shape.fields) {
    if (field.column === undefined || (field.mode !== 'open' && field.mode !== 'writeOnly')) continue;
    const value = body[field.name];
    if (value === undefined) continue;
    if (field.masked && value === MASK) continue;
    const parsed = field.parse(value);
    if ('problem' in parsed)
      draft.problems.add(field.name, isEmpty(value) && field.required !== undefined ? field.required : parsed.problem);
    else draft.values[field.name] = parsed.value;
  }
  return draft;
}

function checkFields({ request, log }: RecordCall, shape: RecordShape, body: JsonObject, ignored: ReadonlySet<string>): void {
  for (const sent of Object.keys(body)) {
    if (ignored.has(sent) || shape.fields.some((field) => field.name === sent)) continue;
    const name = sent.slice(0, LONGEST_NAME_SHOWN);
    const table = shape.table.name;
    if (request.strict) throw UnknownField(name, table).withHint(nearestHint(sent, shape.fields));
    log.once(`field:system/${table}.${name}`, `a record has a field that its resource does not have: ${table}.${name}`);
  }
}

/** Checks what only the whole record shows, and throws everything that is wrong at once. */
export async function settle(call: RecordCall, change: Change, shape: RecordShape, draft: RecordDraft): Promise<void> {
  await shape.prepare?.(call, change, draft);
  for (const field of shape.fields) {
    const mayBeMissing = draft.before !== undefined && !Object.hasOwn(draft.values, field.name);
    if (field.required === undefined || mayBeMissing || draft.problems.has(field.name)) continue;
    if (isEmpty(draftValue(draft, field.name))) draft.problems.add(field.name, field.required);
  }
  await checkReferences(change, shape, draft);
  if (!draft.problems.isEmpty) throw ValidationFailed(draft.problems.messages).withContext(draft.problems.context);
}

const isEmpty = (value: unknown) => value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

/** Checked before the write, because not every database says which reference a row breaks. */
async function checkReferences(change: Change, shape: RecordShape, draft: RecordDraft): Promise<void> {
  for (const [column, value] of Object.entries(draft.values)) {
    const references = shape.table.columns[column]?.references;
    const target = references && tableNamed(references.table);
    if (!target || typeof value !== 'number' || value === draft.before?.[column] || draft.problems.has(column)) continue;
    if ((await change.count(target, equals(references.column, value))) === 0)
      draft.problems.add(column, `The selected ${words(column)} is invalid.`);
  }
}

/** Stamps and creators of a new row; rows written through a relation have no creator (system-service.md 1.4). */
export function stampNew(call: RecordCall, shape: RecordShape, values: Record<string, unknown>, isNested: boolean): void {
  const { columns } = shape.table;
  if ('created_date' in columns) values.created_date = call.now;
  if ('last_modified_date' in columns) values.last_modified_date = call.now;
  if ('created_by_id' in columns && !isNested) values.created_by_id = call.caller.user?.id ?? null;
}

export function stampChanged(call: RecordCall, shape: RecordShape, values: Record<string, unknown>, isNested: boolean): void {
  const { columns } = shape.table;
  if ('last_modified_date' in columns) values.last_modified_date = call.now;
  if ('last_modified_by_id' in columns && !isNested) values.last_modified_by_id = call.caller.user?.id ?? null;
}

/** Runs a write and says of a refused unique key which field is taken. */
export async function withReadableRefusals<R>(shape: RecordShape, write: () => Promise<R>): Promise<R> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof ReferenceViolation) throw ValidationFailed(['A record that it refers to does not exist.']).withContext({});
    if (!(error instanceof UniqueViolation)) throw error;
    const named = error.columns.filter((column) => shape.table.columns[column] !== undefined);
    const columns = named.length > 0 ? named : uniqueColumns(shape);
    const messages = columns.map((column) => `The ${words(column)} has already been taken.`);
    throw ValidationFailed(messages).withContext(Object.fromEntries(columns.map((column, index) => [column, [messages[index]!]])));
  }
}

const uniqueColumns = (shape: RecordShape) =>
  Object.entries(shape.table.columns).flatMap(([name, column]) => (column.unique ? [name] : []));

/** The object that a record must be. */
export function asRecord(value: unknown): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined;
}
