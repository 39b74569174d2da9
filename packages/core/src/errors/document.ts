import type { JsonObject } from '../json.js';
import { HeadgateError } from './define.js';
import { InternalError } from './service.js';

/** The members of an error on the wire (design.md 9, rest-core.md 2.10); also the entries of a batch's `context.resource`. */
export function errorDocument(error: unknown, requestId?: string): JsonObject {
  const known = error instanceof HeadgateError ? error : InternalError();
  return {
    code: known.code,
    context: known.context,
    message: known.message,
    status_code: known.status,
    reason: known.reason,
    ...(known.hint !== undefined && { hint: known.hint }),
    ...(requestId !== undefined && { request_id: requestId }),
  };
}
