import type { JsonValue } from '@headgate/core';
import type { ColumnSchema, ValueKind } from '../schema/table-schema.js';

/** Kinds in which an empty text can only mean "nothing": a text stays what it is. */
const EMPTY_MEANS_NULL: ReadonlySet<ValueKind> = new Set([
  'integer',
  'bigint',
  'decimal',
  'float',
  'boolean',
  'date',
  'time',
  'timetz',
  'timestamp',
  'timestamptz',
  'interval',
  'money',
  'bits',
  'uuid',
]);

/** Whether a sent value stands for null: null itself, an empty XML element (`[]`), an empty text where the type has no empty value. */
export function meansNull(column: ColumnSchema, value: JsonValue): boolean {
  if (value === null) return true;
  if (value === '') return EMPTY_MEANS_NULL.has(column.kind);
  return Array.isArray(value) && value.length === 0 && column.kind !== 'json' && column.kind !== 'array';
}
