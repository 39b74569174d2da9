import type { JsonObject, JsonValue } from '@headgate/core';
import { Forbidden, RelatedNotList } from '@headgate/core';
import type { Change } from '@headgate/system-db';
import { all, equals, tableNamed } from '@headgate/system-db';
import { asRecord, draftOf, settle } from './draft.js';
import type { StoredRow } from './field.js';
import { parseInteger } from './field.js';
import type { RecordCall, RecordDraft, RecordResource } from './record-shape.js';
import type { Relation, Relations } from './relations.js';
import { isOwned, isWritable } from './relations.js';
import { deleteRecord, finish, insertRow, updateRow } from './rows.js';
import { readIdentifier } from './selection.js';

const NO_NAMES: ReadonlySet<string> = new Set();

/** Writes the related records of a body (system-service.md 1.7). Relations that are not writable here are ignored. */
export async function writeNested(
  call: RecordCall,
  change: Change,
  resource: RecordResource,
  relations: Relations,
  draft: RecordDraft,
  owner: StoredRow,
): Promise<void> {
  for (const [name, value] of Object.entries(draft.body)) {
    const relation = relations.get(resource.relationAliases?.[name] ?? name);
    if (relation === undefined || value === undefined || !isWritable(relation)) continue;
    if (!isOwned(relation) && !call.request.access.isAdmin) throw Forbidden(`Only administrators can write '${name}' here.`);
    const nested = new NestedWriter(call, change, relation, owner[resource.key] as number, draft.before === undefined);
    if (relation.kind === 'one') await nested.writeOne(name, value);
    else await nested.writeMany(name, value);
  }
}

class NestedWriter {
  readonly #call: RecordCall;
  readonly #change: Change;
  readonly #relation: Relation;
  readonly #owner: number;
  readonly #ownerIsNew: boolean;

  constructor(call: RecordCall, change: Change, relation: Relation, owner: number, ownerIsNew: boolean) {
    this.#call = call;
    this.#change = change;
    this.#relation = relation;
    this.#owner = owner;
    this.#ownerIsNew = ownerIsNew;
  }

  /** The record of a one-to-one relation: nothing removes it, an object is merged into it. */
  async writeOne(name: string, value: JsonValue): Promise<void> {
    const { shape, column } = this.#relation;
    const stored = await this.#change.findOne(shape.table, equals(column, this.#owner));
    if (value === null || (Array.isArray(value) && value.length === 0)) {
      if (stored !== undefined) await deleteRecord(this.#call, this.#change, shape, stored);
      return;
    }
    const body = asRecord(value);
    if (body === undefined) throw RelatedNotList(name);
    if (stored === undefined) await this.#insert(body);
    else await this.#update(body, stored, this.#owner);
  }

  async writeMany(name: string, value: JsonValue): Promise<void> {
    if (value === null && !this.#ownerIsNew) return;
    if (!Array.isArray(value)) throw RelatedNotList(name);
    for (const item of value) {
      const body = asRecord(item);
      if (body === undefined) throw RelatedNotList(name);
      await this.#writeRow(body);
    }
  }

  async #writeRow(body: JsonObject): Promise<void> {
    const stored = this.#ownerIsNew ? undefined : await this.#storedRow(body);
    const parent = this.#parentOf(body);
    if (stored === undefined) {
      // A row that is to be deleted and is gone already is no new row.
      const isGone = parent === null && !this.#ownerIsNew && readIdentifier(body[this.#relation.shape.key], this.#relation.shape).key;
      if (!isGone) await this.#insert(body);
      return;
    }
    if (parent === null) return deleteRecord(this.#call, this.#change, this.#relation.shape, stored);
    await this.#update(body, stored, await this.#existingParent(parent));
  }

  /** The owner's row that the body means, by its id or by what else identifies it among the owner's. */
  async #storedRow(body: JsonObject): Promise<StoredRow | undefined> {
    const { shape, column } = this.#relation;
    const ofOwner = equals(column, this.#owner);
    const { key } = readIdentifier(body[shape.key], shape);
    if (key !== undefined && key !== 0) return this.#change.findOne(shape.table, all(equals(shape.key, key), ofOwner));
    const match = shape.nestedMatch;
    const value = match === undefined ? undefined : body[match];
    return match !== undefined && typeof value === 'string'
      ? this.#change.findOne(shape.table, all(equals(match, value), ofOwner))
      : undefined;
  }

  /** The parent that a row names: null to be deleted, undefined where it names none or none that can be. */
  #parentOf(body: JsonObject): number | null | undefined {
    const value = body[this.#relation.column];
    if (value === null) return null;
    if (value === undefined) return undefined;
    const parsed = parseInteger(this.#relation.column, value);
    return 'value' in parsed ? (parsed.value as number) : undefined;
  }

  /** The parent to move a row to: another record of the owner's table, or the owner itself. */
  async #existingParent(parent: number | undefined): Promise<number> {
    if (parent === undefined || parent === this.#owner) return this.#owner;
    const { references } = this.#relation.shape.table.columns[this.#relation.column]!;
    const table = tableNamed(references!.table);
    if (table === undefined || (await this.#change.count(table, equals(references!.column, parent))) === 0) return this.#owner;
    if (!this.#call.request.access.isAdmin) throw Forbidden('Only administrators can move related records to another owner.');
    return parent;
  }

  async #insert(body: JsonObject): Promise<void> {
    const { shape, column } = this.#relation;
    const draft = draftOf(this.#call, shape, body, undefined, NO_NAMES);
    draft.values[column] = this.#owner;
    draft.problems.drop(column);
    await settle(this.#call, this.#change, shape, draft);
    const row = await insertRow(this.#call, this.#change, shape, draft, true);
    await finish(this.#call, this.#change, shape, draft, row);
  }

  async #update(body: JsonObject, stored: StoredRow, parent: number): Promise<void> {
    const { shape, column } = this.#relation;
    const draft = draftOf(this.#call, shape, body, stored, NO_NAMES);
    draft.values[column] = parent;
    draft.problems.drop(column);
    await settle(this.#call, this.#change, shape, draft);
    await updateRow(this.#call, this.#change, shape, draft, true);
    await finish(this.#call, this.#change, shape, draft, { ...stored, ...draft.values });
  }
}
