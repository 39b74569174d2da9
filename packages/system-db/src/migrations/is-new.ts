import { bareSource } from '../connection/data-sources.js';
import type { SystemDatabaseOptions } from '../connection/options.js';
import { translateError } from '../database/driver-errors.js';
import { tableNames } from './existing.js';
import { refuseForeignInstallation } from './foreign-installation.js';

/**
 * Whether nothing was ever encrypted in this system database, so that a new key may be made for it. Changes nothing. Rejects with
 * `ForeignInstallation` and `SystemUnavailable` as `migrate` does. The key of `options` is not used.
 */
export async function isNewInstallation(options: SystemDatabaseOptions): Promise<boolean> {
  const source = await bareSource({ ...options, poolMax: 1 });
  try {
    await source.initialize();
    const runner = source.createQueryRunner();
    try {
      await refuseForeignInstallation(runner, options.dialect);
      if (!(await tableNames(runner, options.dialect)).has('headgate_key_canary')) return true;
      const rows: unknown[] = await runner.query('SELECT id FROM headgate_key_canary');
      return rows.length === 0;
    } finally {
      await runner.release();
    }
  } catch (error) {
    throw translateError(error);
  } finally {
    if (source.isInitialized) await source.destroy();
  }
}
