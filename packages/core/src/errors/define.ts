import type { JsonValue } from '../json.js';

/** What an error of the catalogue is, as `docs/errors.md` lists it. `reason` never changes and is never used for another error. */
export interface ErrorDefinition {
  readonly reason: string;
  readonly status: number;
  /** `error.code` on the wire where it is not the status (rest-core.md 2.10: 1000 for batches). */
  readonly code?: number;
  /** When it happens, for the docs page. */
  readonly when: string;
  /** What the caller or the operator can do about it, for the docs page. */
  readonly remedy: string;
  /** Seconds after which trying again makes sense, where nothing better is known (`withRetryAfter`). */
  readonly retryAfter?: number;
}

/** An error that has a place in the catalogue. `respond` alone turns it into HTTP. */
export class HeadgateError extends Error {
  readonly definition: ErrorDefinition;
  readonly status: number;
  readonly code: number;
  readonly reason: string;
  context: JsonValue = null;
  hint: string | undefined;
  /** Seconds, sent as `Retry-After`. */
  retryAfter: number | undefined;
  /** The text of a network or driver error: only full administrators see it, and the log. */
  detail: string | undefined;

  constructor(definition: ErrorDefinition, message: string) {
    // A refusal is an answer, not a fault: capturing a stack would cost more than the rest of the refusal.
    const limit = Error.stackTraceLimit;
    if (definition.status < 500 || definition.status === 503) Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = limit;
    this.name = 'HeadgateError';
    this.definition = definition;
    this.status = definition.status;
    this.code = definition.code ?? definition.status;
    this.reason = definition.reason;
    this.retryAfter = definition.retryAfter;
  }

  withContext(context: JsonValue): this {
    this.context = context;
    return this;
  }

  withHint(hint: string | undefined): this {
    this.hint = hint;
    return this;
  }

  withRetryAfter(seconds: number): this {
    this.retryAfter = seconds;
    return this;
  }

  withDetail(detail: string, cause?: unknown): this {
    this.detail = detail;
    if (cause !== undefined) this.cause = cause;
    return this;
  }

  /** Whether this is the given error of the catalogue. */
  is(factory: { readonly definition: ErrorDefinition }): boolean {
    return this.definition === factory.definition;
  }
}

export interface ErrorFactory<Values extends readonly unknown[]> {
  (...values: Values): HeadgateError;
  readonly definition: ErrorDefinition;
}

const definitions: ErrorDefinition[] = [];

/** Every defined error, in the order of definition: the source of `docs/errors.md`. */
export function catalogue(): readonly ErrorDefinition[] {
  return definitions;
}

/** Adds an error to the catalogue. Messages say what was wrong and where, as plain text; never SQL, a stack, a secret or a path. */
export function define<Values extends readonly unknown[]>(
  definition: ErrorDefinition,
  message: (...values: Values) => string,
): ErrorFactory<Values> {
  if (definitions.some((known) => known.reason === definition.reason)) throw new Error(`the error ${definition.reason} is defined twice`);
  definitions.push(Object.freeze(definition));
  return Object.assign((...values: Values) => new HeadgateError(definition, message(...values)), { definition });
}
