import { BadField, BadGroupField, nearest } from '@headgate/core';
import type { ColumnSchema, TableSchema } from '../schema/table-schema.js';
import { requireColumn } from './columns.js';
import type { GroupClause, GroupOutput } from './nodes.js';

const AGGREGATE = /^(sum|count|avg|min|max)\s*\(\s*(.+?)\s*\)$/i;
const LONGEST_AGGREGATE = 300;

/**
 * A `group` clause with the fields and aggregates to answer (database-services.md 8). Without `fields`: the grouping fields.
 * Throws `BadGroupField`, and `BadField` for what is neither a grouping field nor an aggregate of one field.
 */
export function planGroup(table: TableSchema, group: readonly string[], fields: readonly string[] | undefined): GroupClause {
  const keys = [...new Set(group.map((name) => groupColumn(table, name)))];
  if (fields === undefined || fields.length === 0) return { keys, outputs: keys.map((column) => ({ kind: 'key', column })) };
  return { keys, outputs: fields.map((name) => outputOf(table, keys, name)) };
}

function groupColumn(table: TableSchema, name: string): ColumnSchema {
  const column = table.column(name);
  if (column && !column.isVirtual) return column;
  const names = table.columns.map(({ apiName }) => apiName);
  const known = nearest(name, names);
  throw BadGroupField(name.slice(0, 100)).withHint(known === undefined ? undefined : `Did you mean '${known}'?`);
}

function outputOf(table: TableSchema, keys: readonly ColumnSchema[], written: string): GroupOutput {
  const [, word, field] = (written.length <= LONGEST_AGGREGATE && AGGREGATE.exec(written)) || [];
  if (word === undefined || field === undefined) {
    const column = requireColumn(table, written);
    if (!keys.includes(column))
      throw BadField(written).withHint('With group, a field must be in the group clause or in SUM, COUNT, AVG, MIN or MAX.');
    return { kind: 'key', column };
  }
  const aggregate = word.toLowerCase() as Extract<GroupOutput, { kind: 'aggregate' }>['aggregate'];
  if (field === '*') {
    if (aggregate !== 'count') throw BadField(written);
    return { kind: 'aggregate', aggregate, column: undefined, name: 'COUNT_ALL' };
  }
  const column = table.column(field);
  if (!column || column.isVirtual) throw BadField(written.slice(0, 100));
  return { kind: 'aggregate', aggregate, column, name: `${word.toUpperCase()}_${column.apiName.replace(/\W/g, '_')}` };
}
