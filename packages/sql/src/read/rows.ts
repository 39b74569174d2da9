import type { JsonObject, JsonValue } from '@headgate/core';
import type { Dialect } from '../dialect/dialect.js';
import type { TypeStyle } from '../plan/nodes.js';
import type { ColumnSchema } from '../schema/table-schema.js';

/** A raw row as the record that clients get. */
export function recordOf(columns: readonly ColumnSchema[], row: readonly unknown[], dialect: Dialect, style: TypeStyle): JsonObject {
  const record: Record<string, JsonValue> = {};
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i]!;
    setMember(record, column.apiName, dialect.decode(column, row[i], style));
  }
  return record;
}

/** A column may be called `__proto__`; assigned, it would vanish. */
function setMember(record: Record<string, JsonValue>, name: string, value: JsonValue): void {
  if (name === '__proto__') Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true });
  else record[name] = value;
}

/** An entry of `as_list`: the value of one column, or `(a,b)` of several (database-services.md 4.6). */
export function listEntry(columns: readonly ColumnSchema[], row: readonly unknown[], dialect: Dialect, style: TypeStyle): JsonValue {
  const values = columns.map((column, index) => dialect.decode(column, row[index], style));
  if (values.length === 1) return values[0]!;
  return `(${values.map((value) => (typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value))).join(',')})`;
}
