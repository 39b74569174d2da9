import type { Condition, RecordReader, Table } from '@headgate/system-db';
import { all, oneOf } from '@headgate/system-db';
import type { StoredRow } from './field.js';

/** Keys of one query: every database takes so many bound values. */
const KEYS_AT_ONCE = 500;

/** The rows whose column holds one of the keys and for which `where` holds; in key order among the rows of one key. */
export async function rowsByKeys(
  reader: Pick<RecordReader, 'find'>,
  table: Table,
  {
    column,
    keys,
    order,
    where,
  }: {
    readonly column: string;
    readonly keys: readonly (string | number)[];
    readonly order: string;
    readonly where?: Condition | undefined;
  },
): Promise<StoredRow[]> {
  const rows: StoredRow[] = [];
  for (let from = 0; from < keys.length; from += KEYS_AT_ONCE) {
    const some = keys.slice(from, from + KEYS_AT_ONCE);
    rows.push(...(await reader.find(table, { where: all(oneOf(column, some), where), order: [[order, 'asc']] })));
  }
  return rows;
}

/** Values of a column that can be keys, each once. */
export function distinctKeys(values: readonly unknown[]): (string | number)[] {
  return [...new Set(values.filter((value): value is string | number => typeof value === 'number' || typeof value === 'string'))];
}

/** Rows by the text of a column's value: drivers differ in the types of keys. */
export function groupedBy<R>(items: readonly R[], keyOf: (item: R) => unknown): Map<string, R[]> {
  const groups = new Map<string, R[]>();
  for (const item of items) {
    const key = String(keyOf(item));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
