import type { JsonObject, JsonValue } from '@headgate/core';
import type { Connection, Dialect, QueryResult } from '../dialect/dialect.js';
import type { Bindings } from '../plan/bindings.js';
import type { Arithmetic, Assignment, OrderTerm, Plan, Predicate, TypeStyle, WriteValue } from '../plan/nodes.js';
import type { StatementCache } from '../plan/statement-cache.js';
import type { ColumnSchema, TableSchema } from '../schema/table-schema.js';
import type { Formula } from './expression.js';
import type { FieldWrite, PreparedRecord } from './record-preparation.js';

/** Makes a condition, its values going into the bindings of the statement at hand. */
export type Condition = (bindings: Bindings) => Predicate | undefined;

export interface RowAccessOptions {
  readonly table: TableSchema;
  readonly dialect: Dialect;
  readonly style: TypeStyle;
  readonly statements: StatementCache;
  /** Empty bindings with the lookups and parameters of the call. */
  readonly bindings: () => Bindings;
}

/** Rows as the client gets them, and how many a statement touched. */
export interface RowResult {
  readonly rows: readonly (readonly JsonValue[])[];
  readonly affected: number;
  readonly insertId: unknown;
}

export interface Page {
  readonly limit: number;
  readonly offset: number;
}

/** The statements of one call on one table: each method is one plan, compiled and run on the connection. */
export class RowAccess {
  readonly #options: RowAccessOptions;

  constructor(options: RowAccessOptions) {
    this.#options = options;
  }

  /** Inserts rows that all write the same columns. */
  insert(connection: Connection, records: readonly PreparedRecord[], returning: readonly ColumnSchema[]): Promise<RowResult> {
    const { table, style } = this.#options;
    const bindings = this.#options.bindings();
    const columns = [...(records[0]?.keys() ?? [])];
    const rows = records.map((record) => columns.map((column) => writeValue(column, record.get(column)!, bindings)));
    const slots = bindings.values.length;
    return this.#run(
      connection,
      { kind: 'insert', table, columns, rows, returning, onConflict: undefined, style, slots },
      bindings,
      returning,
    );
  }

  update(connection: Connection, record: PreparedRecord, where: Condition, returning: readonly ColumnSchema[]): Promise<RowResult> {
    const { table, style } = this.#options;
    const bindings = this.#options.bindings();
    const set: Assignment[] = [...record].map(([column, write]) => ({ column, value: writeValue(column, write, bindings) }));
    const predicate = where(bindings);
    return this.#run(
      connection,
      { kind: 'update', table, set, where: predicate, returning, style, slots: bindings.values.length },
      bindings,
      returning,
    );
  }

  delete(connection: Connection, where: Condition, returning: readonly ColumnSchema[]): Promise<RowResult> {
    const { table, style } = this.#options;
    const bindings = this.#options.bindings();
    const predicate = where(bindings);
    return this.#run(
      connection,
      { kind: 'delete', table, where: predicate, returning, style, slots: bindings.values.length },
      bindings,
      returning,
    );
  }

  read(
    connection: Connection,
    columns: readonly ColumnSchema[],
    where: Condition,
    order: readonly OrderTerm[] = [],
    page?: Page,
  ): Promise<RowResult> {
    const { table, style } = this.#options;
    const bindings = this.#options.bindings();
    const predicate = where(bindings);
    const paging = page && { limit: bindings.place(page.limit), offset: bindings.place(page.offset) };
    const slots = bindings.values.length;
    return this.#run(
      connection,
      { kind: 'read', table, columns, where: predicate, order, paging, style, output: 'rows', slots },
      bindings,
      columns,
    );
  }

  async count(connection: Connection, where: Condition): Promise<number> {
    const bindings = this.#options.bindings();
    const predicate = where(bindings);
    const plan: Plan = { kind: 'count', table: this.#options.table, where: predicate, slots: bindings.values.length };
    const { rows } = await connection.run(this.#options.statements.of(plan), bindings.values);
    return Number(rows[0]?.[0] ?? 0);
  }

  async #run(connection: Connection, plan: Plan, bindings: Bindings, columns: readonly ColumnSchema[]): Promise<RowResult> {
    const { dialect, style, statements } = this.#options;
    const result: QueryResult = await connection.run(statements.of(plan), bindings.values);
    const rows = result.rows.map((row) => columns.map((column, index) => dialect.decode(column, row[index], style)));
    return { rows, affected: result.affected, insertId: result.insertId };
  }
}

function writeValue(column: ColumnSchema, write: FieldWrite, bindings: Bindings): WriteValue {
  if (write.kind === 'arithmetic') return { kind: 'arithmetic', expression: arithmetic(column, write.formula, bindings) };
  return write.kind === 'now' ? { kind: 'now' } : { kind: 'slot', slot: bindings.raw(column, write.bound) };
}

function arithmetic(column: ColumnSchema, formula: Formula, bindings: Bindings): Arithmetic {
  const term = (inner: Formula) => arithmetic(column, inner, bindings);
  switch (formula.kind) {
    case 'column':
      return formula;
    case 'number':
      return { kind: 'number', slot: bindings.raw(column, formula.digits) };
    case 'negated':
      return { kind: 'negated', term: term(formula.term) };
    case 'operation':
      return { kind: 'operation', operator: formula.operator, left: term(formula.left), right: term(formula.right) };
  }
}

/** Rows that meet all of the conditions. */
export function allOf(...conditions: readonly (Condition | undefined)[]): Condition {
  return (bindings) => {
    const terms = conditions.flatMap((condition) => condition?.(bindings) ?? []);
    return terms.length > 1 ? { kind: 'and', terms } : terms[0];
  };
}

/** A record of the answer from the columns of a row. */
export function recordOf(columns: readonly ColumnSchema[], row: readonly JsonValue[]): JsonObject {
  // Not by assignment: a column may be called `__proto__`.
  return Object.fromEntries(columns.map((column, index) => [column.apiName, row[index] ?? null]));
}
