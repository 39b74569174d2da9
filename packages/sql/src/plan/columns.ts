import { BadField, NoIdentifier, nearest } from '@headgate/core';
import type { ColumnSchema, TableSchema } from '../schema/table-schema.js';

const LONGEST_NAME_SHOWN = 100;

/** The columns that `fields=*` means: those that exist in the table. */
export function allColumns(table: TableSchema): readonly ColumnSchema[] {
  return table.columns.filter((column) => !column.isVirtual && !column.isAggregate);
}

/** A column by the name a client gave. Throws `BadField` with the nearest name. */
export function requireColumn(table: TableSchema, name: string): ColumnSchema {
  const column = table.column(name);
  if (column && !column.isVirtual) return column;
  const known = nearest(
    name,
    table.columns.map((candidate) => candidate.apiName),
  );
  throw BadField(name.slice(0, LONGEST_NAME_SHOWN)).withHint(known === undefined ? undefined : `Did you mean '${known}'?`);
}

/**
 * The columns of an answer, in the order asked for (database-services.md 4.7). `undefined`: all; an empty list: the identifying
 * columns, or all where there are none. A name given twice counts once.
 */
export function selectColumns(
  table: TableSchema,
  names: readonly string[] | undefined,
  identifiers: readonly ColumnSchema[],
): readonly ColumnSchema[] {
  if (names === undefined) return allColumns(table);
  if (names.length === 0) return identifiers.length > 0 ? identifiers : allColumns(table);
  const chosen = new Set<ColumnSchema>();
  for (const name of names) {
    if (name === '*') for (const column of allColumns(table)) chosen.add(column);
    else chosen.add(requireColumn(table, name));
  }
  return [...chosen];
}

/** The identifying columns of a call: those of `id_field`, else the primary key; empty where there is neither. Throws `BadField`. */
export function identifierColumns(table: TableSchema, idField: readonly string[] | undefined): readonly ColumnSchema[] {
  if (idField === undefined || idField.length === 0) return table.primaryKey;
  return idField.map((name) => requireColumn(table, name));
}

/** The same for calls that name records. Throws `NoIdentifier`. */
export function requireIdentifiers(table: TableSchema, idField: readonly string[] | undefined): readonly ColumnSchema[] {
  const columns = identifierColumns(table, idField);
  if (columns.length === 0) throw NoIdentifier(table.apiName);
  return columns;
}
