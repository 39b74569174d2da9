import type { Table } from '../../tables/define-table.js';

/** Writes the schema of one dialect: names, types, defaults and keys of system-service.md 6.1. */
export interface DdlWriter {
  /** Statements that make the table and its indexes where they are not there yet. */
  createTable(table: Table): readonly string[];
  /** Statement that adds a column of the table's definition to one that was made without it. The column is nullable or has a default. */
  addColumn(table: Table, name: string): string;
}
