import type { IncomingHttpHeaders } from 'node:http';
import type { CallTiming } from './call-timing.js';
import type { Caller, ServiceAccess } from './caller.js';
import type { JsonObject, JsonValue } from './json.js';
import type { Requestor } from './requestor.js';
import type { Verb } from './verbs.js';

/** The query of a call. Names are case-sensitive (database-services.md 4.2); of a repeated name the last value counts, as in PHP. */
export interface Parameters {
  get(name: string): string | undefined;
  has(name: string): boolean;
  /** The members of a bracketed parameter: `params[:a]=1&params[:b]=2` is `{ ':a': '1', ':b': '2' }`. */
  map(name: string): Readonly<Record<string, string>> | undefined;
  /** Names as sent, brackets cut off. */
  names(): readonly string[];
}

/** A request body, read and parsed once. */
export interface RequestBody {
  readonly format: 'none' | 'json' | 'form' | 'xml' | 'csv' | 'text' | 'bytes';
  /** What the text meant; undefined without a body. In `form`, `xml` and `csv` bodies every value is a text. */
  readonly value: JsonValue | undefined;
  readonly contentType: string | undefined;
  /** The bytes as received, for services that pass bodies on. */
  readonly raw: Uint8Array;
}

/** Where a call came from and how it refers to itself. */
export interface RequestOrigin {
  /** Also `X-Request-Id`; `[A-Za-z0-9._-]{1,64}`. */
  readonly requestId: string;
  /** The client's address, taken from `X-Forwarded-For` only where the peer is a trusted proxy. */
  readonly address: string;
  readonly userAgent: string | undefined;
  /** Path and query as received: the base of links to other pages of the same list. */
  readonly target: string;
}

/** One call of a service, from HTTP, a script, a job or another service: the same shape for all. */
export interface ServiceRequest {
  /** After verb overrides. */
  readonly verb: Verb;
  /** Lower case. */
  readonly service: string;
  /** The decoded path segments below the service, empty ones left out. */
  readonly path: readonly string[];
  /** Whether the path ended in `/`: only file services care. */
  readonly trailingSlash: boolean;
  /** `2.0`; only events show it. */
  readonly apiVersion: string;
  readonly parameters: Parameters;
  readonly headers: Readonly<IncomingHttpHeaders>;
  readonly body: RequestBody;
  readonly caller: Caller;
  /** The caller's access to this service. */
  readonly access: ServiceAccess;
  readonly requestor: Requestor;
  readonly origin: RequestOrigin;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal | undefined;
  /** Where the time of the call goes; services add to it. */
  readonly timing?: CallTiming | undefined;
  /** `Prefer: handling=strict` (RFC 7240): unknown parameters and fields are refused instead of ignored. */
  readonly strict: boolean;
}

/** The component of a path as roles name it (rest-core.md 3.5): lower case, without the first `(...)`. */
export function componentOf(path: readonly string[]): string {
  if (path.length === 0) return '';
  // A slash inside a segment must not look like one between segments.
  const joined = path.map((segment) => (segment.includes('/') ? segment.replaceAll('/', '%2f') : segment)).join('/');
  return joined.toLowerCase().replace(/\([^)]*\)/, '');
}

export const NO_BODY: RequestBody = Object.freeze({ format: 'none', value: undefined, contentType: undefined, raw: new Uint8Array() });

/** The object members of a JSON, form or XML body, or `{}`. */
export function bodyObject(body: RequestBody): JsonObject {
  const { value } = body;
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
