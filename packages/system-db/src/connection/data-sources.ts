import type { Database } from 'better-sqlite3';
import type mysql from 'mysql2';
import pg from 'pg';
import { DataSource, type DataSourceOptions, type EntitySchema } from 'typeorm';
import type { SystemDatabaseOptions } from './options.js';

/** Milliseconds to wait for a connection: for a new one to open, and for one of the pool to be free. */
const CONNECT_TIMEOUT = 5_000;
const SQLITE_BUSY_TIMEOUT = 10_000;
const DEFAULT_POOL = 10;

const TIMESTAMP_OIDS = new Set<number>([pg.types.builtins.TIMESTAMP, pg.types.builtins.TIMESTAMPTZ, pg.types.builtins.DATE]);

/** Times as their text and 64-bit numbers as numbers, for these clients alone: `pg.types` of the process stays as it is. */
export const postgresTypes: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (TIMESTAMP_OIDS.has(oid)) return (text: string) => text;
    if (oid === pg.types.builtins.INT8) return Number;
    return pg.types.getTypeParser(oid, format as 'text');
  },
};

/** What every MySQL session must be: UTC, and strict, so that nothing is cut short silently. */
export const MYSQL_SESSION = "SET time_zone = '+00:00', sql_mode = CONCAT_WS(',', @@sql_mode, 'STRICT_ALL_TABLES')";

export type SqliteRole = 'write' | 'read' | 'snapshot';

/** `Client` for connections that are to end where the server does not answer; without, a statement may take as long as it likes. */
export function postgresSource(
  options: SystemDatabaseOptions,
  entities: readonly EntitySchema[],
  Client: typeof pg.Client = pg.Client,
): DataSource {
  return new DataSource({
    type: 'postgres',
    ...serverOptions(options, entities),
    ...(options.ssl !== undefined && { ssl: options.ssl }),
    driver: pg,
    connectTimeoutMS: CONNECT_TIMEOUT,
    applicationName: 'headgate',
    poolErrorHandler: (error: Error) => options.log.debug('an idle connection to the system database ended', { error: error.message }),
    // `pg_catalog` functions of extensions are none of ours.
    installExtensions: false,
    // Statements that do not wait for each other's answers share a round trip.
    extra: { types: postgresTypes, options: '-c TimeZone=UTC', keepAlive: true, pipeline: true, Client },
  });
}

/** Loads the driver on first use: most installations never need it. */
export async function mysqlSource(options: SystemDatabaseOptions, entities: readonly EntitySchema[]): Promise<DataSource> {
  const { default: driver } = await import('mysql2');
  return new DataSource({
    type: 'mysql',
    ...serverOptions(options, entities),
    ...(options.ssl !== undefined && options.ssl !== false && { ssl: options.ssl === true ? {} : options.ssl }),
    driver: { ...driver, createPool: (config: mysql.PoolOptions) => createUtcPool(driver, config) },
    charset: 'utf8mb4',
    timezone: 'Z',
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: false,
    connectTimeout: CONNECT_TIMEOUT,
    extra: { enableKeepAlive: true },
  } as DataSourceOptions);
}

/** One connection each: SQLite has one writer, and a snapshot must not hold back the reads beside it. */
export function sqliteSource(options: SystemDatabaseOptions, entities: readonly EntitySchema[], role: SqliteRole): DataSource {
  return new DataSource({
    type: 'better-sqlite3',
    database: options.file ?? '',
    entities: [...entities],
    timeout: SQLITE_BUSY_TIMEOUT,
    enableWAL: true,
    readonly: false,
    prepareDatabase: (db: Database) => prepareSqlite(db, role),
  });
}

export function prepareSqlite(db: Database, role: SqliteRole): void {
  db.pragma('synchronous = FULL');
  // LIKE ignores case for ASCII alone; this makes it ignore it as the other dialects do.
  db.function('lower_unicode', { deterministic: true }, (value: unknown) => (value === null ? null : String(value).toLowerCase()));
  if (role !== 'write') db.pragma('query_only = ON');
}

/** A source without entities, for statements of its own; not yet initialized. */
export async function bareSource(options: SystemDatabaseOptions, role: SqliteRole = 'read'): Promise<DataSource> {
  switch (options.dialect) {
    case 'postgres':
      return postgresSource(options, []);
    case 'mysql':
      return mysqlSource(options, []);
    case 'sqlite':
      return sqliteSource(options, [], role);
  }
}

function serverOptions(options: SystemDatabaseOptions, entities: readonly EntitySchema[]) {
  return {
    host: options.host ?? '127.0.0.1',
    ...(options.port !== undefined && { port: options.port }),
    ...(options.database !== undefined && { database: options.database }),
    ...(options.username !== undefined && { username: options.username }),
    ...(options.password !== undefined && { password: options.password }),
    poolSize: options.poolMax ?? DEFAULT_POOL,
    entities: [...entities],
  };
}

function createUtcPool(driver: typeof mysql, config: mysql.PoolOptions): mysql.Pool {
  const pool = driver.createPool(config);
  // Commands of a connection run in order: this one before whatever the pool gave it out for.
  pool.on('connection', (connection) => {
    connection.query(MYSQL_SESSION, (error) => {
      if (error) connection.destroy();
    });
  });
  return pool;
}
