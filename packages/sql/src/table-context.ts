import type { Envelope, Logger, ServiceDefinition } from '@headgate/core';
import type { SqlConfig, SqlSettings } from './config.js';
import type { Dialect } from './dialect/dialect.js';
import type { StatementCache } from './plan/statement-cache.js';
import type { SchemaCache } from './schema/schema-cache.js';
import type { Source } from './source/source.js';

/** What reading and writing the tables of one service needs of it. One per service instance. */
export interface TableContext {
  readonly definition: ServiceDefinition;
  readonly envelope: Envelope;
  readonly log: Logger;
  readonly config: SqlConfig;
  readonly settings: SqlSettings;
  readonly source: Source;
  readonly dialect: Dialect;
  readonly schema: SchemaCache;
  readonly statements: StatementCache;
  /** The most records of one answer: `max_records`, capped by `DB_MAX_RECORDS_RETURNED`. */
  readonly maxRecords: number;
}
