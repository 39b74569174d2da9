import type { QueryRunner } from 'typeorm';
import { bareSource } from '../connection/data-sources.js';
import type { SystemDatabaseOptions } from '../connection/options.js';
import { translateError } from '../database/driver-errors.js';
import { TRIGGERS_STEP } from '../migrations/triggers/state.js';
import type { SystemDialect } from '../system-database.js';

/** What the server of the system database says of itself. */
export interface SystemServerFacts {
  readonly dialect: SystemDialect;
  /** `PostgreSQL 17.2`, `MariaDB 11.8.2`, `SQLite 3.50.1` */
  readonly server: string;
  /** Sessions that users like ours may have at once; undefined where there is no such bound. */
  readonly maxConnections: number | undefined;
  /** Sessions at present; undefined where the user may not see those of others. */
  readonly connections: number | undefined;
  /** Milliseconds by which its clock is ahead of that of this machine, measured to half a round trip. */
  readonly clockAheadMs: number;
  /** Whether the triggers of this version are there; undefined where `migrate` has not run. */
  readonly hasTriggers: boolean | undefined;
}

/** Connections of one worker beside its pool: one proves the configuration, one keeps the worker registered. */
export const CONNECTIONS_BESIDE_POOL = 2;

interface Answer {
  readonly server: unknown;
  readonly most?: unknown;
  readonly present?: unknown;
  readonly clock?: unknown;
}

const QUERIES: Readonly<Record<SystemDialect, string>> = {
  // Names of settings that a version does not have read as null.
  postgres: `SELECT 'PostgreSQL ' || split_part(current_setting('server_version'), ' ', 1) AS server,
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
      - coalesce(current_setting('reserved_connections', true)::int, 0) AS most,
    (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS present,
    (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS clock`,
  mysql: `SELECT IF(VERSION() LIKE '%MariaDB%', CONCAT('MariaDB ', SUBSTRING_INDEX(VERSION(), '-', 1)), CONCAT('MySQL ', VERSION())) AS server,
    @@max_connections AS most, NULL AS present, UNIX_TIMESTAMP(NOW(6)) * 1000 AS clock`,
  sqlite: "SELECT 'SQLite ' || sqlite_version() AS server",
};

/** Asks the server, on a connection of its own. Rejects with `SystemUnavailable`. */
export async function inspectSystemServer(options: SystemDatabaseOptions): Promise<SystemServerFacts> {
  const { dialect } = options;
  const source = await bareSource({ ...options, poolMax: 1 });
  try {
    await source.initialize();
    const runner = source.createQueryRunner();
    try {
      await runner.query('SELECT 1');
      const asked = Date.now();
      const [answer]: Answer[] = await runner.query(QUERIES[dialect]);
      const answered = Date.now();
      const number = (value: unknown) => (value === null || value === undefined ? undefined : Number(value));
      const clock = number(answer?.clock);
      return {
        dialect,
        server: String(answer?.server),
        maxConnections: number(answer?.most),
        connections: number(answer?.present),
        clockAheadMs: clock === undefined ? 0 : Math.round(clock - (asked + answered) / 2),
        hasTriggers: await hasTriggers(runner),
      };
    } finally {
      await runner.release();
    }
  } catch (error) {
    throw translateError(error);
  } finally {
    if (source.isInitialized) await source.destroy();
  }
}

async function hasTriggers(runner: QueryRunner): Promise<boolean | undefined> {
  try {
    const rows: unknown[] = await runner.query(`SELECT 1 AS one FROM headgate_migrations WHERE name = '${TRIGGERS_STEP}'`);
    return rows.length > 0;
  } catch {
    return undefined;
  }
}
