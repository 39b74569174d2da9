import type { BodyRecords, Envelope, JsonObject, JsonValue, Logger, ServiceResponse } from '@headgate/core';
import { answer, answerList, batchError, InvalidField, RecordNotFound } from '@headgate/core';
import type { SystemDatabase } from '@headgate/system-db';
import { all } from '@headgate/system-db';
import type { StoredRow } from './field.js';
import { mayBeNamed } from './field.js';
import { readFilter } from './filter.js';
import { rowsByKeys } from './keyed-rows.js';
import type { Projection } from './projection.js';
import { readProjection } from './projection.js';
import { findRow, presentRows, reachOf } from './read.js';
import type { RecordCall, RecordResource } from './record-shape.js';
import type { Relations } from './relations.js';
import { describeTable } from './schema.js';
import type { Identifier } from './selection.js';
import { readIdentifier, readPage, selectionOf } from './selection.js';

export interface RecordHandlerParts {
  readonly db: SystemDatabase;
  readonly envelope: Envelope;
  readonly log: Logger;
  /** `DB_MAX_RECORDS_RETURNED`. */
  readonly maxRecords: number;
  readonly lookupModifiers: readonly string[];
  readonly relations: ReadonlyMap<string, Relations>;
}

/** The calls that read records: one, some by their identifiers, a page of a list, a count. */
export class RecordLists {
  readonly #resource: RecordResource;
  readonly #parts: RecordHandlerParts;
  readonly #relations: Relations;

  constructor(resource: RecordResource, parts: RecordHandlerParts, relations: Relations) {
    this.#resource = resource;
    this.#parts = parts;
    this.#relations = relations;
  }

  async one(call: RecordCall, id: string): Promise<ServiceResponse> {
    const projection = readProjection(call, this.#resource, this.#relations, 'all');
    const row = await this.#find(call, readIdentifier(id, this.#resource));
    const [record] = await this.#present(call, [row], projection);
    return answer(this.#resource.presentOne === undefined ? record! : this.#resource.presentOne(record!));
  }

  async list(call: RecordCall, body: BodyRecords): Promise<ServiceResponse> {
    const projection = readProjection(call, this.#resource, this.#relations, 'all');
    const selection = selectionOf(call, body, this.#resource);
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
    const fields = names.map((name) => {
      const field = this.#resource.fields.find((candidate) => candidate.name === name && mayBeNamed(candidate));
      if (field === undefined) throw InvalidField(name);
      return field;
    });
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

  async #rowsOf(call: RecordCall, reader: Pick<SystemDatabase, 'find'>, identifiers: readonly Identifier[]): Promise<StoredRow[]> {
    const keys = identifiers.flatMap(({ key }) => (key === undefined ? [] : [key]));
    const inOrder = keys.every((key) => typeof key === 'number') ? keys.toSorted((left, right) => Number(left) - Number(right)) : keys;
    const { table, key } = this.#resource;
    return rowsByKeys(reader, table, { column: key, keys: inOrder, order: key, where: reachOf(call, this.#resource) });
  }

  async #find(call: RecordCall, { key, text }: Identifier): Promise<StoredRow> {
    const row = key === undefined ? undefined : await findRow(call, this.#parts.db, this.#resource, key);
    if (row === undefined) throw RecordNotFound(text);
    return row;
  }
}
