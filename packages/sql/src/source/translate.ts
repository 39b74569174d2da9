import {
  BadRequest,
  CallCancelled,
  ConstraintBroken,
  DuplicateRecord,
  HeadgateError,
  NullValue,
  ReadOnlyService,
  ReferenceBroken,
  SourceBusy,
  SourceError,
  SourceForbidden,
  SourceLimit,
  SourceTimeout,
  SourceUnavailable,
  SourceUnsupported,
} from '@headgate/core';
import type { Dialect, DriverProblem } from '../dialect/dialect.js';

/** Texts of these errors quote the values that the database refuses, and values belong in no log: what is to be known is in the message. */
const QUOTING: ReadonlySet<DriverProblem['kind']> = new Set(['duplicate', 'reference', 'null', 'check', 'value']);

/**
 * What a client may know of an error that came out of a driver. Catalogued errors pass; driver texts go into `detail` and `cause`
 * alone. What is no driver's error (a fault of ours) is returned as it is.
 */
export function translate(error: unknown, serviceName: string, dialect: Pick<Dialect, 'classify'>): unknown {
  if (error instanceof HeadgateError) return error;
  const problem = dialect.classify(error);
  if (problem && QUOTING.has(problem.kind)) return nameFor(problem, serviceName);
  if (problem) return nameFor(problem, serviceName).withDetail(problem.kind === 'unavailable' ? problem.detail : textOf(error), error);
  return isDriverError(error) ? SourceError().withDetail(textOf(error), error) : error;
}

function nameFor(problem: DriverProblem, serviceName: string): HeadgateError {
  switch (problem.kind) {
    case 'duplicate':
      return DuplicateRecord(problem.columns.join(', ') || 'a unique field');
    case 'reference':
      return ReferenceBroken(problem.columns.join(', ') || 'a foreign key');
    case 'null':
      return NullValue(problem.column ?? 'of the record');
    case 'check':
      return ConstraintBroken(problem.constraint === undefined ? 'a check failed' : `check '${problem.constraint}' failed`);
    case 'value':
      return BadRequest(
        problem.column === undefined
          ? 'A value does not fit the type of its field.'
          : `The value of field '${problem.column}' does not fit its type.`,
      );
    case 'readOnly':
      return ReadOnlyService(serviceName);
    case 'forbidden':
      return SourceForbidden(serviceName);
    case 'limit':
      return SourceLimit();
    case 'unsupported':
      return SourceUnsupported();
    case 'timeout':
      return SourceTimeout(serviceName);
    case 'cancelled':
      return CallCancelled();
    case 'serialization':
      return SourceBusy(serviceName).withRetryAfter(1);
    case 'unavailable':
      return SourceUnavailable(serviceName).withRetryAfter(1);
    case 'staleSchema':
      return SourceError();
  }
}

function isDriverError(error: unknown): boolean {
  return error instanceof Error && 'code' in error;
}

/** The text of an error for the log and for administrators. */
export function textOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(textOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
