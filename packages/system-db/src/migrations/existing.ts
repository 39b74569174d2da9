import type { QueryRunner } from 'typeorm';
import type { SystemDialect } from '../system-database.js';

/** The names of the tables that are there. */
export async function tableNames(runner: QueryRunner, dialect: SystemDialect): Promise<ReadonlySet<string>> {
  const query = {
    postgres: 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()',
    mysql: 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()',
    sqlite: "SELECT name FROM sqlite_master WHERE type = 'table'",
  }[dialect];
  const rows: { name: string }[] = await runner.query(query);
  return new Set(rows.map((row) => row.name));
}

/** The names of the columns that a table has. */
export async function columnNames(runner: QueryRunner, dialect: SystemDialect, table: string): Promise<ReadonlySet<string>> {
  const query = {
    postgres: `SELECT column_name AS name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = '${table}'`,
    mysql: `SELECT column_name AS name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = '${table}'`,
    sqlite: `SELECT name FROM pragma_table_info('${table}')`,
  }[dialect];
  const rows: { name: string }[] = await runner.query(query);
  return new Set(rows.map((row) => row.name));
}
