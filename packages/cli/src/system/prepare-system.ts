import { createFirstAdmin, createPasswords, hasActiveAdmin } from '@headgate/access';
import { HeadgateError, type Logger, type Settings, SetupRefused } from '@headgate/core';
import {
  type MigrationReport,
  migrate,
  openSystemDatabase,
  preparingAlone,
  type SystemDatabase,
  type SystemDatabaseOptions,
  seed,
} from '@headgate/system-db';
import { databaseOptions } from './database-options.js';

export interface PreparedSystem {
  readonly db: SystemDatabase;
  readonly migration: MigrationReport;
  /** Whether the database was empty before. */
  readonly isNew: boolean;
  readonly madeAdmin: boolean;
  readonly hasAdmin: boolean;
}

/**
 * Brings the system database up to date, seeds an empty one, and makes the first administrator that `ADMIN_EMAIL` and `ADMIN_PASSWORD`
 * name where there is none. Several at once wait for each other. The caller closes `db`.
 */
export function prepareSystem(settings: Settings, log: Logger): Promise<PreparedSystem> {
  const options = databaseOptions(settings, log);
  return preparingAlone(options, () => prepare(options, settings, log));
}

async function prepare(options: SystemDatabaseOptions, settings: Settings, log: Logger): Promise<PreparedSystem> {
  const migration = await migrate(options, { log });
  const db = await openSystemDatabase(options);
  try {
    const { seeded } = await seed(db, { log });
    const madeAdmin = !(await hasActiveAdmin(db)) && (await makeFirstAdmin(db, settings));
    return { db, migration, isNew: seeded, madeAdmin, hasAdmin: await hasActiveAdmin(db) };
  } catch (error) {
    await db.close();
    throw error;
  }
}

async function makeFirstAdmin(db: SystemDatabase, { auth, firstAdmin }: Settings): Promise<boolean> {
  const { email, password, firstName, lastName, phone } = firstAdmin;
  if (email === undefined || password === undefined) return false;
  const passwords = createPasswords({ passwordHash: auth.passwordHash, bcryptRounds: auth.bcryptRounds });
  try {
    await createFirstAdmin(db, passwords, { email, password, first_name: firstName, last_name: lastName, phone }, 'operator');
    return true;
  } catch (error) {
    // On SQLite another process may have made one in the meantime.
    if (error instanceof HeadgateError && error.is(SetupRefused) && (await hasActiveAdmin(db))) return false;
    throw error;
  } finally {
    await passwords.close();
  }
}
