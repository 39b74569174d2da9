import type { HeadgateError, JsonValue } from '@headgate/core';
import { MalformedBody, numberOf, parseJson } from '@headgate/core';
import { Tokenizer } from '@streamparser/json';
import { JsonBuilder } from './json-builder.js';
import { pause, SLICE } from './pause.js';

/** Up to this size a text is parsed at once; larger ones in slices, which costs three times as much but blocks nobody. */
const AT_ONCE = 128 * 1024;

/** Texts longer than this are looked through for deep nesting before they are parsed at once. */
const SHALLOW = 512;
/** Of a number in a large text: reading longer ones takes its time, and no database holds them. */
const MOST_DIGITS = 10_000;
/** Bytes of a text or number that the tokenizer gathers before it makes a string of them. */
const BUFFER = 64 * 1024;
const MAY_HOLD_PROTO = /__proto__|\\u005f/i;

/** Parses a JSON body of valid UTF-8; a promise only where it is large. Throws `MalformedBody` with line and column. */
export function readJson(bytes: Buffer): JsonValue | Promise<JsonValue> {
  if (bytes.length > AT_ONCE) return parseInSlices(bytes);
  const text = bytes.toString('utf8');
  // Depth, members called `__proto__` and the place of an error are the slow parser's business.
  if (MAY_HOLD_PROTO.test(text) || (text.length > SHALLOW && isDeep(text))) return parseInSlices(bytes);
  try {
    return parseJson(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch {
    return parseInSlices(bytes);
  }
}

function isDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const char = text.charCodeAt(index);
    if (inString) {
      if (char === 92) index++;
      else if (char === 34) inString = false;
    } else if (char === 34) inString = true;
    else if (char === 123 || char === 91) {
      if (++depth > SHALLOW) return true;
    } else if (char === 125 || char === 93) depth--;
  }
  return false;
}

/** Keeps the digits of the number that is being reported: the tokenizer itself knows only JavaScript numbers. */
class ExactTokenizer extends Tokenizer {
  digits = '';

  protected override parseNumber(digits: string): number {
    if (digits.length > MOST_DIGITS) throw new JsonBuilder.Problem(`A number of more than ${MOST_DIGITS} digits`);
    this.digits = digits;
    return Number(digits);
  }
}

/** Parses JSON of any size in slices; what `parseJson` would answer. */
export async function parseInSlices(bytes: Buffer): Promise<JsonValue> {
  const tokenizer = new ExactTokenizer({ stringBufferSize: BUFFER, numberBufferSize: BUFFER });
  const builder = new JsonBuilder();
  let at = 0;
  tokenizer.onToken = ({ token, value, offset }) => {
    at = offset;
    builder.add(token, typeof value === 'number' ? (numberOf(tokenizer.digits) ?? value) : value);
  };
  try {
    for (let start = 0; start < bytes.length; start += SLICE) {
      if (start > 0) await pause();
      at = start;
      tokenizer.write(bytes.subarray(start, start + SLICE));
    }
    at = bytes.length;
    if (!tokenizer.isEnded) tokenizer.end();
    return builder.result();
  } catch (error) {
    throw malformed(bytes, placeOf(error, at), error);
  }
}

/** The tokenizer names the place in its message only. */
function placeOf(error: unknown, fallback: number): number {
  const match = error instanceof Error ? /position "?(\d+)/.exec(error.message) : null;
  return match ? Number(match[1]) : fallback;
}

function malformed(bytes: Buffer, at: number, error: unknown): HeadgateError {
  const before = bytes.subarray(0, Math.min(at, bytes.length));
  let line = 1;
  let lineStart = 0;
  for (let found = before.indexOf(10); found >= 0; found = before.indexOf(10, found + 1)) {
    line++;
    lineStart = found + 1;
  }
  // A line may be the whole body: only its last part is decoded to count characters.
  const column = before.length - lineStart > SLICE ? before.length - lineStart + 1 : before.toString('utf8', lineStart).length + 1;
  const problem =
    at >= bytes.length ? 'The text ends too early' : error instanceof JsonBuilder.Problem ? error.message : `Unexpected ${show(bytes, at)}`;
  return MalformedBody('JSON', `${problem} at line ${line}, column ${column}.`);
}

function show(bytes: Buffer, at: number): string {
  const char = [...bytes.toString('utf8', at, at + 4)][0] ?? '';
  return /^[\x20-\x7e]$/.test(char) ? `'${char}'` : 'character';
}
