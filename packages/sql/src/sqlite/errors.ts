import type { DriverProblem } from '../dialect/dialect.js';

/** An error of the SQLite thread, or of the connection that gave it up. */
export class SqliteFailure extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'SqliteFailure';
    this.code = code;
  }
}

export const TIMED_OUT = 'HEADGATE_TIMEOUT';
export const CANCELLED = 'HEADGATE_CANCELLED';
export const THREAD_ENDED = 'HEADGATE_THREAD_ENDED';

const UNAVAILABLE = /^SQLITE_(CANTOPEN|NOTADB|CORRUPT|IOERR|FULL|PERM|NOMEM)/;
/** Values that are too much for the engine: a LIKE pattern, a sum. */
const BAD_VALUE = /^(LIKE or GLOB pattern too complex|integer overflow|malformed JSON|bad JSON path)/;
const LIMIT = /^(too many SQL variables|too many terms|too many arguments|Expression tree is too large|parser stack overflow)/;
const UNSUPPORTED =
  /^(cannot modify .* because it is a view|cannot UPSERT a view|cannot (INSERT|UPDATE) .*generated column|table .* may not be modified)/;
const STALE = /^(no such (table|column)|table .* has no column named)/;

/** https://sqlite.org/rescode.html */
export function classify(error: unknown): DriverProblem | undefined {
  if (!(error instanceof SqliteFailure)) return undefined;
  const { code, message } = error;
  switch (code) {
    case TIMED_OUT:
      return { kind: 'timeout' };
    case CANCELLED:
      return { kind: 'cancelled' };
    case THREAD_ENDED:
      return { kind: 'unavailable', detail: message };
    case 'SQLITE_CONSTRAINT_UNIQUE':
    case 'SQLITE_CONSTRAINT_PRIMARYKEY':
    case 'SQLITE_CONSTRAINT_ROWID':
      return { kind: 'duplicate', columns: failedColumns(message) };
    case 'SQLITE_CONSTRAINT_FOREIGNKEY':
      return { kind: 'reference', columns: [] };
    case 'SQLITE_CONSTRAINT_NOTNULL':
      return { kind: 'null', column: failedColumns(message)[0] };
    case 'SQLITE_CONSTRAINT_CHECK':
      return { kind: 'check', constraint: constraintName(message) };
    case 'SQLITE_CONSTRAINT_TRIGGER':
    case 'SQLITE_CONSTRAINT_VTAB':
    case 'SQLITE_CONSTRAINT':
      return { kind: 'check', constraint: undefined };
    case 'SQLITE_CONSTRAINT_DATATYPE':
    case 'SQLITE_MISMATCH':
      return { kind: 'value', column: undefined };
    case 'SQLITE_TOOBIG':
      return { kind: 'limit' };
    case 'SQLITE_AUTH':
      return { kind: 'forbidden' };
    case 'SQLITE_INTERRUPT':
      return { kind: 'cancelled' };
    case 'SQLITE_SCHEMA':
      return { kind: 'staleSchema' };
    case 'SQLITE_ERROR':
      if (BAD_VALUE.test(message)) return { kind: 'value', column: undefined };
      if (LIMIT.test(message)) return { kind: 'limit' };
      if (UNSUPPORTED.test(message)) return { kind: 'unsupported' };
      return STALE.test(message) ? { kind: 'staleSchema' } : undefined;
  }
  // Services that only read by their configuration are refused earlier: here it is the file.
  if (code.startsWith('SQLITE_READONLY')) return { kind: 'forbidden' };
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED') || code === 'SQLITE_PROTOCOL') return { kind: 'serialization' };
  return UNAVAILABLE.test(code) ? { kind: 'unavailable', detail: message } : undefined;
}

/** `UNIQUE constraint failed: contact.email, contact.kind` names columns with their table. */
function failedColumns(message: string): string[] {
  const list = /^[A-Z ]+ constraint failed: (.+)$/.exec(message)?.[1];
  return list === undefined || list.startsWith('index ') ? [] : list.split(', ').map((name) => name.slice(name.indexOf('.') + 1));
}

/** A check without a name is told by its expression, which is not for clients. */
function constraintName(message: string): string | undefined {
  const name = /^CHECK constraint failed: (\w+)$/.exec(message)?.[1];
  return name;
}
