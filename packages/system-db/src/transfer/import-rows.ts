import { setTimeout } from 'node:timers/promises';
import type { QueryRunner } from 'typeorm';
import { openConnections } from '../connection/connections.js';
import type { SystemDatabaseOptions } from '../connection/options.js';
import type { StoredValue, ValueCodec } from '../connection/value-codec.js';
import { translateError } from '../database/driver-errors.js';
import { EVERYTHING, raiseScopes } from '../database/raise.js';
import { BadKey } from '../encryption/app-key.js';
import { isKeyCanary } from '../encryption/key-canary.js';
import type { Table } from '../tables/define-table.js';
import { keyCanaryTable } from '../tables/headgate.js';
import { tableNamed } from '../tables/index.js';
import { NO_OLDER_PROOF } from '../workers/elsewhere.js';
import { type CarriedRow, carriedTables, carryingCodecs } from './carried-tables.js';

/** The system database holds an installation already: nothing was changed. */
export class OccupiedDatabase extends Error {
  constructor() {
    super('The system database is not empty.');
    this.name = 'OccupiedDatabase';
  }
}

export interface ImportOptions {
  /** Whether what is there is deleted first. */
  readonly replace: boolean;
}

/** Tables of which a row says that someone uses this database. */
const SIGNS_OF_USE = ['user', 'service', 'role', 'app'];
/** Of one statement. */
const MOST_ROWS = 200;
const MOST_VALUES = 5_000;
const MOST_CHARACTERS = 1_000_000;

/**
 * Puts the rows that `exportRows` handed over into a migrated database, in one transaction: all or nothing. Resolves
 * when every running worker has dropped what it knew. Rejects with `OccupiedDatabase` where there are rows and they are not to be replaced, with `BadKey` where the key of `options` does not
 * open them, with `SystemUnavailable`, and with what `rows` throws.
 */
export async function importRows(
  options: SystemDatabaseOptions,
  rows: AsyncIterable<readonly [table: string, row: CarriedRow]>,
  { replace }: ImportOptions,
): Promise<void> {
  const source = { failure: undefined as unknown };
  try {
    const connections = await openConnections(options);
    try {
      await connections.write(async (runner) => {
        if (replace) await deleteAll(runner);
        else if (await isUsed(runner)) throw new OccupiedDatabase();
        await new Import(runner, options).run(noting(rows, source));
        await raiseScopes(runner, options.dialect, new Set([EVERYTHING]));
      });
      await setTimeout(NO_OLDER_PROOF);
    } finally {
      await connections.close();
    }
  } catch (error) {
    const isOurs = error === source.failure || error instanceof BadKey || error instanceof OccupiedDatabase;
    throw isOurs ? error : translateError(error);
  }
}

/** Notes what the source of the rows throws: that is no word of the database's. */
async function* noting<T>(rows: AsyncIterable<T>, source: { failure: unknown }): AsyncGenerator<T> {
  try {
    yield* rows;
  } catch (error) {
    source.failure = error;
    throw error;
  }
}

async function isUsed(runner: QueryRunner): Promise<boolean> {
  for (const table of SIGNS_OF_USE) {
    const rows: unknown[] = await runner.query(`SELECT 1 AS one FROM ${runner.dataSource.driver.escape(table)} LIMIT 1`);
    if (rows.length > 0) return true;
  }
  return false;
}

async function deleteAll(runner: QueryRunner): Promise<void> {
  for (const table of carriedTables.toReversed()) await runner.query(`DELETE FROM ${runner.dataSource.driver.escape(table.name)}`);
}

/** A reference to a row of the same table that comes later: set when all of them are there. */
interface Late {
  readonly key: StoredValue;
  readonly column: string;
  readonly value: StoredValue;
}

