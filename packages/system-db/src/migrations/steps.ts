import type { QueryRunner } from 'typeorm';
import type { SystemDialect } from '../system-database.js';
import { allTables } from '../tables/index.js';
import type { DdlWriter } from './ddl/ddl.js';
import { mysqlDdl } from './ddl/mysql.js';
import { postgresDdl } from './ddl/postgres.js';
import { sqliteDdl } from './ddl/sqlite.js';

/** One step of the schema's history. May run again after it was broken off: DDL on MySQL is not transactional. */
export interface MigrationStep {
  readonly name: string;
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
];
