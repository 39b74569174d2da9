import type { JsonObject, JsonValue } from './json.js';
import { isJsonObject } from './json.js';
import type { RequestBody } from './service-request.js';

/** `DF_ALWAYS_WRAP_RESOURCES` and `DF_RESOURCE_WRAPPER` (rest-core.md 2.5). */
export interface Envelope {
  readonly always: boolean;
  readonly wrapper: string;
}

/** The records of a body (rest-core.md 2.4), and what stood beside them. */
export interface BodyRecords {
  readonly records: readonly JsonValue[];
  /** How they were sent: as a list, as one record in the wrapper, or as one bare object. */
  readonly form: 'none' | 'list' | 'wrapped' | 'bare';
  /** The members beside the wrapper: options such as `filter` and `ids`. */
  readonly options: JsonObject;
}

/** Reads the records of a body; never throws, since what a bare object means depends on the call. */
export function recordsOf(body: RequestBody, envelope: Envelope): BodyRecords {
  const { value } = body;
  if (Array.isArray(value)) return { records: value, form: 'list', options: {} };
  if (!isJsonObject(value)) return { records: [], form: 'none', options: {} };
  const { [envelope.wrapper]: wrapped, ...options } = value;
  if (Array.isArray(wrapped)) return { records: wrapped, form: 'list', options };
  if (isJsonObject(wrapped)) return { records: [wrapped], form: 'wrapped', options };
  return { records: [value], form: 'bare', options: value };
}
