import { HeadgateError } from '@headgate/core';
import type { Dialect, DriverProblem } from '../dialect/dialect.js';
import type { TableSchema } from '../schema/table-schema.js';
import { translate } from '../source/translate.js';

/** What a client can do something about by sending another record. */
const RECORD_PROBLEMS: ReadonlySet<DriverProblem['kind']> = new Set(['duplicate', 'reference', 'null', 'check', 'value', 'limit']);

/**
 * The error of one record: a refusal of ours, or what the database has against its values, with API names. Undefined for anything that
 * no record is to blame for (a lost connection, a timeout, a fault): that ends the whole call.
 */
export function recordProblem(error: unknown, table: TableSchema, dialect: Dialect, serviceName: string): HeadgateError | undefined {
  if (error instanceof HeadgateError) return error.status < 500 ? error : undefined;
  const problem = dialect.classify(error);
  if (!problem || !RECORD_PROBLEMS.has(problem.kind)) return undefined;
  const translated = translate(error, serviceName, { classify: () => withApiNames(problem, table) });
  return translated instanceof HeadgateError ? translated : undefined;
}

function withApiNames(problem: DriverProblem, table: TableSchema): DriverProblem {
  const apiName = (name: string) => table.columns.find((column) => column.name === name)?.apiName ?? name;
  if (problem.kind === 'duplicate' || problem.kind === 'reference') return { ...problem, columns: problem.columns.map(apiName) };
  if ((problem.kind === 'null' || problem.kind === 'value') && problem.column !== undefined) {
    return { ...problem, column: apiName(problem.column) };
  }
  return problem;
}
