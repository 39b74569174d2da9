import type { Readable } from 'node:stream';
import type { JsonObject, JsonText, JsonValue } from './json.js';

/**
 * What a service answers; `respond` alone knows envelopes and formats (rest-core.md 2.5 to 2.8).
 * - `list`: wrapped into `resource`; `meta` stands beside it and forces the wrapper.
 * - `value`: an object or scalar as it is; an array among them is wrapped like a list.
 * - `bytes`: sent as they are, with their own content type.
 * - `none`: no body.
 */
export type Content =
  | { readonly kind: 'list'; readonly items: JsonText | readonly JsonValue[]; readonly meta?: JsonObject }
  | { readonly kind: 'value'; readonly value: JsonText | JsonValue }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array | Readable; readonly contentType: string; readonly fileName?: string }
  | { readonly kind: 'none' };

export interface ServiceResponse {
  readonly status: number;
  readonly content: Content;
  readonly headers?: Readonly<Record<string, string>>;
  /** Offset of the page that follows, when more records may follow: becomes `Link: rel="next"` (RFC 8288). */
  readonly nextOffset?: number;
  /** Rows in the answer, for the access log. */
  readonly rows?: number;
}

export function answer(value: JsonText | JsonValue, status = 200): ServiceResponse {
  return { status, content: { kind: 'value', value } };
}

export function answerList(items: JsonText | readonly JsonValue[], meta?: JsonObject, status = 200): ServiceResponse {
  return { status, content: meta === undefined ? { kind: 'list', items } : { kind: 'list', items, meta } };
}
