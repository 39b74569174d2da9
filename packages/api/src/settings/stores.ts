import type { Statements } from '@headgate/store';
import type { VersionedSystemDatabase } from '@headgate/system-db';

/** The system database as the place of a cache table (`CACHE_STORE=database`). */
export function cacheStatements(db: Pick<VersionedSystemDatabase, 'dialect' | 'statement'>): Statements {
  return { dialect: db.dialect, run: (sql, values) => db.statement(sql, values) };
}
