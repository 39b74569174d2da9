import type { QueryRunner } from 'typeorm';
import type { SystemDialect } from '../system-database.js';
import type { Table } from '../tables/define-table.js';
import { migrationsTable, workerTable } from '../tables/headgate.js';
import { allTables } from '../tables/index.js';
import type { DdlWriter } from './ddl/ddl.js';
import { mysqlDdl } from './ddl/mysql.js';
import { postgresDdl } from './ddl/postgres.js';
import { sqliteDdl } from './ddl/sqlite.js';
import { columnNames } from './existing.js';

/**
 * One step of the schema's history. May run again after it was broken off: DDL on MySQL is not transactional. Steps run while the workers
 * before it serve: one expands the schema first, and only a later version takes away what nobody uses any more.
 */
export interface MigrationStep {
  /** Starts with its number, so that names sort in the order of the steps. */
  readonly name: string;
  /**
   * Of a step that takes something away: the oldest step whose software still serves after it. Workers whose own last step is older
   * refuse to start. Absent: every earlier version goes on.
   */
  readonly compatibleFrom?: string;
  run(runner: QueryRunner, dialect: SystemDialect): Promise<void>;
}

const WRITERS: Readonly<Record<SystemDialect, DdlWriter>> = { postgres: postgresDdl, mysql: mysqlDdl, sqlite: sqliteDdl };

export const steps: readonly MigrationStep[] = [
  {
    name: '0001_create_tables',
    async run(runner, dialect) {
      for (const table of allTables) {
        for (const statement of WRITERS[dialect].createTable(table)) await runner.query(statement);
      }
    },
  },
  {
    name: '0002_schema_compatibility',
    run: (runner, dialect) => addMissingColumns(runner, dialect, migrationsTable),
  },
  {
    name: '0003_worker_registration',
    run: (runner, dialect) => addMissingColumns(runner, dialect, workerTable),
  },
];

/** Brings a table that an earlier step made up to its present definition: columns alone, each nullable or with a default. */
export async function addMissingColumns(runner: QueryRunner, dialect: SystemDialect, table: Table): Promise<void> {
  const present = await columnNames(runner, dialect, table.name);
  for (const name of Object.keys(table.columns)) {
    if (!present.has(name)) await runner.query(WRITERS[dialect].addColumn(table, name));
  }
}
