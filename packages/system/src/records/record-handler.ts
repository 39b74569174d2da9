import type { BodyRecords, JsonObject, JsonValue, ServiceRequest, ServiceResponse, SystemResource } from '@headgate/core';
import {
  answer,
  answerList,
  CreateByIdentifier,
  DeleteAllRefused,
  DeleteNeedsSelection,
  NoRecords,
  RecordNotFound,
  ResourceNotFound,
  recordsOf,
  UnsupportedVerb,
} from '@headgate/core';
import type { Change } from '@headgate/system-db';
import { all, equals } from '@headgate/system-db';
import { batchMode, writeBatch } from './batches.js';
import { asRecord } from './draft.js';
import type { StoredRow } from './field.js';
import { readFilter } from './filter.js';
import { rowsByKeys } from './keyed-rows.js';
import type { Projection } from './projection.js';
import { readProjection } from './projection.js';
import { findRow, presentRows, reachOf } from './read.js';
import { callOf, checkParameters, withoutEmptyCells } from './record-call.js';
import type { RecordHandlerParts } from './record-lists.js';
import { RecordLists } from './record-lists.js';
import type { RecordCall, RecordResource } from './record-shape.js';
import type { Relations } from './relations.js';
import { deleteRecord } from './rows.js';
import type { Identifier, Selection } from './selection.js';
import { readIdentifier, selectionOf } from './selection.js';
import { createRecord, updateRecord } from './write.js';

export type { RecordHandlerParts } from './record-lists.js';

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
  readonly #lists: RecordLists;

  constructor(resource: RecordResource, parts: RecordHandlerParts) {
    this.#resource = resource;
    this.#parts = parts;
    this.#relations = parts.relations.get(resource.table.name) ?? NO_RELATIONS;
    this.#lists = new RecordLists(resource, parts, this.#relations);
  }

  async handle(request: ServiceRequest, path: readonly string[]): Promise<ServiceResponse> {
    const body = recordsOf(request.body, this.#parts.envelope);
    const call = callOf(request, body, this.#parts);
    this.#resource.guard?.(call);
    checkParameters(call, this.#resource);
    const [id, ...rest] = path;
    if (rest.length > 0) throw ResourceNotFound(path.join('/'), this.#resource.name);
    switch (request.verb) {
      case 'GET':
      case 'HEAD':
        return id === undefined ? this.#lists.list(call, body) : this.#lists.one(call, id);
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
    const selection = selectionOf(call, { ...body, records: [] }, this.#resource);
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
    const selection = selectionOf(call, body, this.#resource);
    if (selection.kind === 'none') throw call.options.flag('force') ? DeleteAllRefused() : DeleteNeedsSelection();
    const projection = readProjection(call, this.#resource, this.#relations, 'key');
    const identifiers = selection.kind === 'identifiers' ? selection.identifiers : await this.#matching(call);
    const mode = selection.kind === 'filter' ? 'rollback' : batchMode(call);
    const deleted = new Map<Identifier, JsonObject>();
    await writeBatch(this.#parts.db, identifiers, { mode, verb: 'deleted', key: this.#resource.key }, async (change, identifier) => {
      deleted.set(identifier, await this.#delete(call, change, identifier, projection));
      return identifier.key ?? identifier.text;
    });
    return answerList([...deleted.values()]);
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
    const { table, key } = this.#resource;
    const rows = await rowsByKeys(db, table, { column: key, keys: distinct, order: key });
    const byKey = new Map(rows.map((row) => [row[this.#resource.key] as JsonValue, row]));
    return presentRows(
      call,
      db,
      this.#resource,
      keys.map((key) => byKey.get(key)).filter((row) => row !== undefined),
      projection,
    );
  }

  async #matching(call: RecordCall): Promise<Identifier[]> {
    const { table, key } = this.#resource;
    const where = all(readFilter(call, this.#resource.fields), reachOf(call, this.#resource));
    const rows = await this.#parts.db.find(table, { where, order: [[key, 'asc']] });
    return rows.map((row) => readIdentifier(row[key] as JsonValue, this.#resource));
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
}
