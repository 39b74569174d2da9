/** What every SQL service configuration has, once its type's schema has parsed it (database-services.md 1.2). */
export interface SqlConfig {
  /** `undefined`: every schema; `default`: the connection's own; else one name. */
  readonly schema: string | undefined;
  readonly allowUpsert: boolean;
  /** Most records per answer. */
  readonly maxRecords: number;
  readonly cacheEnabled: boolean;
  readonly cacheTtl: number;
  /** SQL run after each connect. */
  readonly statements: readonly string[];
  /** New beside the contract. */
  readonly poolMax: number;
  readonly acquireTimeoutMs: number;
  readonly statementTimeoutMs: number;
  readonly readOnly: boolean;
  readonly types: 'contract' | 'native';
}

/** Limits of the worker that hold for all its SQL services (environment settings). */
export interface SqlSettings {
  /** `DB_MAX_RECORDS_RETURNED`. */
  readonly maxRecordsCap: number;
  readonly defaultPoolMax: number;
  readonly defaultAcquireTimeoutMs: number;
  readonly defaultStatementTimeoutMs: number;
  /** Connections over all services of this worker. */
  readonly connectionBudget: number;
  /** `DF_SQLITE_STORAGE`. */
  readonly sqliteStorage: string;
  readonly lookupModifiers: readonly string[];
  /** `DB_QUERY_LOG_ENABLED`: each statement is logged at DEBUG. */
  readonly queryLog?: boolean;
}
