import { HeadgateError, type Logger, SystemUnavailable } from '@headgate/core';
import { type DataSource, QueryFailedError, type QueryRunner } from 'typeorm';
import { mysqlSource, postgresSource, sqliteSource } from '../connection/data-sources.js';
import type { SystemDatabaseOptions } from '../connection/options.js';
import { translateError } from '../database/driver-errors.js';
import type { TriggerState } from '../state/configuration.js';
import type { SystemDialect } from '../system-database.js';
import { refuseForeignInstallation } from './foreign-installation.js';
import { schemaVersion } from './schema-version.js';
import { steps } from './steps.js';
import { mysqlTriggers, sqliteTriggers } from './triggers/outbox.js';
import { postgresTriggers } from './triggers/postgres.js';
import { TRIGGERS_STEP } from './triggers/state.js';

export interface MigrationReport {
  readonly dialect: SystemDialect;
  /** The steps that this run did, in order; none where the schema was up to date. */
  readonly applied: readonly string[];
  readonly triggers: TriggerState;
  readonly schemaVersion: string;
}

/** Any number: who holds the lock of this number migrates. */
const LOCK = 7_244_120_118;
const LOCK_SECONDS = 60;

/** Codes of servers that do not let this user make triggers or functions. */
const REFUSED = new Set([
  '42501',
  'ER_TRG_NO_DEFINER',
  'ER_BINLOG_CREATE_ROUTINE_NEED_SUPER',
  'ER_TABLEACCESS_DENIED_ERROR',
  'ER_SPECIFIC_ACCESS_DENIED_ERROR',
  'ER_DBACCESS_DENIED_ERROR',
]);

const TRIGGERS: Readonly<Record<SystemDialect, () => readonly string[]>> = {
  postgres: postgresTriggers,
  mysql: mysqlTriggers,
  sqlite: sqliteTriggers,
};

/**
 * Makes the schema, or brings it up to date. Several at once wait for each other. Rejects with `ForeignInstallation` where the database is
 * DreamFactory's, having changed nothing, and with `SystemUnavailable` where it does not answer.
 */
export async function migrate(options: SystemDatabaseOptions, { log }: { readonly log: Logger }): Promise<MigrationReport> {
  const { dialect } = options;
  const source = await { postgres: postgresSource, mysql: mysqlSource, sqlite: (o: SystemDatabaseOptions) => sqliteSource(o, [], 'write') }[
    dialect
  ](options, []);
  try {
    await source.initialize();
    return await underLock(source, dialect, async (runner, transaction) => {
      await refuseForeignInstallation(runner, dialect);
      const applied = await applySteps(runner, dialect, transaction, log);
      const triggers = await applyTriggers(runner, dialect, transaction, log, applied);
      return { dialect, applied, triggers, schemaVersion };
    });
  } catch (error) {
    throw translateError(error);
  } finally {
    if (source.isInitialized) await source.destroy();
  }
}

/** Runs work so that it is done whole or not at all, where the dialect can do that for DDL. */
type Transaction = (work: () => Promise<void>) => Promise<void>;

async function underLock<R>(
  source: DataSource,
  dialect: SystemDialect,
  work: (runner: QueryRunner, transaction: Transaction) => Promise<R>,
): Promise<R> {
  const runner = source.createQueryRunner();
  await runner.connect();
  try {
    switch (dialect) {
      case 'postgres':
        await runner.query(`SET lock_timeout = '${LOCK_SECONDS}s'`);
        await runner.query('SELECT pg_advisory_lock($1)', [LOCK]);
        return await work(runner, (steps) => within(runner, 'BEGIN', steps)).finally(() =>
          runner.query('SELECT pg_advisory_unlock($1)', [LOCK]).catch(() => undefined),
        );
      case 'mysql': {
        const [row]: { taken: unknown }[] = await runner.query(
          "SELECT GET_LOCK(CONCAT('headgate_migrate:', MD5(DATABASE())), ?) AS taken",
          [LOCK_SECONDS],
        );
        if (Number(row?.taken) !== 1)
          throw SystemUnavailable().withDetail(`another migration has been running for ${LOCK_SECONDS} seconds`);
        return await work(runner, (steps) => steps()).finally(() =>
          runner.query("SELECT RELEASE_LOCK(CONCAT('headgate_migrate:', MD5(DATABASE())))").catch(() => undefined),
        );
      }
      case 'sqlite': {
        // The write lock of the file is the lock: all of it is one transaction.
        await runner.query('BEGIN IMMEDIATE');
        try {
          const result = await work(runner, (steps) => steps());
          await runner.query('COMMIT');
          return result;
        } catch (error) {
          await runner.query('ROLLBACK').catch(() => undefined);
          throw error;
        }
      }
    }
  } finally {
    await runner.release();
  }
}

async function within(runner: QueryRunner, begin: string, work: () => Promise<void>): Promise<void> {
  await runner.query(begin);
  try {
    await work();
    await runner.query('COMMIT');
  } catch (error) {
    await runner.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function applySteps(runner: QueryRunner, dialect: SystemDialect, transaction: Transaction, log: Logger): Promise<string[]> {
  const done = await doneSteps(runner, dialect);
  const applied: string[] = [];
  for (const step of steps) {
    if (done.has(step.name)) continue;
    await transaction(async () => {
      await step.run(runner, dialect);
      await remember(runner, dialect, step.name);
    });
    log.info('a step of the system database is done', { step: step.name });
    applied.push(step.name);
  }
  return applied;
}

/** Makes the triggers where they are not those of this version; a user who may not make them is no reason to stop. */
async function applyTriggers(
  runner: QueryRunner,
  dialect: SystemDialect,
  transaction: Transaction,
  log: Logger,
  applied: string[],
): Promise<TriggerState> {
  if ((await doneSteps(runner, dialect)).has(TRIGGERS_STEP)) return 'installed';
  try {
    await transaction(async () => {
      for (const statement of TRIGGERS[dialect]()) await runner.query(statement);
      await remember(runner, dialect, TRIGGERS_STEP);
    });
    applied.push(TRIGGERS_STEP);
    return 'installed';
  } catch (error) {
    if (!isRefused(error)) throw error;
    log.warn('this user may not make triggers on the system database: what others write is seen within 30 seconds, not at once');
    return 'refused';
  }
}

async function doneSteps(runner: QueryRunner, dialect: SystemDialect): Promise<ReadonlySet<string>> {
  const exists = {
    postgres: "SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = 'headgate_migrations'",
    mysql: "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'headgate_migrations'",
    sqlite: "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'headgate_migrations'",
  }[dialect];
  const tables: unknown[] = await runner.query(exists);
  if (tables.length === 0) return new Set();
  const rows: { name: string }[] = await runner.query('SELECT name FROM headgate_migrations');
  return new Set(rows.map((row) => row.name));
}

async function remember(runner: QueryRunner, dialect: SystemDialect, name: string): Promise<void> {
  await runner.query(`INSERT INTO headgate_migrations (name) VALUES (${dialect === 'postgres' ? '$1' : '?'})`, [name]);
}

function isRefused(error: unknown): boolean {
  if (error instanceof HeadgateError || !(error instanceof QueryFailedError)) return false;
  const { code } = error.driverError as { code?: unknown };
  return typeof code === 'string' && REFUSED.has(code);
}
