/**
 * The thread that holds one SQLite connection. It imports nothing of ours, so that Node runs it from the source as well.
 * One request at a time; each is answered by `rows` or by `error`.
 */
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';

export interface WorkerOptions {
  readonly file: string;
  readonly busyTimeoutMs: number;
  readonly readOnly: boolean;
  /** SQL run once after opening. */
  readonly statements: readonly string[];
}

export interface WorkerRequest {
  readonly text: string;
  readonly values: readonly unknown[];
}

export type WorkerAnswer =
  | { readonly rows: unknown[][]; readonly affected: number; readonly insertId: unknown }
  | { readonly error: { readonly code: string; readonly message: string } };

/** Prepared statements kept by their text. */
const MAX_STATEMENTS = 200;

const port = parentPort!;
const options: WorkerOptions = workerData;

function open(): Database.Database {
  const database = new Database(options.file, { timeout: options.busyTimeoutMs, fileMustExist: options.readOnly });
  database.defaultSafeIntegers(true);
  if (!options.readOnly) useWriteAheadLog(database);
  for (const statement of options.statements) database.exec(statement);
  database.pragma('foreign_keys = ON');
  database.pragma('trusted_schema = OFF');
  if (options.readOnly) database.pragma('query_only = ON');
  return database;
}

/** Readers and a writer do not wait for each other then. A file that cannot be changed, or is in use, stays as it is. */
function useWriteAheadLog(database: Database.Database): void {
  try {
    database.pragma('journal_mode = WAL');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!/^SQLITE_(READONLY|BUSY)/.test(code)) throw error;
  }
}

function prepare(database: Database.Database, prepared: Map<string, Database.Statement>, text: string): Database.Statement {
  const known = prepared.get(text);
  if (known) return known;
  const statement = database.prepare(text);
  if (prepared.size >= MAX_STATEMENTS) prepared.delete(prepared.keys().next().value!);
  if (statement.reader) statement.raw();
  prepared.set(text, statement);
  return statement;
}

function run(statement: Database.Statement, values: readonly unknown[]): WorkerAnswer {
  if (!statement.reader) {
    const { changes, lastInsertRowid } = statement.run(...values);
    return { rows: [], affected: changes, insertId: narrowed(lastInsertRowid) };
  }
  const rows = statement.all(...values) as unknown[][];
  for (const row of rows) for (let i = 0; i < row.length; i++) if (typeof row[i] === 'bigint') row[i] = narrowed(row[i]);
  return { rows, affected: rows.length, insertId: undefined };
}

/** Integers that a number holds exactly travel as numbers. */
function narrowed(value: unknown): unknown {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function errorOf(error: unknown): WorkerAnswer {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'SQLITE_ERROR';
  return { error: { code, message } };
}

function serve(database: Database.Database): void {
  const prepared = new Map<string, Database.Statement>();
  port.on('message', (request: WorkerRequest | 'close') => {
    if (request === 'close') {
      database.close();
      port.close();
      return;
    }
    try {
      port.postMessage(run(prepare(database, prepared, request.text), request.values));
    } catch (error) {
      port.postMessage(errorOf(error));
    }
  });
  port.postMessage({ rows: [], affected: 0, insertId: undefined } satisfies WorkerAnswer);
}

try {
  serve(open());
} catch (error) {
  port.postMessage(errorOf(error));
}
