import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';

/** The file of the sample database, in the folder of SQLite services. */
export const SAMPLE_FILE = 'db.sqlite';

/** Makes the sample database in the folder of SQLite services, unless a file of that name is there. */
export function makeSampleDatabase(folder: string): void {
  const file = path.join(folder, SAMPLE_FILE);
  if (existsSync(file)) return;
  mkdirSync(folder, { recursive: true });
  const database = new Database(file);
  try {
    const script = readFileSync(new URL('../../src/sample/sample.sql', import.meta.url), 'utf8');
    database.transaction(() => database.exec(script))();
  } finally {
    database.close();
  }
}
