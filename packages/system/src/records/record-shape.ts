import type { Caller, HeadgateError, JsonObject, Logger, RequestOptions, ServiceRequest } from '@headgate/core';
import type { Change, Condition, RecordReader, Table, Values } from '@headgate/system-db';
import type { RecordField, StoredRow } from './field.js';

/** What a record is, and the rules that hold wherever it is read or written: on its own or nested in another. */
export interface RecordShape {
  readonly table: Table;
  /** The column that identifies a record. */
  readonly key: string;
  readonly fields: readonly RecordField[];
  /** The system resource whose rights rule over these records where they are reached from another one. */
  readonly right: string;
  /** Columns through which a record is part of its owner: reading and writing it there needs no right but the owner's. */
  readonly ownedThrough: readonly string[];
  /** Columns through which an owner's body may write these records; those beyond `ownedThrough` only for administrators (system-service.md 1.6). */
  readonly writableThrough: readonly string[];
  /** A nested record without id updates the owner's record that has the same value here. */
  readonly nestedMatch?: string;
  /** The records that the caller may see; undefined for all. */
  visible?(call: RecordCall): Condition | undefined;
  /** The computed fields of some rows, in their order; `wanted` names those that are asked for. */
  compute?(call: RecordCall, reader: RecordReader, rows: readonly StoredRow[], wanted: ReadonlySet<string>): Promise<readonly JsonObject[]>;
  /** The last word before a record is written: completes `draft.values`, adds to `draft.problems`, or throws a refusal. */
  prepare?(call: RecordCall, change: Change, draft: RecordDraft): Promise<void>;
  /** What belongs to a record beside its row, in the same transaction. */
  written?(call: RecordCall, change: Change, draft: RecordDraft, row: StoredRow): Promise<void>;
  /** Refuses a deletion, or does what belongs to it. */
  removing?(call: RecordCall, change: Change, row: StoredRow): Promise<void>;
  /** Raises the scopes that a change of this row touches. */
  raise(change: Change, row: StoredRow): Promise<void> | void;
}

/** A system resource of records, `system/{name}` (system-service.md 1). */
export interface RecordResource extends RecordShape {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  /** The rows of the table that are this resource's at all, and the values that make a new row one of them. */
  readonly scope?: Condition;
  readonly fixed?: Values<Table>;
  /** What is said of a write to a row of the table outside the scope. */
  readonly outside?: { readonly update: () => HeadgateError; readonly delete: () => HeadgateError };
  /** Fields that come along whenever `fields` names some. */
  readonly always?: readonly string[];
  /** Refuses a call before anything is read. */
  guard?(call: RecordCall): void;
  /** Options beside the common ones that the resource reads. */
  readonly parameters?: readonly string[];
  /** Members that come with each record where the call asks for them, in the order of the rows. */
  decorate?(call: RecordCall, reader: RecordReader, rows: readonly StoredRow[]): Promise<readonly JsonObject[] | undefined>;
  /** What GET by id answers instead of the record. */
  presentOne?(record: JsonObject): import('@headgate/core').JsonValue;
  /** Old names of relations that clients still use, to the names of today. */
  readonly relationAliases?: Readonly<Record<string, string>>;
}

/** One call of a record resource. */
export interface RecordCall {
  readonly request: ServiceRequest;
  readonly caller: Caller;
  readonly options: RequestOptions;
  readonly log: Logger;
  /** `DF_LOOKUP_MODIFIERS`: what the lookups of a filter may be modified with. */
  readonly lookupModifiers: readonly string[];
  /** The moment of the call as stamps store it. */
  readonly now: string;
}

/** A record on its way into the database. */
export interface RecordDraft {
  /** The stored row; undefined on creation. */
  readonly before: StoredRow | undefined;
  /** What will be stored, by column. */
  readonly values: Record<string, unknown>;
  /** The record as sent. */
  readonly body: JsonObject;
  /** Messages by field. */
  readonly problems: Problems;
}

/** What is wrong with a record, field by field. */
export class Problems {
  readonly #messages = new Map<string, string[]>();

  add(field: string, message: string): void {
    const known = this.#messages.get(field);
    if (known === undefined) this.#messages.set(field, [message]);
    else known.push(message);
  }

  /** Forgets what was said of a field whose value is set otherwise. */
  drop(field: string): void {
    this.#messages.delete(field);
  }

  has(field: string): boolean {
    return this.#messages.has(field);
  }

  get isEmpty(): boolean {
    return this.#messages.size === 0;
  }

  get messages(): string[] {
    return [...this.#messages.values()].flat();
  }

  get context(): JsonObject {
    return Object.fromEntries(this.#messages);
  }
}

/** The value that a record will have: the new one, else the stored one. */
export function draftValue(draft: RecordDraft, column: string): unknown {
  return Object.hasOwn(draft.values, column) ? draft.values[column] : draft.before?.[column];
}
