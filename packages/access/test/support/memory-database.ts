import type { Change, Condition, RecordQuery, Row, SystemDatabase, Table, Values } from '@headgate/system-db';
import { createEncrypter, UniqueViolation, versionTable } from '@headgate/system-db';

type AnyRow = Record<string, unknown>;

/** A system database in memory: conditions, defaults, unique keys and roll-back as the real one has them. */
export class MemoryDatabase implements SystemDatabase {
  readonly dialect = 'sqlite';
  readonly encrypter = createEncrypter({ key: '0123456789abcdef0123456789abcdef' });
  readonly raised: string[] = [];
  readonly #tables = new Map<string, AnyRow[]>();
  #version = 0;
  #queue: Promise<unknown> = Promise.resolve();

  rows(table: Table): AnyRow[] {
    let rows = this.#tables.get(table.name);
    if (rows === undefined) {
      rows = [];
      this.#tables.set(table.name, rows);
    }
    return rows;
  }

  async find<T extends Table>(table: T, query: RecordQuery = {}): Promise<Row<T>[]> {
    const [order] = query.order ?? [];
    const found = this.rows(table).filter((row) => query.where === undefined || fits(row, query.where));
    if (order) found.sort((a, b) => Number(a[order[0]]) - Number(b[order[0]]));
    if (order?.[1] === 'desc') found.reverse();
    return structuredClone(found) as Row<T>[];
  }

  async findOne<T extends Table>(table: T, where: Condition): Promise<Row<T> | undefined> {
    return (await this.find(table, { where }))[0];
  }

  async count(table: Table, where?: Condition): Promise<number> {
    return (await this.find(table, where === undefined ? {} : { where })).length;
  }

  change<R>(work: (change: Change) => Promise<R>): Promise<R> {
    const turn = this.#queue.then(() => this.#transact(work));
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async close(): Promise<void> {}

  async #transact<R>(work: (change: Change) => Promise<R>): Promise<R> {
    const before = structuredClone(this.#tables);
    const scopes: string[] = [];
    const change: Change = {
      encrypter: this.encrypter,
      find: (table, query) => this.find(table, query),
      findOne: (table, where) => this.findOne(table, where),
      count: (table, where) => this.count(table, where),
      insert: async (table, values) => this.#insert(table, values),
      update: async (table, where, values) => this.#update(table, where, values),
      delete: async (table, where) => this.#delete(table, where),
      raise: (scope) => scopes.push(scope),
      afterCommit: () => {},
    };
    try {
      const result = await work(change);
      for (const scope of scopes) {
        this.raised.push(scope);
        this.#delete(versionTable, { kind: 'compare', column: 'scope', operator: '=', value: scope });
        this.#insert(versionTable, { scope, version: ++this.#version, nonce: 'n' });
      }
      return result;
    } catch (error) {
      this.#tables.clear();
      for (const [name, rows] of before) this.#tables.set(name, rows);
      throw error;
    }
  }

  #insert<T extends Table>(table: T, values: Values<T>): Row<T> {
    const rows = this.rows(table);
    const row: AnyRow = {};
    for (const [name, column] of Object.entries(table.columns)) {
      const standard = typeof column.default === 'object' ? '2026-01-01 00:00:00' : (column.default ?? null);
      row[name] = (values as AnyRow)[name] ?? (column.kind === 'id' ? rows.length + 1 : standard);
      const isTaken = (column.unique || column.primary) && rows.some((other) => other[name] === row[name]);
      if (isTaken && table.key !== undefined) throw new UniqueViolation([name]);
    }
    rows.push(row);
    return structuredClone(row) as Row<T>;
  }

  #update<T extends Table>(table: T, where: Condition, values: Values<T>): number {
    const found = this.rows(table).filter((row) => fits(row, where));
    for (const row of found) Object.assign(row, values);
    return found.length;
  }

  #delete(table: Table, where: Condition): number {
    const rows = this.rows(table);
    const kept = rows.filter((row) => !fits(row, where));
    this.#tables.set(table.name, kept);
    return rows.length - kept.length;
  }
}

function fits(row: AnyRow, condition: Condition): boolean {
  switch (condition.kind) {
    case 'compare':
      return compare(row[condition.column], condition.operator, condition.value);
    case 'in':
      return condition.values.some((value) => value === row[condition.column]) !== condition.negated;
    case 'null':
      return (row[condition.column] === null) !== condition.negated;
    case 'and':
      return condition.terms.every((term) => fits(row, term));
    case 'or':
      return condition.terms.some((term) => fits(row, term));
    case 'not':
      return !fits(row, condition.term);
    default:
      throw new Error(`${condition.kind} is not needed here`);
  }
}

function compare(left: unknown, operator: string, right: string | number | boolean): boolean {
  if (left === null || left === undefined) return false;
  switch (operator) {
    case '=':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return (left as number) < (right as number);
    case '<=':
      return (left as number) <= (right as number);
    case '>':
      return (left as number) > (right as number);
    default:
      return (left as number) >= (right as number);
  }
}