class Import {
  readonly #runner: QueryRunner;
  readonly #options: SystemDatabaseOptions;
  readonly #done = new Set<string>();
  #table: Table | undefined;
  #codecs: ReadonlyMap<string, ValueCodec> = new Map();
  #columns: readonly string[] = [];
  #rows: StoredValue[][] = [];
  #characters = 0;
  #late: Late[] = [];
  /** Whether the key opens the canary; undefined where there is none. */
  #opens: boolean | undefined;

  constructor(runner: QueryRunner, options: SystemDatabaseOptions) {
    this.#runner = runner;
    this.#options = options;
  }

  async run(rows: AsyncIterable<readonly [table: string, row: CarriedRow]>): Promise<void> {
    for await (const [name, row] of rows) {
      if (name !== this.#table?.name) await this.#begin(name);
      await this.#add(row);
    }
    await this.#finish();
    if (this.#opens === false)
      throw new BadKey('The key does not open the secrets of these rows: it is not the key of their installation.');
  }

  async #begin(name: string): Promise<void> {
    await this.#finish();
    const table = tableNamed(name);
    if (!table || !carriedTables.includes(table) || this.#done.has(name)) throw new Error(`there is no table ${name} to restore`);
    this.#done.add(name);
    this.#table = table;
    this.#codecs = carryingCodecs(table, this.#options);
  }

  async #add(row: CarriedRow): Promise<void> {
    const table = this.#table!;
    if (table === keyCanaryTable) this.#opens = isKeyCanary(this.#options.encrypter, row.value);
    const columns = Object.keys(row);
    if (columns.join() !== this.#columns.join()) await this.#flush();
    this.#columns = columns;
    const key = table.key === undefined ? null : (row[table.key] ?? null);
    const values = columns.map((name) => {
      const codec = this.#codecs.get(name);
      if (!codec) throw new Error(`the table ${table.name} has no column ${name}`);
      const value = codec.store(row[name]);
      if (table.columns[name]!.references?.table !== table.name || value === null || key === null || value <= key) return value;
      this.#late.push({ key, column: name, value });
      return null;
    });
    this.#rows.push(values);
    this.#characters += values.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 0), 0);
    const isFull = this.#rows.length >= MOST_ROWS || (this.#rows.length + 1) * columns.length > MOST_VALUES;
    if (isFull || this.#characters > MOST_CHARACTERS) await this.#flush();
  }

  async #flush(): Promise<void> {
    if (this.#rows.length === 0) return;
    const { driver } = this.#runner.dataSource;
    let parameter = 0;
    const one = () => `(${this.#columns.map(() => this.#parameter(++parameter)).join(', ')})`;
    const names = this.#columns.map((name) => driver.escape(name)).join(', ');
    await this.#runner.query(
      `INSERT INTO ${driver.escape(this.#table!.name)} (${names}) VALUES ${this.#rows.map(one).join(', ')}`,
      this.#rows.flat(),
    );
    this.#rows = [];
    this.#characters = 0;
  }

  async #finish(): Promise<void> {
    const table = this.#table;
    if (!table) return;
    await this.#flush();
    const { driver } = this.#runner.dataSource;
    const { key } = table;
    if (key === undefined) return;
    for (const late of this.#late) {
      await this.#runner.query(
        `UPDATE ${driver.escape(table.name)} SET ${driver.escape(late.column)} = ${this.#parameter(1)} WHERE ${driver.escape(key)} = ${this.#parameter(2)}`,
        [late.value, late.key],
      );
    }
    this.#late = [];
    const { kind } = table.columns[key]!;
    if (this.#options.dialect !== 'postgres' || (kind !== 'id' && kind !== 'bigId')) return;
    // The sequence has not seen these keys, and would give them out again.
    const [name, column] = [driver.escape(table.name), driver.escape(key)];
    await this.#runner.query(`SELECT setval(pg_get_serial_sequence($1, $2), (SELECT MAX(${column}) FROM ${name}))`, [name, key]);
  }

  #parameter(number: number): string {
    return this.#options.dialect === 'postgres' ? `$${number}` : '?';
  }
}
