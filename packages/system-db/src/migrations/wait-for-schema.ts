import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { HeadgateError, SystemUnavailable } from '@headgate/core';
import { bareSource } from '../connection/data-sources.js';
import type { SystemDatabaseOptions } from '../connection/options.js';
import { translateError } from '../database/driver-errors.js';
import { refuseForeignInstallation } from './foreign-installation.js';
import { checkSchema, UnfitSchema } from './schema-fit.js';

export interface SchemaPatience {
  /** How long to wait, in milliseconds; 0 looks once. */
  readonly patience: number;
  /** Ends the waiting: rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds between two looks. */
const BETWEEN_LOOKS = 500;

/**
 * Resolves when the system database has a schema and first rows that this version can serve from: what `migrate` makes, and workers wait
 * for. Rejects when the patience has ended, with `UnfitSchema` or `SystemUnavailable`; at once with what waiting does not mend: an
 * `UnfitSchema` of a newer version, `ForeignInstallation`.
 */
export async function waitForSchema(options: SystemDatabaseOptions, { patience, signal }: SchemaPatience): Promise<void> {
  let told: string | undefined;
  for (const deadline = performance.now() + patience; ; await setTimeout(BETWEEN_LOOKS, undefined, { signal })) {
    signal?.throwIfAborted();
    try {
      await look(options);
      if (told !== undefined) options.log.info('the system database is ready');
      return;
    } catch (error) {
      if (!isWorthWaiting(error) || performance.now() + BETWEEN_LOOKS > deadline) throw error;
      if (told === error.message) continue;
      told = error.message;
      options.log.warn(`waiting up to ${Math.ceil((deadline - performance.now()) / 1000)} seconds: ${told}`);
    }
  }
}

function isWorthWaiting(error: unknown): error is Error {
  return error instanceof UnfitSchema ? error.canBeMigrated : error instanceof HeadgateError && error.is(SystemUnavailable);
}

/** One look, on a connection of its own: nothing is held while waiting. */
async function look(options: SystemDatabaseOptions): Promise<void> {
  const { dialect } = options;
  if (dialect === 'sqlite' && !existsSync(options.file ?? ''))
    throw new UnfitSchema(`There is no system database at ${options.file}: run \`headgate migrate\`.`, true);
  const source = await bareSource({ ...options, poolMax: 1 });
  try {
    await source.initialize();
    const runner = source.createQueryRunner();
    try {
      await refuseForeignInstallation(runner, dialect);
      await checkSchema(runner, dialect);
    } finally {
      await runner.release();
    }
  } catch (error) {
    throw translateError(error);
  } finally {
    if (source.isInitialized) await source.destroy();
  }
}
