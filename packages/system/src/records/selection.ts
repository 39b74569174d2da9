import type { BodyRecords, JsonValue, RequestOptions } from '@headgate/core';
import { BadOrder, BadOrderField, BadRequest, isExactNumber, isJsonObject, nearest } from '@headgate/core';
import type { RecordField } from './field.js';
import { isSearchable } from './field.js';
import type { RecordCall, RecordShape } from './record-shape.js';

export type Order = readonly (readonly [column: string, direction: 'asc' | 'desc'])[];

export interface Page {
  readonly order: Order;
  /** Most records of the answer; never absent. */
  readonly limit: number;
  readonly offset: number;
}

/** `limit`, `offset` and `order` of a list (system-service.md 1.2). Limits of 0, below, above the maximum or no numbers mean the maximum. */
export function readPage(options: RequestOptions, shape: RecordShape, maxRecords: number): Page {
  const limit = options.integer('limit') ?? 0;
  const offset = options.integer('offset') ?? 0;
  return {
    order: readOrder(options.text('order'), shape),
    limit: limit > 0 && limit < maxRecords ? limit : maxRecords,
    offset: Math.max(0, offset),
  };
}

function readOrder(text: string | undefined, shape: RecordShape): Order {
  const named = (text ?? '').split(',').flatMap((term) => (term.trim() === '' ? [] : [orderTerm(term.trim(), shape.fields)]));
  return named.some(([column]) => column === shape.key) ? named : [...named, [shape.key, 'asc']];
}

function orderTerm(term: string, fields: readonly RecordField[]): readonly [string, 'asc' | 'desc'] {
  const [name = '', direction = 'asc', ...rest] = term.split(/\s+/);
  const lower = direction.toLowerCase();
  if (rest.length > 0 || (lower !== 'asc' && lower !== 'desc')) throw BadOrder();
  const known = fields.filter(isSearchable);
  if (!known.some((field) => field.name === name)) throw BadOrderField(name).withHint(nearestHint(name, known));
  return [name, lower];
}

export function nearestHint(name: string, fields: readonly RecordField[]): string | undefined {
  const near = nearest(
    name,
    fields.map((field) => field.name),
  );
  return near === undefined ? undefined : `Did you mean '${near}'?`;
}

/** An identifier as the client wrote it, and the key it means; undefined when no record can have it. */
export interface Identifier {
  readonly text: string;
  readonly key: string | number | undefined;
}

export function readIdentifier(value: JsonValue | undefined, shape: RecordShape): Identifier {
  const text = isExactNumber(value) ? value.rawJSON : typeof value === 'object' || value === undefined ? '' : String(value);
  if (shape.table.columns[shape.key]?.kind === 'string') return { text, key: text === '' || text.length > 255 ? undefined : text };
  return { text, key: /^\d{1,10}$/.test(text) && Number(text) <= 2147483647 ? Number(text) : undefined };
}

/** Of one call: each is a parameter of one statement. */
const MOST_IDENTIFIERS = 5_000;

/** Identifiers as a set: repeated ones count once, in the order of their first mention. */
export function distinctIdentifiers(values: readonly (JsonValue | undefined)[], shape: RecordShape): Identifier[] {
  if (values.length > MOST_IDENTIFIERS) throw BadRequest(`At most ${MOST_IDENTIFIERS} identifiers can be named at once.`);
  const byKey = new Map<string | number, Identifier>();
  for (const value of values) {
    const identifier = readIdentifier(value, shape);
    const key = identifier.key ?? `?${identifier.text}`;
    if (!byKey.has(key)) byKey.set(key, identifier);
  }
  return [...byKey.values()];
}

/** Which records a call is about: those that it names, those that a filter finds, or none that it says. */
export type Selection =
  | { readonly kind: 'identifiers'; readonly identifiers: readonly Identifier[] }
  | { readonly kind: 'filter' }
  | { readonly kind: 'none' };

export function selectionOf(call: RecordCall, body: BodyRecords, resource: RecordShape): Selection {
  const ids = call.options.raw('ids');
  if (ids !== undefined && ids !== null && ids !== '')
    return {
      kind: 'identifiers',
      identifiers: distinctIdentifiers(Array.isArray(ids) ? ids : (call.options.list('ids') ?? []), resource),
    };
  // A blank filter selects nothing: read as a condition it would hold for every record.
  if ((call.options.text('filter') ?? '').trim() !== '') return { kind: 'filter' };
  const records = body.form === 'list' || body.form === 'wrapped' ? body.records : [];
  if (records.length === 0) return { kind: 'none' };
  return {
    kind: 'identifiers',
    identifiers: distinctIdentifiers(
      records.map((record) => (isJsonObject(record) ? record[resource.key] : record)),
      resource,
    ),
  };
}
