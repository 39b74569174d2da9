import type { Column, Table } from '../../tables/define-table.js';
import { allTables } from '../../tables/index.js';

/** The names of keys and indexes, as the original's migrations make them (system-service.md 6.1). */
export const constraintNames = {
  unique: (table: string, columns: readonly string[]) => `${table}_${columns.join('_')}_unique`,
  index: (table: string, columns: readonly string[]) => `${table}_${columns.join('_')}_index`,
  foreign: (table: string, column: string) => `${table}_${column}_foreign`,
};

export interface NamedConstraint {
  readonly table: string;
  readonly columns: readonly string[];
}

const byName = new Map<string, NamedConstraint>(
  allTables.flatMap((table) =>
    Object.entries(table.columns).flatMap(([column, { unique, references }]) => [
      ...(unique ? [[constraintNames.unique(table.name, [column]), { table: table.name, columns: [column] }] as const] : []),
      ...(references ? [[constraintNames.foreign(table.name, column), { table: table.name, columns: [column] }] as const] : []),
    ]),
  ),
);

/** The unique or foreign key of this name. */
export function constraintNamed(name: string): NamedConstraint | undefined {
  return byName.get(name);
}

/** The indexes of a table: those of single columns, then the composite ones. */
export function indexesOf(table: Table): readonly (readonly string[])[] {
  const single = Object.entries(table.columns)
    .filter(([, column]) => column.index)
    .map(([name]) => [name]);
  return [...single, ...table.indexes];
}

/** A column's default as SQL. */
export function defaultSql(column: Column, bool: (value: boolean) => string): string | undefined {
  const value = column.default;
  if (value === undefined) return undefined;
  if (typeof value === 'object') return 'CURRENT_TIMESTAMP';
  if (typeof value === 'boolean') return bool(value);
  return typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`;
}
