import { HeadgateError, SystemUnavailable, ValidationFailed } from '@headgate/core';
import { QueryFailedError } from 'typeorm';
import { constraintNamed } from '../migrations/ddl/constraints.js';
import { ReferenceViolation, UniqueViolation } from '../system-database.js';
import type { Table } from '../tables/define-table.js';
import { tableNamed } from '../tables/index.js';

/** Codes of drivers and servers for a connection that cannot be had, was lost, or cannot go on (deadlock, timeout). */
const UNAVAILABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'PROTOCOL_CONNECTION_LOST',
  'POOL_CLOSED',
  'ER_CON_COUNT_ERROR',
  'ER_SERVER_SHUTDOWN',
  'ER_LOCK_DEADLOCK',
  'ER_CHECKREAD',
  'ER_LOCK_WAIT_TIMEOUT',
  'ER_ACCESS_DENIED_ERROR',
  'ER_BAD_DB_ERROR',
  'ER_OPTION_PREVENTS_STATEMENT',
  '40001',
  '40P01',
  '53300',
  '55P03',
  '57P01',
  '57P02',
  '57P03',
  '28P01',
  '28000',
  '3D000',
  '25006',
  'SQLITE_BUSY',
  'SQLITE_BUSY_SNAPSHOT',
  'SQLITE_LOCKED',
  'SQLITE_FULL',
  'SQLITE_READONLY',
  'SQLITE_CANTOPEN',
  'SQLITE_CORRUPT',
  'SQLITE_NOTADB',
]);
const DEADLOCK: ReadonlySet<unknown> = new Set(['40001', '40P01', 'ER_LOCK_DEADLOCK', 'ER_CHECKREAD']);
const TRANSIENT: ReadonlySet<unknown> = new Set([...DEADLOCK, 'ER_LOCK_WAIT_TIMEOUT', 'SQLITE_BUSY', 'SQLITE_BUSY_SNAPSHOT']);
const UNAVAILABLE_TEXT =
  /connection terminated|timeout exceeded when trying to connect|connection is closed|closed state|not open|ENDED|has ended|Client has encountered a connection error/i;

interface DriverError {
  readonly code?: unknown;
  readonly message: string;
  readonly constraint?: unknown;
  readonly column?: unknown;
}

/** A driver's error in the words of `Change`; what is none of them is thrown on as it is. */
export function translateError(error: unknown, table?: Table): unknown {
  if (error instanceof HeadgateError || error instanceof UniqueViolation || error instanceof ReferenceViolation) return error;
  if (!(error instanceof Error)) return error;
  const cause: DriverError = error instanceof QueryFailedError ? error.driverError : error;
  const code = typeof cause.code === 'string' ? cause.code : '';
  const violation = violationOf(code, cause, table);
  if (violation) return violation;
  if (UNAVAILABLE.has(code) || code.startsWith('08') || code.startsWith('SQLITE_IOERR') || UNAVAILABLE_TEXT.test(cause.message)) {
    return unavailable(cause, TRANSIENT.has(code));
  }
  return error;
}

/** Whether a translated error says that the database ended the transaction in favour of another one. */
export function isDeadlock(error: unknown): boolean {
  return error instanceof HeadgateError && error.is(SystemUnavailable) && DEADLOCK.has((error.cause as DriverError | undefined)?.code);
}

function unavailable(cause: DriverError, transient: boolean): HeadgateError {
  const error = SystemUnavailable().withDetail(cause.message, cause);
  return transient ? error.withRetryAfter(1) : error;
}

function violationOf(code: string, error: DriverError, table: Table | undefined): Error | undefined {
  switch (code) {
    case '23505':
      return unique(String(error.constraint ?? ''), table);
    case 'ER_DUP_ENTRY':
      return unique(/for key '(?:[^'.]*\.)?([^']+)'/.exec(error.message)?.[1] ?? '', table);
    case 'SQLITE_CONSTRAINT_UNIQUE':
    case 'SQLITE_CONSTRAINT_PRIMARYKEY':
      return new UniqueViolation([...error.message.matchAll(/[\s,:](?:\w+)\.(\w+)/g)].map((match) => match[1]!));
    case '23503':
      return reference(String(error.constraint ?? ''));
    case 'ER_NO_REFERENCED_ROW':
    case 'ER_NO_REFERENCED_ROW_2':
    case 'ER_ROW_IS_REFERENCED':
    case 'ER_ROW_IS_REFERENCED_2':
      return reference(/CONSTRAINT `([^`]+)`/.exec(error.message)?.[1] ?? '');
    case 'SQLITE_CONSTRAINT_FOREIGNKEY':
      return new ReferenceViolation(undefined, []);
    case '23502':
      return missing(String(error.column ?? ''));
    case 'ER_BAD_NULL_ERROR':
    case 'ER_NO_DEFAULT_FOR_FIELD':
      return missing(/'([^']+)'/.exec(error.message)?.[1] ?? '');
    case 'SQLITE_CONSTRAINT_NOTNULL':
      return missing(/\.(\w+)$/.exec(error.message)?.[1] ?? '');
    default:
      return undefined;
  }
}

function unique(constraint: string, table: Table | undefined): UniqueViolation {
  const primary = /^(\w+)_pkey$/.exec(constraint)?.[1] ?? (constraint === 'PRIMARY' ? table?.name : undefined);
  const holder = primary === undefined ? undefined : tableNamed(primary);
  if (holder) return new UniqueViolation(Object.keys(holder.columns).filter((name) => holder.columns[name]!.primary));
  return new UniqueViolation(constraintNamed(constraint)?.columns ?? []);
}

function reference(constraint: string): ReferenceViolation {
  const found = constraintNamed(constraint);
  return new ReferenceViolation(found?.table, found?.columns ?? []);
}

function missing(column: string): HeadgateError {
  return ValidationFailed([`The ${column} field is required.`]);
}
