/**
 * JSON that keeps numbers exact. A number that a JavaScript number cannot hold (a 64-bit integer beyond 2^53, a long decimal)
 * travels as an `ExactNumber`, which `JSON.stringify` writes as the digits it was made from.
 */

/** Made by `JSON.rawJSON`; `rawJSON` holds the digits. */
export interface ExactNumber {
  readonly rawJSON: string;
}

export type JsonScalar = string | number | boolean | null | ExactNumber;
export type JsonValue = JsonScalar | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: JsonValue | undefined;
}

interface ExactJson {
  rawJSON(text: string): ExactNumber;
  isRawJSON(value: unknown): value is ExactNumber;
  parse(text: string, reviver?: (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown): JsonValue;
}

// lib.es2024 does not know these members yet; Node 24 has them (ECMA-262 "JSON.parse source text access").
const exactJson = JSON as unknown as ExactJson;

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const MAYBE_INEXACT = /\d[\d.]{15,}|\d[eE][+-]?\d{3}/;
/** No JavaScript number shows more digits than this, nor is one of these exponents sure to be held. */
const MAX_SHOWN_DIGITS = 40;
const LARGE_EXPONENT = /[eE][+-]?\d{3,}$/;

export function isExactNumber(value: unknown): value is ExactNumber {
  return exactJson.isRawJSON(value);
}

/** Whether a JavaScript number shows the same decimal value as these digits. */
function isHeldByNumber(digits: string): boolean {
  if (digits.length > MAX_SHOWN_DIGITS || LARGE_EXPONENT.test(digits)) return false;
  if (digits.length <= 15) return true;
  const value = Number(digits);
  if (Number.isInteger(value) && /^-?\d+$/.test(digits)) return Number.isSafeInteger(value);
  return String(value) === normalizeDecimal(digits);
}

function normalizeDecimal(digits: string): string {
  return digits.includes('.') && !/[eE]/.test(digits) ? digits.replace(/\.?0+$/, '') : digits;
}

/** The number that these digits write: a JavaScript number where that is exact, else an `ExactNumber`; undefined for what is no JSON number. */
export function numberOf(digits: string): number | ExactNumber | undefined {
  if (!NUMBER.test(digits)) return undefined;
  return isHeldByNumber(digits) ? Number(digits) : exactJson.rawJSON(digits);
}

/** Parses JSON text without losing digits. Throws `SyntaxError` as `JSON.parse` does. */
export function parseJson(text: string): JsonValue {
  if (!MAYBE_INEXACT.test(text)) return exactJson.parse(text);
  return exactJson.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && !isHeldByNumber(source) ? exactJson.rawJSON(source) : value,
  );
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactNumber(value);
}

/**
 * JSON that was already written (by a database), as text or as its bytes in UTF-8: sent through as it is, parsed only where another format is
 * asked for. Bytes may be on loan: `respond` gives them back once they are sent, so whoever keeps them for longer copies them.
 */
export class JsonText {
  readonly written: string | Buffer;
  /** Gives the bytes back; where nobody calls it they are collected. */
  readonly release: (() => void) | undefined;

  constructor(written: string | Buffer, release?: () => void) {
    this.written = written;
    this.release = release;
  }

  get text(): string {
    return typeof this.written === 'string' ? this.written : this.written.toString();
  }

  get bytes(): Buffer {
    return typeof this.written === 'string' ? Buffer.from(this.written) : this.written;
  }

  /** A list of one without its brackets. */
  get onlyItem(): JsonText {
    const { written } = this;
    return new JsonText(typeof written === 'string' ? written.slice(1, -1) : written.subarray(1, -1), this.release);
  }
}
