import { HeadgateError } from './errors/define.js';
import { BatchFailed, errorDocument } from './errors/index.js';
import type { JsonValue } from './json.js';

/** What a batch does after a failed record (rest-core.md 2.10, database-services.md 6.7). */
export type BatchMode = 'stop' | 'continue' | 'rollback';

export type BatchVerb = 'created' | 'updated' | 'deleted' | 'retrieved';

/** The outcome of one record: what it answers, or why it failed. */
export type BatchResult = { readonly ok: true; readonly value: JsonValue } | { readonly ok: false; readonly error: unknown };

/**
 * The error of a batch in which a record failed. Faults of the server are thrown as they are: no record is to blame for them.
 * `results` ends at the first failure unless the mode is `continue`.
 */
export function batchError(results: readonly BatchResult[], verb: BatchVerb, mode: BatchMode): HeadgateError {
  const fault = results.find((result) => !result.ok && !(result.error instanceof HeadgateError && result.error.status < 500));
  if (fault && !fault.ok && mode !== 'continue') return fault.error as HeadgateError;
  return BatchFailed(verb, mode === 'rollback').withContext({
    error: results.flatMap((result, position) => (result.ok ? [] : [position])),
    resource: results.map((result) => (result.ok ? result.value : errorDocument(result.error))),
  });
}
