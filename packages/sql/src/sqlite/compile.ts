import type { IntervalOffset, JsonValue } from '@headgate/core';
import type { Statement } from '../dialect/dialect.js';
import { SqlText } from '../dialect/sql-text.js';
import { writeArithmetic } from '../dialect/write-arithmetic.js';
import { type PredicateSyntax, writePredicate } from '../dialect/write-predicate.js';
import type { Assignment, CountPlan, DeletePlan, InsertPlan, Plan, Predicate, ReadPlan, UpdatePlan, WriteValue } from '../plan/nodes.js';
import type { ColumnSchema, TableSchema } from '../schema/table-schema.js';

/** SQLITE_MAX_VARIABLE_NUMBER of the engine we ship. */
const MAX_PARAMETERS = 32_766;

/** The SQL of a plan. The only place of this dialect that quotes. */
export function compile(plan: Plan): Statement {
  const sql = new SqlText(MAX_PARAMETERS);
  switch (plan.kind) {
    case 'read':
      writeRead(sql, plan);
      break;
    case 'count':
      writeCount(sql, plan);
      break;
    case 'insert':
      writeInsert(sql, plan);
      break;
    case 'update':
      writeUpdate(sql, plan);
      break;
    case 'delete':
      writeDelete(sql, plan);
  }
  return sql.statement();
}

function writeRead(sql: SqlText, plan: ReadPlan): void {
  // SELECT needs a column; the caller takes as many as the plan has.
  sql.add(`SELECT ${plan.columns.map(columnName).join(', ') || '1'} FROM ${tableName(plan.table)}`);
  writeWhere(sql, plan.where);
  if (plan.order.length > 0) {
    sql.add(' ORDER BY ').list(plan.order, ', ', ({ column, direction, nulls }) => {
      sql.add(
        `${columnName(column)} ${direction === 'desc' ? 'DESC' : 'ASC'}${nulls ? ` NULLS ${nulls === 'first' ? 'FIRST' : 'LAST'}` : ''}`,
      );
    });
  }
  if (plan.paging) sql.add(' LIMIT ').position(plan.paging.limit).add(' OFFSET ').position(plan.paging.offset);
}

function writeCount(sql: SqlText, plan: CountPlan): void {
  sql.add(`SELECT count(*) FROM ${tableName(plan.table)}`);
  writeWhere(sql, plan.where);
}

function writeInsert(sql: SqlText, plan: InsertPlan): void {
  sql.add(`INSERT INTO ${tableName(plan.table)}`);
  if (plan.columns.length === 0) sql.add(' DEFAULT VALUES');
  else {
    sql.add(` (${plan.columns.map(columnName).join(', ')}) VALUES `);
    sql.list(plan.rows, ', ', (row) => {
      sql.add('(');
      row.forEach((value, index) => {
        if (index > 0) sql.add(', ');
        writeValue(sql, plan.columns[index]!, value);
      });
      sql.add(')');
    });
  }
  const { onConflict } = plan;
  if (onConflict) {
    sql.add(` ON CONFLICT (${onConflict.key.map(columnName).join(', ')}) DO `);
    if (onConflict.update.length === 0) sql.add('NOTHING');
    else {
      sql.add('UPDATE SET ');
      writeAssignments(sql, onConflict.update);
      writeWhere(sql, onConflict.where);
    }
  }
  writeReturning(sql, plan.returning);
}

function writeUpdate(sql: SqlText, plan: UpdatePlan): void {
  sql.add(`UPDATE ${tableName(plan.table)} SET `);
  writeAssignments(sql, plan.set);
  writeWhere(sql, plan.where);
  writeReturning(sql, plan.returning);
}

function writeDelete(sql: SqlText, plan: DeletePlan): void {
  sql.add(`DELETE FROM ${tableName(plan.table)}`);
  writeWhere(sql, plan.where);
  writeReturning(sql, plan.returning);
}

function writeWhere(sql: SqlText, where: Predicate | undefined): void {
  if (!where) return;
  sql.add(' WHERE ');
  writePredicate(sql, where, SYNTAX);
}

function writeReturning(sql: SqlText, columns: readonly ColumnSchema[]): void {
  if (columns.length > 0) sql.add(` RETURNING ${columns.map(columnName).join(', ')}`);
}

function writeAssignments(sql: SqlText, assignments: readonly Assignment[]): void {
  sql.list(assignments, ', ', ({ column, value }) => {
    sql.add(`${columnName(column)} = `);
    writeValue(sql, column, value);
  });
}

function writeValue(sql: SqlText, column: ColumnSchema, value: WriteValue): void {
  if (value.kind === 'slot') sql.slot(value.slot);
  else if (value.kind === 'arithmetic') {
    writeArithmetic(value.expression, {
      add: (text) => sql.add(text),
      column: (operand) => sql.add(columnName(operand)),
      number: (slot) => sql.add('CAST(').slot(slot).add(' AS NUMERIC)'),
    });
  } else sql.add(value.kind === 'now' ? NOW[unitOf(column)] : defaultOf(column));
}

const NOW = { timestamp: 'CURRENT_TIMESTAMP', date: 'CURRENT_DATE', time: 'CURRENT_TIME' } as const;

function unitOf(column: ColumnSchema): keyof typeof NOW {
  return column.kind === 'date' || column.kind === 'time' ? column.kind : 'timestamp';
}

/** SQLite has no DEFAULT in value lists: the default is written out as the table declares it. */
function defaultOf(column: ColumnSchema): string {
  const value: JsonValue | undefined = column.default;
  if (value === null || column.autoIncrement) return 'NULL';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`;
  // An expression of the table's own definition, never of a client.
  if ('expression' in value && typeof value.expression === 'string') return `(${value.expression})`;
  return 'rawJSON' in value ? String(value.rawJSON) : 'NULL';
}

export function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

function columnName(column: ColumnSchema): string {
  return quote(column.name);
}

function tableName(table: TableSchema): string {
  return `main.${quote(table.tableName)}`;
}

const UNITS = { second: 'seconds', minute: 'minutes', hour: 'hours', day: 'days', week: 'days', month: 'months', year: 'years' } as const;

function now(unit: 'timestamp' | 'date' | 'time', offset: IntervalOffset | undefined): string {
  const read = { timestamp: 'datetime', date: 'date', time: 'time' }[unit];
  if (!offset) return `${read}('now')`;
  const count = Math.trunc(offset.count) * (offset.unit === 'week' ? 7 : 1);
  return `${read}('now', '${offset.sign < 0 ? '-' : '+'}${count} ${UNITS[offset.unit]}')`;
}

const SYNTAX: PredicateSyntax = {
  operand: columnName,
  likeOperand: columnName,
  likeEscape: " ESCAPE '\\'",
  now,
  xor: ' <> ',
  tupleList: { open: '(VALUES ', close: ')' },
  constants: { true: '1', false: '0' },
};
