import { EntitySchema, type EntitySchemaColumnOptions } from 'typeorm';
import type { Table } from '../tables/define-table.js';
import { allTables } from '../tables/index.js';
import { type CodecContext, kindOf, type ValueCodec, valueCodec } from './value-codec.js';

/** A row as TypeORM hands it over: each member has been through its column's codec. */
export type Entity = Record<string, unknown>;

export interface TableMapping {
  readonly table: Table;
  readonly schema: EntitySchema<Entity>;
  readonly codecs: ReadonlyMap<string, ValueCodec>;
}

/**
 * The entities of all tables. Their column types are only what TypeORM must do nothing with (`int`, `text`): the codecs turn values over,
 * and the schema is made by `migrate`, never by TypeORM.
 */
export function mapTables(context: CodecContext): ReadonlyMap<string, TableMapping> {
  return new Map(allTables.map((table) => [table.name, mapTable(table, context)]));
}

function mapTable(table: Table, context: CodecContext): TableMapping {
  const codecs = new Map(
    Object.entries(table.columns).map(([name, column]) => [name, valueCodec(table.name, name, column, context)] as const),
  );
  const keyed = Object.values(table.columns).some((column) => column.primary);
  const columns = Object.fromEntries(
    Object.entries(table.columns).map(([name, column]): [string, EntitySchemaColumnOptions] => {
      const codec = codecs.get(name)!;
      return [
        name,
        {
          name,
          type: kindOf(column) === 'whole' ? 'int' : 'text',
          // An entity needs a key; of a table without one, all columns together identify a row.
          primary: column.primary || !keyed,
          nullable: column.nullable,
          ...((column.kind === 'id' || column.kind === 'bigId') && { generated: 'increment' as const }),
          transformer: { to: (value: unknown) => codec.store(value), from: (stored: unknown) => codec.read(stored) },
        },
      ];
    }),
  );
  return { table, schema: new EntitySchema<Entity>({ name: table.name, tableName: table.name, columns }), codecs };
}
