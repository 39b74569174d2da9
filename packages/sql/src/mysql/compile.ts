import type { IntervalOffset } from '@headgate/core';
import type { Statement } from '../dialect/dialect.js';
import { SqlText } from '../dialect/sql-text.js';
import { writeArithmetic } from '../dialect/write-arithmetic.js';
import { type PredicateSyntax, writePredicate } from '../dialect/write-predicate.js';
import type { Assignment, CountPlan, DeletePlan, InsertPlan, Plan, Predicate, ReadPlan, UpdatePlan, WriteValue } from '../plan/nodes.js';
import type { ColumnSchema, TableSchema } from '../schema/table-schema.js';
import { SPATIAL_TYPES } from './types.js';

/** What the protocol of prepared statements can count. */
const MAX_PARAMETERS = 65_535;

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
  sql.add(`SELECT ${plan.columns.map(selected).join(', ') || '1'} FROM ${tableName(plan.table)}`);
  writeWhere(sql, plan.where);
  if (plan.order.length > 0) {
    sql.add(' ORDER BY ').list(plan.order, ', ', ({ column, direction, nulls }) => {
      // Without NULLS FIRST and LAST: nulls are told apart by an order of their own.
      if (nulls) sql.add(`${columnName(column)} IS NULL ${nulls === 'first' ? 'DESC' : 'ASC'}, `);
      sql.add(`${columnName(column)} ${direction === 'desc' ? 'DESC' : 'ASC'}`);
    });
  }
  if (plan.paging) sql.add(' LIMIT ').position(plan.paging.limit).add(' OFFSET ').position(plan.paging.offset);
}

function writeCount(sql: SqlText, plan: CountPlan): void {
  sql.add(`SELECT count(*) FROM ${tableName(plan.table)}`);
  writeWhere(sql, plan.where);
}

function writeInsert(sql: SqlText, plan: InsertPlan): void {
  sql.add(`INSERT INTO ${tableName(plan.table)} (${plan.columns.map(columnName).join(', ')}) VALUES `);
  sql.list(plan.rows, ', ', (row) => {
    sql.add('(');
    row.forEach((value, index) => {
      if (index > 0) sql.add(', ');
      writeValue(sql, plan.columns[index]!, value);
    });
    sql.add(')');
  });
  if (plan.onConflict) writeOnDuplicate(sql, plan.onConflict);
}

/**
 * ON DUPLICATE KEY fires on a conflict of any unique key, but the plan means one key. Where another one conflicts, a subquery of two
 * rows is evaluated, which fails the statement (error 1242) before another record is touched.
 */
function writeOnDuplicate(sql: SqlText, { key, update, where }: NonNullable<InsertPlan['onConflict']>): void {
  const [first] = key;
  if (!first) return;
  const same = key.map((column) => `${columnName(column)} <=> VALUES(${columnName(column)})`).join(' AND ');
  sql.add(` ON DUPLICATE KEY UPDATE ${columnName(first)} = IF(${same}, ${columnName(first)}, (SELECT 1 UNION SELECT 2))`);
  update.forEach(({ column, value }, index) => {
    sql.add(`, ${columnName(column)} = `);
    if (!where) {
      writeValue(sql, column, value);
      return;
    }
    // Assignments see the values of those before them, so the condition is decided once, before the first.
    sql.add('IF(');
    if (index === 0) {
      sql.add('@headgate_match := (');
      writePredicate(sql, where, SYNTAX);
      sql.add(')');
    } else sql.add('@headgate_match');
    sql.add(', ');
    writeValue(sql, column, value);
    sql.add(`, ${columnName(column)})`);
  });
}

function writeUpdate(sql: SqlText, plan: UpdatePlan): void {
  sql.add(`UPDATE ${tableName(plan.table)} SET `);
  writeAssignments(sql, plan.set);
  writeWhere(sql, plan.where);
}

function writeDelete(sql: SqlText, plan: DeletePlan): void {
  sql.add(`DELETE FROM ${tableName(plan.table)}`);
  writeWhere(sql, plan.where);
}

function writeWhere(sql: SqlText, where: Predicate | undefined): void {
  if (!where) return;
  sql.add(' WHERE ');
  writePredicate(sql, where, SYNTAX);
}

function writeAssignments(sql: SqlText, assignments: readonly Assignment[]): void {
  sql.list(assignments, ', ', ({ column, value }) => {
    sql.add(`${columnName(column)} = `);
    writeValue(sql, column, value);
  });
}

function writeValue(sql: SqlText, column: ColumnSchema, value: WriteValue): void {
  switch (value.kind) {
    case 'default':
      sql.add('DEFAULT');
      return;
    case 'now':
      sql.add(now(column.kind === 'date' || column.kind === 'time' ? column.kind : 'timestamp', undefined));
      return;
    case 'arithmetic':
      writeArithmetic(value.expression, {
        add: (text) => sql.add(text),
        column: (operand) => sql.add(columnName(operand)),
        number: (slot) => sql.add('CAST(').slot(slot).add(' AS DECIMAL(65, 30))'),
      });
      return;
    case 'slot':
      if (isSpatial(column)) sql.add('ST_GeomFromText(').slot(value.slot).add(')');
      else sql.slot(value.slot);
  }
}

function selected(column: ColumnSchema): string {
  return isSpatial(column) ? `ST_AsText(${columnName(column)})` : columnName(column);
}

function isSpatial(column: ColumnSchema): boolean {
  return SPATIAL_TYPES.has(column.baseType);
}

export function quote(identifier: string): string {
  return `\`${identifier.replaceAll('`', '``')}\``;
}

function columnName(column: ColumnSchema): string {
  return quote(column.name);
}

/** JSON columns of MySQL compare as JSON, in which a text never equals an object: they are compared as text. */
function operand(column: ColumnSchema): string {
  if (isSpatial(column)) return `ST_AsText(${columnName(column)})`;
  return column.kind === 'json' ? `CAST(${columnName(column)} AS CHAR)` : columnName(column);
}

function tableName(table: TableSchema): string {
  return table.schemaName === null ? quote(table.tableName) : `${quote(table.schemaName)}.${quote(table.tableName)}`;
}

function now(unit: 'timestamp' | 'date' | 'time', offset: IntervalOffset | undefined): string {
  const current = { timestamp: 'NOW()', date: 'CURRENT_DATE', time: 'CURRENT_TIME' }[unit];
  return offset ? `(${current} ${offset.sign < 0 ? '-' : '+'} INTERVAL ${Math.trunc(offset.count)} ${offset.unit.toUpperCase()})` : current;
}

const SYNTAX: PredicateSyntax = {
  operand,
  likeOperand: operand,
  // `\` is the default; naming it would need a literal whose meaning depends on sql_mode.
  likeEscape: '',
  now,
  xor: ' XOR ',
  tupleList: { open: '(', close: ')' },
  constants: { true: 'TRUE', false: 'FALSE' },
};
