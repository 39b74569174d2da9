import type { QueryRunner } from 'typeorm';
import { openConnections } from '../connection/connections.js';
import type { SystemDatabaseOptions } from '../connection/options.js';
import { translateError } from '../database/driver-errors.js';
import type { Table } from '../tables/define-table.js';
import { type CarriedRow, carriedTables, carryingCodecs } from './carried-tables.js';

/** Rows read at once. */
const PAGE = 500;

/**
 * Hands over every row of an installation, page by page, table after table, all as of one moment; waits for `take` before it reads on.
 * Rejects with `SystemUnavailable`, and with what `take` throws.
 */
export async function exportRows(
  options: SystemDatabaseOptions,
  take: (table: string, rows: readonly CarriedRow[]) => Promise<void>,
): Promise<void> {
  try {
    const connections = await openConnections(options);
    try {
      await connections.snapshot(async (runner) => {
        for (const table of carriedTables) {
          const codecs = [...carryingCodecs(table, options)];
          for await (const page of pagesOf(runner, table)) {
            await take(
              table.name,
              page.map((row) => Object.fromEntries(codecs.map(([name, codec]) => [name, codec.read(row[name]) as CarriedRow[string]]))),
            );
          }
        }
      });
    } finally {
      await connections.close();
    }
  } catch (error) {
    throw translateError(error);
  }
}

type StoredRow = Readonly<Record<string, unknown>>;

async function* pagesOf(runner: QueryRunner, table: Table): AsyncGenerator<readonly StoredRow[]> {
  const { driver } = runner.dataSource;
  const from = `SELECT * FROM ${driver.escape(table.name)}`;
  const { key } = table;
  const order = (key === undefined ? Object.keys(table.columns) : [key]).map((name) => driver.escape(name)).join(', ');
  const parameter = runner.dataSource.options.type === 'postgres' ? '$1' : '?';
  for (let seen = 0, last: unknown; ; ) {
    // Without a key there is only counting; rows that compare as equal are equal.
    const rest = key === undefined ? `LIMIT ${PAGE} OFFSET ${seen}` : `LIMIT ${PAGE}`;
    const after = key === undefined || last === undefined ? '' : ` WHERE ${driver.escape(key)} > ${parameter}`;
    const rows: StoredRow[] = await runner.query(`${from}${after} ORDER BY ${order} ${rest}`, after === '' ? [] : [last]);
    if (rows.length > 0) yield rows;
    if (rows.length < PAGE) return;
    seen += rows.length;
    if (key !== undefined) last = rows.at(-1)![key];
  }
}
