import type { BodyRecords, Envelope, JsonObject, JsonValue, ServiceRequest, ServiceResponse, SystemResource } from '@headgate/core';
import {
  answer,
  answerList,
  batchError,
  COMMON_OPTIONS,
  CreateByIdentifier,
  DeleteAllRefused,
  DeleteNeedsSelection,
  isJsonObject,
  NoRecords,
  nearest,
  RecordNotFound,
  RequestOptions,
  ResourceNotFound,
  recordsOf,
  UnknownParameter,
  UnsupportedVerb,
} from '@headgate/core';
import type { Change, SystemDatabase } from '@headgate/system-db';
import { all, equals, oneOf } from '@headgate/system-db';
import { batchMode, writeBatch } from './batches.js';
import { asRecord } from './draft.js';
import type { StoredRow } from './field.js';
import { storedTime } from './field.js';
import { readFilter } from './filter.js';
import type { Projection } from './projection.js';
import { readProjection } from './projection.js';
import { findRow, presentRows, reachOf } from './read.js';
import type { RecordCall, RecordResource } from './record-shape.js';
import type { Relations } from './relations.js';
import { deleteRecord } from './rows.js';
import { describeTable } from './schema.js';
import type { Identifier } from './selection.js';
import { distinctIdentifiers, readIdentifier, readPage } from './selection.js';
import { createRecord, updateRecord } from './write.js';

export interface RecordHandlerParts {
  readonly db: SystemDatabase;
  readonly envelope: Envelope;
  /** `DB_MAX_RECORDS_RETURNED`. */
  readonly maxRecords: number;
  readonly lookupModifiers: readonly string[];
  readonly relations: ReadonlyMap<string, Relations>;
}

type Selection =
  | { readonly kind: 'identifiers'; readonly identifiers: readonly Identifier[] }
  | { readonly kind: 'filter' }
  | { readonly kind: 'none' };

const NO_RELATIONS: Relations = new Map();

/** Serves a record resource: every call of system-service.md 1.1. */
export function recordHandler(resource: RecordResource, parts: RecordHandlerParts): SystemResource {
  const handler = new RecordHandler(resource, parts);
  const { name, label, description } = resource;
  return { name, label, description, handle: (request, path) => handler.handle(request, path) };
}

class RecordHandler {
  readonly #resource: RecordResource;
  readonly #parts: RecordHandlerParts;
  readonly #relations: Relations;

  constructor(resource: RecordResource, parts: RecordHandlerParts) {
    this.#resource = resource;
    this.#parts = parts;
    this.#relations = parts.relations.get(resource.table.name) ?? NO_RELATIONS;
  }

