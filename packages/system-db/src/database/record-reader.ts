import type { DataSource, QueryRunner } from 'typeorm';
import type { Condition } from '../condition.js';
import type { Entity, TableMapping } from '../connection/entity-schemas.js';
import type { Encrypter } from '../encryption/encrypter.js';
import type { RecordQuery, RecordReader, SystemDialect } from '../system-database.js';
import type { Row, Table } from '../tables/define-table.js';
import { translateError } from './driver-errors.js';
import { compileWhere, type Where } from './where.js';

/** What statements run on: a pool, or the connection of a transaction. */
export interface Session {
  readonly dialect: SystemDialect;
  readonly encrypter: Encrypter;
  readonly mappings: ReadonlyMap<string, TableMapping>;
  readonly source: DataSource;
  readonly runner: QueryRunner | undefined;
}

export class DatabaseReader implements RecordReader {
  protected readonly session: Session;

  constructor(session: Session) {
    this.session = session;
  }

  get encrypter(): Encrypter {
    return this.session.encrypter;
  }

  async find<T extends Table>(table: T, query: RecordQuery = {}): Promise<Row<T>[]> {
    const { schema, codecs } = this.mapping(table);
    const select = this.session.source.createQueryBuilder(schema, 't', this.session.runner);
    if (query.where) {
      const { sql, parameters } = this.where(table, query.where);
      select.where(sql, parameters);
    }
    for (const [column, direction] of query.order ?? []) {
      if (!codecs.has(column)) throw new Error(`${table.name} has no column ${column}`);
      select.addOrderBy(`t.${column}`, direction === 'desc' ? 'DESC' : 'ASC');
    }
    // Pages must not overlap where the order leaves ties.
    if (table.key !== undefined && !query.order?.some(([column]) => column === table.key)) select.addOrderBy(`t.${table.key}`, 'ASC');
    if (query.limit !== undefined || query.offset !== undefined) select.limit(query.limit ?? Number.MAX_SAFE_INTEGER);
    if (query.offset !== undefined) select.offset(query.offset);
    const entities = await this.run(table, () => select.getMany());
    return entities.map((entity) => rowOf(table, entity));
  }

  async findOne<T extends Table>(table: T, where: Condition): Promise<Row<T> | undefined> {
    const [row] = await this.find(table, { where, limit: 1 });
    return row;
  }

  async count(table: Table, where?: Condition): Promise<number> {
    const { schema } = this.mapping(table);
    const select = this.session.source.createQueryBuilder(schema, 't', this.session.runner).select('COUNT(*)', 'rows');
    if (where) {
      const { sql, parameters } = this.where(table, where);
      select.where(sql, parameters);
    }
    const answer = await this.run(table, () => select.getRawOne<{ rows: unknown }>());
    return Number(answer?.rows ?? 0);
  }

  protected mapping(table: Table): TableMapping {
    const mapping = this.session.mappings.get(table.name);
    if (!mapping) throw new Error(`${table.name} is no table of the system database`);
    return mapping;
  }

  protected where(table: Table, condition: Condition): Where {
    return compileWhere(condition, this.mapping(table), this.session.dialect, (name) => this.session.source.driver.escape(name));
  }

  protected async run<R>(table: Table, statement: () => Promise<R>): Promise<R> {
    try {
      return await statement();
    } catch (error) {
      throw translateError(error, table);
    }
  }
}

/** The entity's members are what the codecs of the table's columns read: that is what `Row` says. */
function rowOf<T extends Table>(table: T, entity: Entity): Row<T> {
  const row: Record<string, unknown> = {};
  for (const name of Object.keys(table.columns)) row[name] = entity[name] ?? null;
  return row as Row<T>;
}
