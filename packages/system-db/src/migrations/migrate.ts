import { HeadgateError, type Logger } from '@headgate/core';
import { type DataSource, QueryFailedError, type QueryRunner } from 'typeorm';
import { bareSource } from '../connection/data-sources.js';
import type { SystemDatabaseOptions } from '../connection/options.js';
import { translateError } from '../database/driver-errors.js';
import type { TriggerState } from '../state/configuration.js';
import type { SystemDialect } from '../system-database.js';
import { refuseForeignInstallation } from './foreign-installation.js';
import { underLock } from './lock.js';
import { doneSteps, refuseTooNew } from './schema-fit.js';
import { schemaVersion } from './schema-version.js';
import { type MigrationStep, steps } from './steps.js';
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
 * DreamFactory's and `UnfitSchema` where a newer Headgate's leaves no room for this version, having changed nothing, and with
 * `SystemUnavailable` where it does not answer.
 */
export async function migrate(options: SystemDatabaseOptions, { log }: { readonly log: Logger }): Promise<MigrationReport> {
  const { dialect } = options;
  const source = await bareSource(options, 'write');
  try {
    await source.initialize();
    return await alone(source, dialect, async (runner, transaction) => {
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

async function alone<R>(
  source: DataSource,
  dialect: SystemDialect,
  work: (runner: QueryRunner, transaction: Transaction) => Promise<R>,
): Promise<R> {
  const runner = source.createQueryRunner();
  await runner.connect();
  try {
    if (dialect === 'postgres')
      return await underLock(runner, dialect, 'migrate', () => work(runner, (steps) => within(runner, 'BEGIN', steps)));
    if (dialect === 'mysql') return await underLock(runner, dialect, 'migrate', () => work(runner, (steps) => steps()));
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
  const known = await doneSteps(runner, dialect);
  refuseTooNew(known);
  const done = new Set(known.map(({ name }) => name));
  const applied: string[] = [];
  for (const step of steps) {
    if (done.has(step.name)) continue;
    await transaction(async () => {
      await step.run(runner, dialect);
      await remember(runner, dialect, step);
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
  if ((await doneSteps(runner, dialect)).some(({ name }) => name === TRIGGERS_STEP)) return 'installed';
  try {
    await transaction(async () => {
      for (const statement of TRIGGERS[dialect]()) await runner.query(statement);
      await remember(runner, dialect, { name: TRIGGERS_STEP });
    });
    applied.push(TRIGGERS_STEP);
    return 'installed';
  } catch (error) {
    if (!isRefused(error)) throw error;
    log.warn('this user may not make triggers on the system database: what others write is seen within 30 seconds, not at once');
    return 'refused';
  }
}

async function remember(runner: QueryRunner, dialect: SystemDialect, { name, compatibleFrom }: Omit<MigrationStep, 'run'>): Promise<void> {
  // The column may be missing from a table of the first version, until the step that adds it.
  const columns = compatibleFrom === undefined ? ['name'] : ['name', 'compatible_from'];
  const values = columns.map((_, index) => (dialect === 'postgres' ? `$${index + 1}` : '?'));
  await runner.query(`INSERT INTO headgate_migrations (${columns.join(', ')}) VALUES (${values.join(', ')})`, [
    name,
    ...(compatibleFrom === undefined ? [] : [compatibleFrom]),
  ]);
}

function isRefused(error: unknown): boolean {
  if (error instanceof HeadgateError || !(error instanceof QueryFailedError)) return false;
  const { code } = error.driverError as { code?: unknown };
  return typeof code === 'string' && REFUSED.has(code);
}
