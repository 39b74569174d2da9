import { type CodecContext, type ValueCodec, valueCodec } from '../connection/value-codec.js';
import type { Table } from '../tables/define-table.js';
import { migrationsTable, outboxTable, versionTable, workerTable } from '../tables/headgate.js';
import { allTables } from '../tables/index.js';

/** What belongs to one database and its running workers, and means nothing in another. */
const STAYING: ReadonlySet<Table> = new Set([versionTable, outboxTable, migrationsTable, workerTable]);

/** The tables whose rows make up an installation, each after those that it refers to. */
export const carriedTables: readonly Table[] = allTables.filter((table) => !STAYING.has(table));

/** A row in the form that is the same on every dialect. Secrets are as stored, JSON is its text, times are UTC texts to the second. */
export type CarriedRow = Readonly<Record<string, string | number | boolean | null>>;

/** The codecs of a table's columns that leave secrets sealed and JSON as it is written. */
export function carryingCodecs(table: Table, context: CodecContext): ReadonlyMap<string, ValueCodec> {
  return new Map(
    Object.entries(table.columns).map(([name, column]) => {
      const { kind, length, nullable, primary, unique, index, choices } = column;
      const plain = { kind, nullable, primary, unique, index, ...(length !== undefined && { length }), ...(choices && { choices }) };
      return [name, valueCodec(table.name, name, { ...plain, encoding: 'plain' }, context)];
    }),
  );
}
