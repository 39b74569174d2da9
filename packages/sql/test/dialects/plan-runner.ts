import { type JsonObject, type JsonValue, parseFilter } from '@headgate/core';
import { Bindings } from '../../src/plan/bindings.js';
import { planFilter } from '../../src/plan/filter-plan.js';
import type { Assignment, InsertPlan, Plan, Predicate, TypeStyle, WriteValue } from '../../src/plan/nodes.js';
import { planOrder } from '../../src/plan/order.js';
import { NO_EXTRAS } from '../../src/schema/extras.js';
import { ServiceSchema } from '../../src/schema/service-schema.js';
import type { ColumnSchema, TableSchema } from '../../src/schema/table-schema.js';
import type { SampleDatabase } from './databases.js';
import { COMPANIES, LINES, PEOPLE, type SampleRow } from './sample.js';

export interface Query {
  readonly filter?: string;
  readonly params?: Readonly<Record<string, JsonValue>>;
  readonly where?: (bindings: Bindings) => Predicate;
  readonly order?: string;
  readonly limit?: number;
  readonly offset?: number;
  readonly fields?: readonly string[];
  readonly style?: TypeStyle;
}

/** Runs plans on a database as the services do: client texts become plans, plans SQL, rows JSON. */
export class PlanRunner {
  readonly #database: SampleDatabase;
  readonly schema: ServiceSchema;

  private constructor(database: SampleDatabase, schema: ServiceSchema) {
    this.#database = database;
    this.schema = schema;
  }

  static async of(database: SampleDatabase): Promise<PlanRunner> {
    const catalogue = await database.dialect.introspect(database.connection, { schema: 'default' });
    return new PlanRunner(database, new ServiceSchema(catalogue, 1, NO_EXTRAS));
  }

  table(name: string): TableSchema {
    const table = this.schema.table(name);
    if (!table) throw new Error(`no table ${name}`);
    return table;
  }

  async fill(): Promise<void> {
    await this.insert('company', COMPANIES);
    await this.insert('person', PEOPLE);
    await this.insert('line', LINES);
  }

  async read(tableName: string, query: Query = {}): Promise<JsonObject[]> {
    const table = this.table(tableName);
    const bindings = new Bindings(this.#database.dialect, { params: query.params });
    const columns = query.fields?.map((field) => this.#column(table, field)) ?? table.columns;
    const where =
      query.where?.(bindings) ?? (query.filter === undefined ? undefined : planFilter(parseFilter(query.filter), table, bindings));
    const order = query.order === undefined ? [] : planOrder(query.order, table, this.#database.dialect.capabilities.nullsOrdering);
    const paging =
      query.limit === undefined ? undefined : { limit: bindings.place(query.limit), offset: bindings.place(query.offset ?? 0) };
    const style = query.style ?? 'contract';
    return this.#rows(
      { kind: 'read', table, columns, where, order, paging, style, output: 'rows', slots: bindings.values.length },
      columns,
      bindings,
      style,
    );
  }

  /** The ids of the rows that match, in order. */
  async ids(tableName: string, filter: string, params?: Query['params']): Promise<JsonValue[]> {
    const rows = await this.read(tableName, { filter, order: 'id', fields: ['id'], ...(params ? { params } : {}) });
    return rows.map((row) => row.id ?? null);
  }

  async count(tableName: string, filter?: string): Promise<number> {
    const table = this.table(tableName);
    const bindings = new Bindings(this.#database.dialect);
    const where = filter === undefined ? undefined : planFilter(parseFilter(filter), table, bindings);
    const { rows } = await this.#run({ kind: 'count', table, where, slots: bindings.values.length }, bindings);
    return Number(rows[0]?.[0]);
  }

  async insert(tableName: string, rows: readonly SampleRow[], onConflict?: (bindings: Bindings) => InsertPlan['onConflict']) {
    const table = this.table(tableName);
    const bindings = new Bindings(this.#database.dialect);
    const columns = Object.keys(rows[0] ?? {}).map((name) => this.#column(table, name));
    const values = rows.map((row) =>
      columns.map((column): WriteValue => ({ kind: 'slot', slot: this.#bind(bindings, column, row[column.name] ?? null) })),
    );
    const plan: InsertPlan = {
      kind: 'insert',
      table,
      columns,
      rows: values,
      returning: [],
      onConflict: onConflict?.(bindings),
      style: 'contract',
      slots: bindings.values.length,
    };
    return this.#run(plan, bindings);
  }

  async insertValues(tableName: string, values: Readonly<Record<string, WriteValue>>) {
    const table = this.table(tableName);
    const columns = Object.keys(values).map((name) => this.#column(table, name));
    const plan: InsertPlan = {
      kind: 'insert',
      table,
      columns,
      rows: [Object.values(values)],
      returning: [],
      onConflict: undefined,
      style: 'contract',
      slots: 0,
    };
    return this.#run(plan, new Bindings(this.#database.dialect));
  }

  async update(tableName: string, set: SampleRow, filter: string) {
    const table = this.table(tableName);
    const bindings = new Bindings(this.#database.dialect);
    const assignments = this.assignments(tableName, set, bindings);
    const where = planFilter(parseFilter(filter), table, bindings);
    return this.#run(
      { kind: 'update', table, set: assignments, where, returning: [], style: 'contract', slots: bindings.values.length },
      bindings,
    );
  }

  async delete(tableName: string, filter: string) {
    const table = this.table(tableName);
    const bindings = new Bindings(this.#database.dialect);
    const where = planFilter(parseFilter(filter), table, bindings);
    return this.#run({ kind: 'delete', table, where, returning: [], style: 'contract', slots: bindings.values.length }, bindings);
  }

  assignments(tableName: string, set: SampleRow, bindings: Bindings): Assignment[] {
    const table = this.table(tableName);
    return Object.entries(set).map(([name, value]) => {
      const column = this.#column(table, name);
      return { column, value: { kind: 'slot', slot: this.#bind(bindings, column, value) } };
    });
  }

  #bind(bindings: Bindings, column: ColumnSchema, value: JsonValue) {
    return bindings.bind(column, value, (type) => {
      throw new Error(`${column.name} must be a valid ${type}`);
    });
  }

  #column(table: TableSchema, name: string): ColumnSchema {
    const column = table.column(name);
    if (!column) throw new Error(`no column ${name}`);
    return column;
  }

  #run(plan: Plan, bindings: Bindings) {
    const { dialect, connection } = this.#database;
    return connection.run(dialect.compile(plan), bindings.values);
  }

  async #rows(plan: Plan, columns: readonly ColumnSchema[], bindings: Bindings, style: TypeStyle): Promise<JsonObject[]> {
    const { rows } = await this.#run(plan, bindings);
    return rows.map((row) =>
      Object.fromEntries(columns.map((column, index) => [column.name, this.#database.dialect.decode(column, row[index], style)])),
    );
  }
}
