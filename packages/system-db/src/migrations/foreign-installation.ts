import type { QueryRunner } from 'typeorm';
import type { SystemDialect } from '../system-database.js';
import { tableNames } from './existing.js';

/** The database holds DreamFactory's tables and was never Headgate's: nothing was changed. */
export class ForeignInstallation extends Error {
  constructor() {
    super(
      'This database holds the tables of a DreamFactory installation (its table "migrations" names them). Nothing was changed: taking such a database over is not part of this version. Point DB_DATABASE at an empty database.',
    );
    this.name = 'ForeignInstallation';
  }
}

const FIRST_MIGRATION = '2015_01_27_190908_create_system_tables';
const SURE_SIGNS = ['migrations', 'service', 'role_service_access', 'instance_id'];

/** Throws `ForeignInstallation` for a database of the original (system-service.md 6.3). */
export async function refuseForeignInstallation(runner: QueryRunner, dialect: SystemDialect): Promise<void> {
  const tables = await tableNames(runner, dialect);
  if (tables.has('headgate_migrations') || !SURE_SIGNS.every((name) => tables.has(name))) return;
  const rows: unknown[] = await runner.query(`SELECT 1 FROM migrations WHERE migration = '${FIRST_MIGRATION}'`);
  if (rows.length > 0) throw new ForeignInstallation();
}
