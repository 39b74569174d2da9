import { createHash } from 'node:crypto';
import type { Logger } from '@headgate/core';
import { Guard } from '../availability/guard.js';
import { type Health, troubleOf } from '../availability/health.js';
import type { CacheStore } from './cache-store.js';

/** Runs statements on a database, outside of transactions. */
export interface Statements {
  readonly dialect: 'postgres' | 'mysql' | 'sqlite';
  /** Placeholders are `?` in order. Answers the rows of a statement that has some. */
  run(sql: string, values: readonly (string | number)[]): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** Rows of the original lie in a table of the same shape, under the same name: what does not start so is not ours. */
const OURS = 'headgate:';
/** The width of the column. */
const LONGEST_KEY = 255;
const SWEEP_EVERY = 10 * 60_000;
/** Milliseconds for statements over many rows. */
const BULK_DEADLINE = 10_000;
const LIKE_ESCAPE = '!';

export interface DatabaseCacheOptions {
  readonly statements: Statements;
  readonly table: string;
  readonly prefix: string;
  readonly log: Logger;
}

/** A cache in a table of a database, made on first use where it is missing. Times are those of the database's clock, by whole seconds. */
export class DatabaseCache implements CacheStore {
  readonly #statements: Statements;
  readonly #prefix: string;
  readonly #guard: Guard;
  readonly #sql: ReturnType<typeof statementsOf>;
  readonly #sweeper: NodeJS.Timeout;
  #table: Promise<unknown> | undefined;

  constructor({ statements, table, prefix, log }: DatabaseCacheOptions) {
    this.#statements = statements;
    this.#prefix = `${OURS}${prefix}:`;
    this.#sql = statementsOf(statements.dialect, table);
    this.#guard = new Guard({ store: 'cache', driver: 'database', log, troubleOf });
    this.#sweeper = setInterval(() => void this.sweep().catch(() => undefined), SWEEP_EVERY);
    this.#sweeper.unref();
  }

  get health(): Health {
    return this.#guard.health;
  }

  async get(key: string): Promise<Buffer | undefined> {
    const name = this.#keyOf(key);
    // Some collations find a key in other capitals.
    const row = (await this.#run(this.#sql.select, [name])).find((row) => row.key === name);
    return row === undefined ? undefined : Buffer.from(String(row.value), 'base64');
  }

  async set(key: string, value: Uint8Array, ttlMs: number): Promise<void> {
    await this.#run(this.#sql.upsert, [this.#keyOf(key), Buffer.from(value).toString('base64'), Math.max(1, Math.ceil(ttlMs / 1000))]);
  }

  async delete(key: string): Promise<void> {
    await this.#run(this.#sql.delete, [this.#keyOf(key)]);
  }

  /** Keys that were too long for the column are all cleared with any prefix. */
  async clear(prefix = ''): Promise<void> {
    await this.#run(this.#sql.clear, [startingWith(this.#prefix + prefix), startingWith(`${this.#prefix}#`)], BULK_DEADLINE);
  }

  /** Removes what is over. */
  async sweep(): Promise<void> {
    await this.#run(this.#sql.sweep, [startingWith(this.#prefix)], BULK_DEADLINE);
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeper);
  }

  async #run(sql: string, values: readonly (string | number)[], deadlineMs?: number) {
    // Making the table is waited for once, however long it takes.
    await this.#guard.run(() => this.#withTable(), BULK_DEADLINE);
    return this.#guard.run(() => this.#statements.run(sql, values), deadlineMs);
  }

  /** Several that make the table at once disturb each other: who fails looks whether it is there. */
  #withTable(): Promise<unknown> {
    this.#table ??= this.#statements
      .run(this.#sql.create, [])
      .catch(() => this.#statements.run(this.#sql.probe, []))
      .catch((error: unknown) => {
        this.#table = undefined;
        throw error;
      });
    return this.#table;
  }

  #keyOf(key: string): string {
    const plain = this.#prefix + key;
    const isPlain = plain.length <= LONGEST_KEY && /^[\x20-\x7e]*[\x21-\x7e]$/.test(plain) && !key.startsWith('#');
    return isPlain ? plain : `${this.#prefix}#${createHash('sha256').update(plain).digest('hex')}`;
  }
}

const startingWith = (text: string) => `${text.replace(/[%_!]/g, `${LIKE_ESCAPE}$&`)}%`;

function statementsOf(dialect: Statements['dialect'], table: string) {
  const quote = dialect === 'mysql' ? '`' : '"';
  const name = `${quote}${table}${quote}`;
  const key = `${quote}key${quote}`;
  const now = { postgres: 'CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS bigint)', mysql: 'UNIX_TIMESTAMP()', sqlite: 'unixepoch()' }[
    dialect
  ];
  const text = dialect === 'mysql' ? 'LONGTEXT' : 'TEXT';
  const collation = dialect === 'mysql' ? ' CHARACTER SET ascii COLLATE ascii_bin' : '';
  const isPrefix = `${key} LIKE ? ESCAPE '${LIKE_ESCAPE}'`;
  const insert = `INSERT INTO ${name} (${key}, value, expiration) VALUES (?, ?, ${now} + ?)`;
  return {
    create: `CREATE TABLE IF NOT EXISTS ${name} (${key} VARCHAR(${LONGEST_KEY})${collation} NOT NULL PRIMARY KEY, value ${text} NOT NULL, expiration INTEGER NOT NULL)`,
    probe: `SELECT ${key} FROM ${name} WHERE 1 = 0`,
    select: `SELECT ${key}, value FROM ${name} WHERE ${key} = ? AND expiration > ${now}`,
    upsert:
      dialect === 'mysql'
        ? `${insert} ON DUPLICATE KEY UPDATE ${key} = VALUES(${key}), value = VALUES(value), expiration = VALUES(expiration)`
        : `${insert} ON CONFLICT (${key}) DO UPDATE SET value = excluded.value, expiration = excluded.expiration`,
    delete: `DELETE FROM ${name} WHERE ${key} = ?`,
    clear: `DELETE FROM ${name} WHERE ${isPrefix} OR ${isPrefix}`,
    sweep: `DELETE FROM ${name} WHERE ${isPrefix} AND expiration <= ${now}`,
  };
}
