/**
 * Lookups: `{name}` and `{modifier(name)}` in texts, replaced by values that the system, an app, a role or a user holds
 * (rest-core.md 6). A source is what one caller sees; values are always bound as values, never pasted into a language.
 */
export interface LookupSource {
  /** The value of a name (`region`, `user.id`), private ones only where `includePrivate`; undefined when nothing has that name. */
  find(name: string, includePrivate: boolean): string | undefined;
}

export const NO_LOOKUPS: LookupSource = Object.freeze({ find: () => undefined });

/** Characters. What is longer is data and no template: looking through it would keep other calls waiting. */
const LONGEST_TEXT = 128 * 1024;
const REFERENCE = /\{([A-Za-z0-9_.\-()]{1,255})\}/g;
const CALL = /^([a-z0-9_]+)\((.*)\)$/;

const capitalize = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** As PHP's functions of these names work. */
const MODIFIERS: Readonly<Record<string, (value: string) => string>> = {
  strtoupper: (value) => value.toUpperCase(),
  strtolower: (value) => value.toLowerCase(),
  ucfirst: capitalize,
  lcfirst: (value) => value.charAt(0).toLowerCase() + value.slice(1),
  ucwords: (value) => value.replace(/(^|[ \t\r\n\f\v])(\S)/g, (_, blank: string, letter: string) => blank + letter.toUpperCase()),
  urlencode: (value) => rawUrlEncode(value).replaceAll('%20', '+').replaceAll('~', '%7E'),
  urldecode: (value) => urlDecode(value.replaceAll('+', ' ')),
  rawurlencode: rawUrlEncode,
  rawurldecode: urlDecode,
  base64_encode: (value) => Buffer.from(value).toString('base64'),
  base64_decode: (value) => Buffer.from(value, 'base64').toString(),
  trim: (value) => value.trim(),
};

export const DEFAULT_LOOKUP_MODIFIERS: readonly string[] = Object.keys(MODIFIERS);

function rawUrlEncode(value: string): string {
  return encodeURIComponent(value).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function urlDecode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

export interface LookupOptions {
  readonly includePrivate?: boolean;
  /** `DF_LOOKUP_MODIFIERS`; unlisted modifiers are skipped. */
  readonly modifiers?: readonly string[];
}

/** Replaces every lookup in a text; what nothing is known of stays as it is, and so does a text of more than 128 KiB. */
export function replaceLookups(text: string, source: LookupSource, options: LookupOptions = {}): string {
  if (text.length > LONGEST_TEXT || !text.includes('{')) return text;
  return text.replace(REFERENCE, (whole, expression: string) => evaluate(expression, source, options) ?? whole);
}

/** Replaces the lookups in every string of a configuration value. */
export function replaceLookupsDeep<T>(value: T, source: LookupSource, options: LookupOptions = {}): T {
  if (typeof value === 'string') return replaceLookups(value, source, options) as T;
  if (Array.isArray(value)) return value.map((item) => replaceLookupsDeep(item, source, options)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, replaceLookupsDeep(member, source, options)])) as T;
}

function evaluate(expression: string, source: LookupSource, options: LookupOptions): string | undefined {
  const call = CALL.exec(expression);
  if (!call) return source.find(expression, options.includePrivate ?? false);
  const inner = evaluate(call[2]!, source, options);
  if (inner === undefined) return undefined;
  const name = call[1]!;
  return (options.modifiers ?? DEFAULT_LOOKUP_MODIFIERS).includes(name) && Object.hasOwn(MODIFIERS, name) ? MODIFIERS[name]!(inner) : inner;
}
