import type { ConnectProblem } from '../dialect/dialect.js';
import { SqliteFailure } from './errors.js';

const NO_FILE: ConnectProblem = { fields: ['database'], message: 'The database file cannot be opened.' };
const OTHER_FILE: ConnectProblem = { fields: ['database'], message: 'The file is not a SQLite database.' };
const DAMAGED: ConnectProblem = { fields: ['database'], message: 'The database file is damaged.' };
const LOCKED: ConnectProblem = { fields: [], message: 'Another program holds the database file locked.' };
const BAD_STATEMENT: ConnectProblem = { fields: ['statements'], message: 'One of the statements after connecting failed.' };

/** Why a SQLite file could not be opened. */
export function connectProblem(error: unknown): ConnectProblem | undefined {
  if (!(error instanceof SqliteFailure)) return isFileError(error) ? NO_FILE : undefined;
  const { code } = error;
  if (code === 'SQLITE_NOTADB') return OTHER_FILE;
  if (code.startsWith('SQLITE_CORRUPT')) return DAMAGED;
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return LOCKED;
  if (/^SQLITE_(?:CANTOPEN|PERM|READONLY|IOERR)/.test(code)) return NO_FILE;
  return code === 'SQLITE_ERROR' ? BAD_STATEMENT : undefined;
}

function isFileError(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    /^E(?:ACCES|PERM|NOENT|ISDIR|NOTDIR|ROFS|LOOP)$/.test(error.code)
  );
}
