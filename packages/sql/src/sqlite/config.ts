import { z } from 'zod';
import type { SqlConfig, SqlSettings } from '../config.js';
import { commonConfig, commonShape, optionalText, requireText } from '../service-type/schema.js';
import { allowedStatement, databasePath } from './database-file.js';

export interface SqliteConfig extends SqlConfig {
  /** May hold lookups. */
  readonly database: string;
}

const NO_DATABASE = 'Database connection information must contain at least database name.';
const OTHER_FILES = 'The statements field must not use ATTACH or VACUUM, which reach other files.';
const OUTSIDE = 'The database field must name a file inside the SQLite storage folder.';

/** A connection costs a thread, and more threads than this make a file no faster. */
const DEFAULT_POOL_MAX = 4;

/** Checks and completes the configuration of a SQLite service. */
export function sqliteConfigSchema(settings: SqlSettings): z.ZodType<SqliteConfig> {
  return z
    .object({ ...commonShape, database: optionalText })
    .superRefine((values, context) => {
      requireText(['database'], NO_DATABASE)(values, context);
      const { database, statements = [] } = values;
      if (!statements.every(allowedStatement)) context.addIssue({ code: 'custom', path: ['statements'], message: OTHER_FILES });
      if (database === undefined || database.includes('{')) return;
      if (databasePath(settings.sqliteStorage, database) === undefined)
        context.addIssue({ code: 'custom', path: ['database'], message: OUTSIDE });
    })
    .transform((values) => ({
      ...commonConfig(values, settings),
      poolMax: values.pool_max ?? Math.min(settings.defaultPoolMax, DEFAULT_POOL_MAX),
      database: values.database ?? '',
    }));
}