  async handle(request: ServiceRequest, path: readonly string[]): Promise<ServiceResponse> {
    const body = recordsOf(request.body, this.#parts.envelope);
    const call = callOf(request, body, this.#parts.lookupModifiers);
    this.#resource.guard?.(call);
    if (request.strict) this.#refuseUnknownParameters(request);
    const [id, ...rest] = path;
    if (rest.length > 0) throw ResourceNotFound(path.join('/'), this.#resource.name);
    switch (request.verb) {
      case 'GET':
      case 'HEAD':
        return id === undefined ? this.#list(call, body) : this.#one(call, id);
      case 'POST':
        if (id !== undefined) throw CreateByIdentifier();
        return this.#create(call, body);
      case 'PUT':
      case 'PATCH':
        return id === undefined ? this.#updateMany(call, body) : this.#updateOne(call, id, body);
      case 'DELETE':
        return id === undefined ? this.#deleteMany(call, body) : this.#deleteOne(call, id);
      default:
        throw UnsupportedVerb(request.verb, this.#resource.name, path.join('/'));
    }
  }

  async #one(call: RecordCall, id: string): Promise<ServiceResponse> {
    const projection = readProjection(call, this.#resource, this.#relations, 'all');
    const row = await this.#find(call, readIdentifier(id, this.#resource));
    const [record] = await this.#present(call, [row], projection);
    return answer(this.#resource.presentOne === undefined ? record! : this.#resource.presentOne(record!));
  }

  async #list(call: RecordCall, body: BodyRecords): Promise<ServiceResponse> {
    const projection = readProjection(call, this.#resource, this.#relations, 'all');
    const selection = this.#selection(call, body);
    if (selection.kind === 'identifiers') return this.#listIdentified(call, selection.identifiers, projection);
    const where = all(readFilter(call, this.#resource.fields), reachOf(call, this.#resource));
    const page = readPage(call.options, this.#resource, this.#parts.maxRecords);
    if (call.options.flag('count_only')) return answer(await this.#parts.db.count(this.#resource.table, where));
    const rows = await this.#parts.db.find(this.#resource.table, { where, order: page.order, limit: page.limit + 1, offset: page.offset });
    const shown = rows.slice(0, page.limit);
    const meta = await this.#meta(call, where);
    const response = answerList(await this.#items(call, shown, projection), meta);
    return rows.length > shown.length
      ? { ...response, nextOffset: page.offset + shown.length, rows: shown.length }
      : { ...response, rows: shown.length };
  }

  async #present(call: RecordCall, rows: readonly StoredRow[], projection: Projection): Promise<JsonObject[]> {
    const records = await presentRows(call, this.#parts.db, this.#resource, rows, projection);
    const additions = await this.#resource.decorate?.(call, this.#parts.db, rows);
    return additions === undefined ? records : records.map((record, index) => ({ ...record, ...additions[index] }));
  }

  async #meta(call: RecordCall, where: ReturnType<typeof all>): Promise<JsonObject | undefined> {
    const count = call.options.flag('include_count') ? { count: await this.#parts.db.count(this.#resource.table, where) } : undefined;
    const schema = call.options.flag('include_schema') ? { schema: describeTable(this.#resource, this.#relations) } : undefined;
    return count === undefined && schema === undefined ? undefined : { ...count, ...schema };
  }

  async #items(call: RecordCall, rows: readonly StoredRow[], projection: Projection): Promise<JsonValue[]> {
    if (!call.options.flag('as_list')) return this.#present(call, rows, projection);
    const names = call.options.list('id_field') ?? [this.#resource.key];
    const fields = names
      .map((name) => this.#resource.fields.find((field) => field.name === name && field.mode !== 'writeOnly'))
      .filter((field) => field !== undefined);
    const records = await presentRows(call, this.#parts.db, this.#resource, rows, { fields, related: [] });
    return records.map((record) =>
      fields.length === 1 ? record[fields[0]!.name]! : `(${fields.map((field) => record[field.name]).join(',')})`,
    );
  }

  /** Records by their identifiers, in key order; one that is missing makes the whole call a batch error. */
  async #listIdentified(call: RecordCall, identifiers: readonly Identifier[], projection: Projection): Promise<ServiceResponse> {
    const rows = await this.#rowsOf(call, this.#parts.db, identifiers);
    const records = await presentRows(call, this.#parts.db, this.#resource, rows, projection);
    if (rows.length < identifiers.length) {
      const byKey = new Map(rows.map((row, index) => [row[this.#resource.key], records[index]!]));
      const results = identifiers.map(({ key, text }) => {
        const record = byKey.get(key);
        return record === undefined ? { ok: false as const, error: RecordNotFound(text) } : { ok: true as const, value: record };
      });
      throw batchError(results, 'retrieved', 'continue');
    }
    if (call.options.flag('as_list')) return answerList(await this.#items(call, rows, projection));
    return answerList(records);
  }

  async #create(call: RecordCall, body: BodyRecords): Promise<ServiceResponse> {
    const records = this.#listOf(call, body);
    const projection = readProjection(call, this.#resource, this.#relations, 'key');
    const bodies = call.request.body.format === 'csv' ? records.map(withoutEmptyCells) : records;
    const keys = await writeBatch(
      this.#parts.db,
      bodies,
      { mode: batchMode(call), verb: 'created', key: this.#resource.key },
      async (change, record) => {
        const row = await createRecord(call, change, this.#resource, this.#relations, this.#record(record));
        return row[this.#resource.key] as JsonValue;
      },
    );
    return answerList(await this.#afterWrite(call, keys, projection), undefined, 201);
  }

  async #updateOne(call: RecordCall, id: string, body: BodyRecords): Promise<ServiceResponse> {
    const projection = readProjection(call, this.#resource, this.#relations, 'key');
    const record = body.form === 'none' ? {} : body.records[0];
    const key = await this.#parts.db.change((change) => this.#update(call, change, readIdentifier(id, this.#resource), record));
    const [answered] = await this.#afterWrite(call, [key], projection);
    return answer(answered!);
  }

  async #updateMany(call: RecordCall, body: BodyRecords): Promise<ServiceResponse> {
    const records = this.#listOf(call, body);
    const projection = readProjection(call, this.#resource, this.#relations, 'key');
    const selection = this.#selection(call, { ...body, records: [] });
    const keys =
      selection.kind === 'none' ? await this.#updateEach(call, records) : await this.#updateSelected(call, selection, records[0]);
    return answerList(await this.#afterWrite(call, keys, projection));
  }

  #updateEach(call: RecordCall, records: readonly JsonValue[]): Promise<JsonValue[]> {
    return writeBatch(this.#parts.db, records, { mode: batchMode(call), verb: 'updated', key: this.#resource.key }, (change, record) =>
      this.#update(call, change, readIdentifier(asRecord(record)?.[this.#resource.key], this.#resource), record),
    );
  }

  async #updateSelected(call: RecordCall, selection: Selection, record: JsonValue | undefined): Promise<JsonValue[]> {
    const identifiers = selection.kind === 'identifiers' ? selection.identifiers : await this.#matching(call);
    // What a filter selects is one change: it holds for all of it or for none.
    const mode = selection.kind === 'filter' ? 'rollback' : batchMode(call);
    return writeBatch(this.#parts.db, identifiers, { mode, verb: 'updated', key: this.#resource.key }, (change, identifier) =>
      this.#update(call, change, identifier, record),
    );
  }

  async #update(call: RecordCall, change: Change, identifier: Identifier, record: JsonValue | undefined): Promise<JsonValue> {
    const before = await this.#findToWrite(call, change, identifier, 'update');
    await updateRecord(
      call,
      change,
      this.#resource,
      this.#relations,
      before,
      record === null || record === undefined ? {} : this.#record(record),
    );
    return before[this.#resource.key] as JsonValue;
  }

  async #deleteOne(call: RecordCall, id: string): Promise<ServiceResponse> {
    const projection = readProjection(call, this.#resource, this.#relations, 'key');
    return answer(await this.#parts.db.change((change) => this.#delete(call, change, readIdentifier(id, this.#resource), projection)));
  }

  async #deleteMany(call: RecordCall, body: BodyRecords): Promise<ServiceResponse> {
    const selection = this.#selection(call, body);
    if (selection.kind === 'none') throw call.options.flag('force') ? DeleteAllRefused() : DeleteNeedsSelection();
    const projection = readProjection(call, this.#resource, this.#relations, 'key');
    const identifiers = selection.kind === 'identifiers' ? selection.identifiers : await this.#matching(call);
    const mode = selection.kind === 'filter' ? 'rollback' : batchMode(call);
    const deleted: JsonObject[] = [];
    await writeBatch(this.#parts.db, identifiers, { mode, verb: 'deleted', key: this.#resource.key }, async (change, identifier) => {
      deleted.push(await this.#delete(call, change, identifier, projection));
      return identifier.key ?? identifier.text;
    });
    return answerList(deleted);
  }

  /** Deletes a record and answers it as it was. */
  async #delete(call: RecordCall, change: Change, identifier: Identifier, projection: Projection): Promise<JsonObject> {
    const row = await this.#findToWrite(call, change, identifier, 'delete');
    const [record] = await presentRows(call, change, this.#resource, [row], projection);
    await deleteRecord(call, change, this.#resource, row);
    return record!;
  }

  async #afterWrite(call: RecordCall, keys: readonly JsonValue[], projection: Projection): Promise<JsonObject[]> {
    const { db } = this.#parts;
    const [field] = projection.fields;
    if (projection.related.length === 0 && projection.fields.length === 1 && field!.name === this.#resource.key)
      return keys.map((key) => ({ [field!.name]: key }));
    const distinct = [...new Set(keys as (string | number)[])];
    const rows = distinct.length === 0 ? [] : await db.find(this.#resource.table, { where: oneOf(this.#resource.key, distinct) });
    const byKey = new Map(rows.map((row) => [row[this.#resource.key] as JsonValue, row]));
    return presentRows(
      call,
      db,
      this.#resource,
      keys.map((key) => byKey.get(key)).filter((row) => row !== undefined),
      projection,
    );
  }

  #selection(call: RecordCall, body: BodyRecords): Selection {
    const ids = call.options.raw('ids');
    if (ids !== undefined && ids !== null && ids !== '')
      return {
        kind: 'identifiers',
        identifiers: distinctIdentifiers(Array.isArray(ids) ? ids : (call.options.list('ids') ?? []), this.#resource),
      };
    // A blank filter selects nothing: read as a condition it would hold for every record.
    if ((call.options.text('filter') ?? '').trim() !== '') return { kind: 'filter' };
    const records = body.form === 'list' || body.form === 'wrapped' ? body.records : [];
    if (records.length === 0) return { kind: 'none' };
    return {
      kind: 'identifiers',
      identifiers: distinctIdentifiers(
        records.map((record) => (isJsonObject(record) ? record[this.#resource.key] : record)),
        this.#resource,
      ),
    };
  }

  async #matching(call: RecordCall): Promise<Identifier[]> {
    const { table, key } = this.#resource;
    const where = all(readFilter(call, this.#resource.fields), reachOf(call, this.#resource));
    const rows = await this.#parts.db.find(table, { where, order: [[key, 'asc']] });
    return rows.map((row) => readIdentifier(row[key] as JsonValue, this.#resource));
  }

  async #rowsOf(call: RecordCall, reader: Pick<SystemDatabase, 'find'>, identifiers: readonly Identifier[]): Promise<StoredRow[]> {
    const keys = identifiers.flatMap(({ key }) => (key === undefined ? [] : [key]));
    if (keys.length === 0) return [];
    return reader.find(this.#resource.table, {
      where: all(oneOf(this.#resource.key, keys), reachOf(call, this.#resource)),
      order: [[this.#resource.key, 'asc']],
    });
  }

  async #find(call: RecordCall, { key, text }: Identifier): Promise<StoredRow> {
    const row = key === undefined ? undefined : await findRow(call, this.#parts.db, this.#resource, key);
    if (row === undefined) throw RecordNotFound(text);
    return row;
  }

  async #findToWrite(call: RecordCall, change: Change, { key, text }: Identifier, write: 'update' | 'delete'): Promise<StoredRow> {
    const row = key === undefined ? undefined : await findRow(call, change, this.#resource, key);
    if (row !== undefined) return row;
    const { outside, table } = this.#resource;
    if (key !== undefined && outside !== undefined && (await change.count(table, equals(this.#resource.key, key))) > 0)
      throw outside[write]();
    throw RecordNotFound(text);
  }

  #listOf(_call: RecordCall, body: BodyRecords): readonly JsonValue[] {
    if (body.form === 'bare' || body.records.length === 0) throw NoRecords(this.#parts.envelope.wrapper);
    return body.records;
  }

  #record(value: JsonValue): JsonObject {
    const record = asRecord(value);
    if (record === undefined) throw NoRecords(this.#parts.envelope.wrapper);
    return record;
  }

  #refuseUnknownParameters(request: ServiceRequest): void {
    const known = [...COMMON_OPTIONS, ...(this.#resource.parameters ?? [])];
    const unknown = request.parameters.names().find((name) => !known.includes(name));
    if (unknown === undefined) return;
    const near = nearest(unknown, known);
    throw UnknownParameter(unknown).withHint(near === undefined ? undefined : `Did you mean '${near}'?`);
  }
}

/** Options stand in the query and beside the records of a body; a bare object is options only where no record is expected. */
export function callOf(request: ServiceRequest, body: BodyRecords, lookupModifiers: readonly string[]): RecordCall {
  const takesRecord = request.verb === 'POST' || request.verb === 'PUT' || request.verb === 'PATCH';
  const options = body.form === 'bare' && takesRecord ? {} : body.options;
  return {
    request,
    caller: request.caller,
    options: new RequestOptions(request.parameters, options, 'body'),
    lookupModifiers,
    now: storedTime(new Date()),
  };
}

/** In CSV an empty cell is no value at all. */
function withoutEmptyCells(record: JsonValue): JsonValue {
  if (!isJsonObject(record)) return record;
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== '' && value !== 'null'));
}
