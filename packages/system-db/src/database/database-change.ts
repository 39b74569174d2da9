import { ValidationFailed } from '@headgate/core';
import { all, type Condition, equals, oneOf } from '../condition.js';
import type { Entity } from '../connection/entity-schemas.js';
import { utcText } from '../connection/value-codec.js';
import { type Change, ReferenceViolation } from '../system-database.js';
import type { Row, Table, Values } from '../tables/define-table.js';
import { allTables, tableNamed } from '../tables/index.js';
import { DatabaseReader, type Session } from './record-reader.js';

/** Statements of one transaction. `created_date` and `last_modified_date` are filled in where the values do not give them. */
export class DatabaseChange extends DatabaseReader implements Change {
  readonly scopes = new Set<string>();
  readonly #afterCommit: (() => void | Promise<void>)[] = [];

  constructor(session: Session) {
    super(session);
  }

  async insert<T extends Table>(table: T, values: Values<T>): Promise<Row<T>> {
    const entity = this.#entity(table, values, ['created_date', 'last_modified_date']);
    const names = Object.keys(entity);
    if (names.length === 0) throw ValidationFailed([`A record of ${table.name} needs a value.`]);
    const { schema } = this.mapping(table);
    const generated = table.key !== undefined && isGenerated(table, table.key) && entity[table.key] === undefined;
    const insert = this.session.source
      .createQueryBuilder(schema, 't', this.session.runner)
      .insert()
      .into(schema, names)
      .values(entity as never)
      .updateEntity(false);
    if (generated && this.session.dialect === 'postgres') insert.returning([table.key!]);
    const result = await this.#write(table, entity, () => insert.execute());
    if (table.key === undefined) return this.#unkeyed(table, entity);
    const key = generated ? generatedKey(result.raw, table.key) : (entity[table.key] as string | number);
    if (!generated && isGenerated(table, table.key) && this.session.dialect === 'postgres') await this.#skipPast(table, table.key);
    const row = await this.findOne(table, equals(table.key, key));
    if (!row) throw new Error(`the record inserted into ${table.name} is not there`);
    return row;
  }

  async update<T extends Table>(table: T, where: Condition, values: Values<T>): Promise<number> {
    const entity = this.#entity(table, values, ['last_modified_date']);
    if (Object.keys(values).length === 0) return this.count(table, where);
    const { schema } = this.mapping(table);
    const { sql, parameters } = this.where(table, where);
    const update = this.session.source
      .createQueryBuilder(schema, 't', this.session.runner)
      .update(schema)
      .set(entity as never)
      .where(sql, parameters)
      .updateEntity(false);
    const result = await this.#write(table, entity, () => update.execute());
    return result.affected ?? 0;
  }

  async delete(table: Table, where: Condition): Promise<number> {
    const { schema } = this.mapping(table);
    const { sql, parameters } = this.where(table, where);
    const removal = this.session.source.createQueryBuilder(schema, 't', this.session.runner).delete().from(schema).where(sql, parameters);
    try {
      const result = await this.run(table, () => removal.execute());
      return result.affected ?? 0;
    } catch (error) {
      throw isUnnamed(error) ? await this.#holderOf(table, where) : error;
    }
  }

  raise(scope: string): void {
    this.scopes.add(scope);
  }

  afterCommit(work: () => void | Promise<void>): void {
    this.#afterCommit.push(work);
  }

  /** What `afterCommit` was given. */
  get followUps(): readonly (() => void | Promise<void>)[] {
    return this.#afterCommit;
  }

  /** PostgreSQL's sequence does not see keys that were given, and would give them out again. */
  async #skipPast(table: Table, key: string): Promise<void> {
    const [name, column] = [this.session.source.driver.escape(table.name), this.session.source.driver.escape(key)];
    await this.session.runner!.query(`SELECT setval(pg_get_serial_sequence($1, $2), (SELECT MAX(${column}) FROM ${name}))`, [name, key]);
  }

  #entity(table: Table, values: Readonly<Record<string, unknown>>, stamps: readonly string[]): Entity {
    const entity: Entity = {};
    for (const [name, value] of Object.entries(values)) {
      if (!(name in table.columns)) throw new Error(`${table.name} has no column ${name}`);
      if (value !== undefined) entity[name] = value;
    }
    for (const stamp of stamps) {
      if (stamp in table.columns && entity[stamp] === undefined) entity[stamp] = utcText(new Date());
    }
    return entity;
  }

  async #write<R>(table: Table, entity: Entity, statement: () => Promise<R>): Promise<R> {
    try {
      return await this.run(table, statement);
    } catch (error) {
      throw isUnnamed(error) ? await this.#missingReference(table, entity) : error;
    }
  }

  /** SQLite does not say which key refused a row: the first whose record is missing. */
  async #missingReference(table: Table, entity: Entity): Promise<ReferenceViolation> {
    for (const [name, { references }] of Object.entries(table.columns)) {
      const value = entity[name];
      const target = references && tableNamed(references.table);
      if (!target || (typeof value !== 'number' && typeof value !== 'string')) continue;
      if ((await this.count(target, equals(references.column, value))) === 0) return new ReferenceViolation(table.name, [name]);
    }
    return new ReferenceViolation(table.name, []);
  }

  /** SQLite does not say who holds on to a record: the first table that has a row of it. */
  async #holderOf(table: Table, where: Condition): Promise<ReferenceViolation> {
    const rows: readonly Readonly<Record<string, unknown>>[] = await this.find(table, { where });
    for (const child of allTables) {
      for (const [name, { references }] of Object.entries(child.columns)) {
        if (references?.table !== table.name || references.onDelete !== 'none') continue;
        const keys = rows.map((row) => row[references.column]).filter((key) => typeof key === 'number' || typeof key === 'string');
        if ((await this.count(child, oneOf(name, keys))) > 0) return new ReferenceViolation(child.name, [name]);
      }
    }
    return new ReferenceViolation(undefined, []);
  }

  /** The row just inserted into a table without key: the one that has these values. */
  async #unkeyed<T extends Table>(table: T, entity: Entity): Promise<Row<T>> {
    const given = Object.entries(entity).filter(
      (entry): entry is [string, string | number | boolean] => entry[1] !== null && typeof entry[1] !== 'object',
    );
    const row = await this.findOne(table, all(...given.map(([name, value]) => equals(name, value))));
    if (!row) throw new Error(`the record inserted into ${table.name} is not there`);
    return row;
  }
}

function isUnnamed(error: unknown): boolean {
  return error instanceof ReferenceViolation && error.table === undefined;
}

function isGenerated(table: Table, key: string): boolean {
  const kind = table.columns[key]!.kind;
  return kind === 'id' || kind === 'bigId';
}

/** PostgreSQL answers the returned row, MySQL a result header, SQLite the row id. */
function generatedKey(raw: unknown, key: string): number {
  if (typeof raw === 'number' || typeof raw === 'bigint') return Number(raw);
  if (Array.isArray(raw)) return Number((raw[0] as Record<string, unknown> | undefined)?.[key]);
  return Number((raw as { insertId?: unknown }).insertId);
}
