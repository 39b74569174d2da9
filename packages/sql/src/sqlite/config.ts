import { z } from 'zod';
import type { SqlConfig, SqlSettings } from '../config.js';
import { commonConfig, commonShape, optionalText, requireText } from '../service-type/schema.js';
import { databasePath } from './database-file.js';

export interface SqliteConfig extends SqlConfig {
  /** May hold lookups. */
  readonly database: string;
}

const NO_DATABASE = 'Database connection information must contain at least database name.';
const OUTSIDE = 'The database field must name a file inside the SQLite storage folder.';

/** Checks and completes the configuration of a SQLite service. */
export function sqliteConfigSchema(settings: SqlSettings): z.ZodType<SqliteConfig> {
  return z
    .object({ ...commonShape, database: optionalText })
    .superRefine((values, context) => {
      requireText(['database'], NO_DATABASE)(values, context);
      const { database } = values;
      if (database === undefined || database.includes('{')) return;
      if (databasePath(settings.sqliteStorage, database) === undefined)
        context.addIssue({ code: 'custom', path: ['database'], message: OUTSIDE });
    })
    .transform((values) => ({ ...commonConfig(values, settings), database: values.database ?? '' }));
}
