import { SystemUnavailable } from '@headgate/core';
import type { QueryRunner } from 'typeorm';
import { bareSource } from '../connection/data-sources.js';
import type { SystemDatabaseOptions } from '../connection/options.js';
import { translateError } from '../database/driver-errors.js';
import type { SystemDialect } from '../system-database.js';

/** What only one process at a time does to a system database: `migrate` its schema, and around it `prepare` a new installation. */
export type LockName = 'migrate' | 'prepare';

/** Any numbers: who holds the lock of one does that work. */
const NUMBERS: Readonly<Record<LockName, number>> = { migrate: 7_244_120_118, prepare: 7_244_120_119 };
const LOCK_SECONDS = 60;

/** Runs work under a lock of the database server's; it ends with the connection. SQLite has none but that of a transaction that writes. */
export async function underLock<R>(
  runner: QueryRunner,
  dialect: Exclude<SystemDialect, 'sqlite'>,
  name: LockName,
  work: () => Promise<R>,
): Promise<R> {
  if (dialect === 'postgres') {
    await runner.query(`SET lock_timeout = '${LOCK_SECONDS}s'`);
    await runner.query('SELECT pg_advisory_lock($1)', [NUMBERS[name]]);
    return await work().finally(() => runner.query('SELECT pg_advisory_unlock($1)', [NUMBERS[name]]).catch(() => undefined));
  }
  const lock = `CONCAT('headgate_${name}:', MD5(DATABASE()))`;
  const [row]: { taken: unknown }[] = await runner.query(`SELECT GET_LOCK(${lock}, ?) AS taken`, [LOCK_SECONDS]);
  if (Number(row?.taken) !== 1) throw SystemUnavailable().withDetail(`another migration has been running for ${LOCK_SECONDS} seconds`);
  return await work().finally(() => runner.query(`SELECT RELEASE_LOCK(${lock})`).catch(() => undefined));
}

/**
 * Runs what prepares an installation (`migrate`, the first rows, the first administrator) while no other process does the same. On SQLite
 * each of these is one transaction that looks before it writes, which is enough.
 */
export async function preparingAlone<R>(options: SystemDatabaseOptions, work: () => Promise<R>): Promise<R> {
  const { dialect } = options;
  if (dialect === 'sqlite') return work();
  const source = await bareSource({ ...options, poolMax: 1 });
  try {
    await source.initialize();
    const runner = source.createQueryRunner();
    try {
      return await underLock(runner, dialect, 'prepare', work);
    } finally {
      await runner.release();
    }
  } catch (error) {
    throw translateError(error);
  } finally {
    if (source.isInitialized) await source.destroy();
  }
}
