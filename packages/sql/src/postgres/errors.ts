import type { DriverProblem } from '../dialect/dialect.js';

/** What a PostgreSQL driver error carries. */
interface PostgresError extends Error {
  readonly code?: string;
  readonly detail?: string;
  readonly column?: string;
  readonly constraint?: string;
}

const KEY_COLUMNS = /^Key \((.*?)\)=/;

/** Sorts an error by its SQLSTATE, or by the network's code where there is none. */
export function classify(error: unknown): DriverProblem | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, detail, column, constraint, message } = error as PostgresError;
  if (code === undefined) return isLostConnection(message) ? { kind: 'unavailable', detail: message } : undefined;
  switch (code) {
    case '23505':
    case '23P01':
      return { kind: 'duplicate', columns: keyColumns(detail) };
    case '23001':
    case '23503':
      return { kind: 'reference', columns: keyColumns(detail) };
    case '23502':
      return { kind: 'null', column };
    case '23514':
    case '44000':
    // Raised by a trigger.
    case 'P0001':
      return { kind: 'check', constraint };
    case '25006':
      return { kind: 'readOnly' };
    case '42501':
      return { kind: 'forbidden' };
    case '42P01':
    case '42703':
    case '3F000':
      return { kind: 'staleSchema' };
    case '0A000':
      return { kind: message.includes('cached plan') ? 'staleSchema' : 'unsupported' };
    // A view that cannot be written, a materialized one without its data, a table that is none.
    case '42809':
    case '55000':
      return { kind: 'unsupported' };
    // More rows than a subquery or an upsert takes.
    case '21000':
      return { kind: 'duplicate', columns: [] };
    case '57014':
      return message.includes('statement timeout') ? { kind: 'timeout' } : { kind: 'cancelled' };
    case '25P04':
    case '55P03':
      return { kind: 'timeout' };
    case '25P03':
      return { kind: 'unavailable', detail: message };
    case '40001':
    case '40P01':
    case '55006':
      return { kind: 'serialization' };
    case '42883':
    case '42803':
    case '42804':
    case '42846':
    case '42725':
    case '42P18':
    // A value for a column that the database alone fills.
    case '428C9':
      return { kind: 'value', column };
    default:
      return byClass(code, { column, constraint, message });
  }
}

function byClass(
  code: string,
  { column, constraint, message }: Pick<PostgresError, 'column' | 'constraint' | 'message'>,
): DriverProblem | undefined {
  const kind = code.slice(0, 2);
  if (kind === '22') return { kind: 'value', column };
  if (kind === '23') return { kind: 'check', constraint };
  if (kind === '54') return { kind: 'limit' };
  if (code.length !== 5 || /^(?:E[A-Z]|08|28|3D|53|57|58)/.test(code)) return { kind: 'unavailable', detail: message };
  return undefined;
}

/** Names in the order of the key; PostgreSQL quotes those that need it. */
function keyColumns(detail: string | undefined): readonly string[] {
  const names = KEY_COLUMNS.exec(detail ?? '')?.[1];
  return names === undefined ? [] : names.split(', ').map((name) => name.replace(/^"(.*)"$/, '$1'));
}

function isLostConnection(message: string): boolean {
  return /^(?:Connection terminated|Client (?:has|was)|timeout expired|The server does not support SSL|There was an error establishing an SSL)/.test(
    message,
  );
}
