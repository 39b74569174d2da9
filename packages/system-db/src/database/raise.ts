import { randomBytes } from 'node:crypto';
import type { QueryRunner } from 'typeorm';
import type { SystemDialect } from '../system-database.js';

/** The row of the last change of all. */
export const LAST_CHANGE = '*';
/** The scope that means everything. */
export const EVERYTHING = 'all';
/** How many of the last changes are kept by number, for readers to see that their own past is the database's. */
export const REMEMBERED_CHANGES = 256;
const MAX_SCOPES = 100;
/** Rows of the outbox taken at once. */
const MAX_NOTES = 10_000;
const NOTES_A_STATEMENT = 500;

export const rememberedChange = (version: number): string => `~${version % REMEMBERED_CHANGES}`;

const UPSERT = {
  postgres: { end: 'ON CONFLICT (scope) DO UPDATE SET version = EXCLUDED.version, nonce = EXCLUDED.nonce' },
  sqlite: { end: 'ON CONFLICT (scope) DO UPDATE SET version = excluded.version, nonce = excluded.nonce' },
  mysql: { end: 'ON DUPLICATE KEY UPDATE version = VALUES(version), nonce = VALUES(nonce)' },
} as const;

/**
 * Raises scopes as the last statements of a transaction. The row `*` comes first: its lock lets one change at a time go through here, so
 * that numbers are in the order of the commits and no two changes wait for each other's scopes.
 */
export async function raiseScopes(runner: QueryRunner, dialect: SystemDialect, asked: ReadonlySet<string>): Promise<void> {
  const scopes = new Set(asked);
  if (dialect !== 'postgres') await takeFromOutbox(runner, dialect, scopes);
  if (scopes.size === 0) return;
  const nonce = randomBytes(8).toString('hex');
  const version = await nextVersion(runner, dialect, nonce);
  const rows = [rememberedChange(version), ...rowsOf(scopes)];
  const values = rows
    .map((_, row) => (dialect === 'postgres' ? `($${row * 3 + 1}, $${row * 3 + 2}, $${row * 3 + 3})` : '(?, ?, ?)'))
    .join(', ');
  await runner.query(
    `INSERT INTO headgate_version (scope, version, nonce) VALUES ${values} ${UPSERT[dialect].end}`,
    rows.flatMap((scope) => [scope, version, nonce]),
  );
}

/** Many scopes are raised as everything; services stay named, since that is how their caches are flushed. */
function rowsOf(scopes: ReadonlySet<string>): string[] {
  const sorted = [...scopes].sort();
  return sorted.length > MAX_SCOPES ? [EVERYTHING, ...sorted.filter((scope) => scope.startsWith('service:'))] : sorted;
}

async function nextVersion(runner: QueryRunner, dialect: SystemDialect, nonce: string): Promise<number> {
  if (dialect === 'mysql') {
    await runner.query(
      "INSERT INTO headgate_version (scope, version, nonce) VALUES ('*', 1, ?) ON DUPLICATE KEY UPDATE version = version + 1, nonce = VALUES(nonce)",
      [nonce],
    );
    return versionIn(await runner.query("SELECT version FROM headgate_version WHERE scope = '*'"));
  }
  const parameter = dialect === 'postgres' ? '$1' : '?';
  return versionIn(
    await runner.query(
      `INSERT INTO headgate_version (scope, version, nonce) VALUES ('*', 1, ${parameter}) ON CONFLICT (scope) DO UPDATE SET version = headgate_version.version + 1, nonce = EXCLUDED.nonce RETURNING version`,
      [nonce],
    ),
  );
}

/**
 * Takes what triggers have noted, rows of this very transaction included. Rows are deleted by their keys alone: a scan would wait for
 * rows that other transactions have not committed yet, which may be waiting for this one.
 */
async function takeFromOutbox(runner: QueryRunner, dialect: SystemDialect, scopes: Set<string>): Promise<void> {
  const rows: { id: number; scope: string }[] = await runner.query(`SELECT id, scope FROM headgate_outbox ORDER BY id LIMIT ${MAX_NOTES}`);
  for (let start = 0; start < rows.length; start += NOTES_A_STATEMENT) {
    const ids = rows.slice(start, start + NOTES_A_STATEMENT).map((row) => row.id);
    const source = dialect === 'mysql' ? 'o FROM headgate_outbox AS o FORCE INDEX (PRIMARY)' : 'FROM headgate_outbox AS o';
    await runner.query(`DELETE ${source} WHERE o.id IN (${ids.map(() => '?').join(', ')})`, ids);
  }
  // What is left for the next time is covered all the same: so many scopes are raised as everything.
  for (const row of rows) scopes.add(row.scope);
  if (rows.length === MAX_NOTES) scopes.add(EVERYTHING);
}

function versionIn(rows: unknown): number {
  const [row] = rows as readonly { version?: unknown }[];
  return Number(row?.version);
}
