import { readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { CORPUS } from './run.js';

/** Loads the corpus's sample database into an empty PostgreSQL database. */
export async function loadSample(database: string): Promise<void> {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  try {
    await client.query(readFileSync(path.join(CORPUS, 'sample.sql'), 'utf8'));
  } finally {
    await client.end();
  }
}
