import { isIP } from 'node:net';
import { z } from 'zod';
import { readBoolean } from '../booleans.js';

/** How the text of a setting is read. `allowed` completes the sentence "allowed: ...". */
export interface Kind<T> {
  readonly schema: z.ZodType<T, string>;
  readonly allowed: string;
  /** `path`: relative values are resolved against the installation's folder. */
  readonly role?: 'path';
  /** The value as it would be written in a `.env` file. */
  write(value: T): string;
  /** Whether the word `null` is a value here; elsewhere it means "not set", as in the original's `.env`. */
  readonly takesNull?: boolean;
}

function kind<T>(
  allowed: string,
  read: (text: string) => T | undefined,
  options: Partial<Omit<Kind<T>, 'schema' | 'allowed'>> = {},
): Kind<T> {
  const schema = z.string().transform((text, context) => {
    const value = read(text.trim());
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: 'is not allowed' });
    return z.NEVER;
  });
  return { schema, allowed, write: (value) => String(value), ...options };
}

export const text = (allowed = 'any text'): Kind<string> => kind(allowed, (value) => value);

/** A secret may start or end with blanks. */
export const secretText = (): Kind<string> => ({ schema: z.string(), allowed: 'any text', write: (value) => value });

export const path = (): Kind<string> => kind('a path', (value) => value, { role: 'path' });

export const flag = (): Kind<boolean> => kind('true or false', readBoolean);

export const matching = (pattern: RegExp, allowed: string): Kind<string> =>
  kind(allowed, (value) => (pattern.test(value) ? value : undefined));

export function integer(low: number, high: number): Kind<number> {
  const allowed = high === Number.MAX_SAFE_INTEGER ? `a whole number of at least ${low}` : `a whole number from ${low} to ${high}`;
  return kind(allowed, (value) => {
    if (!/^[+-]?\d{1,15}$/.test(value)) return undefined;
    const number = Number(value);
    return number >= low && number <= high ? number : undefined;
  });
}

/** A whole number; one outside the bounds is taken as the nearer bound. */
export const clampedInteger = (low: number, high: number): Kind<number> =>
  kind(`a whole number; below ${low} it is taken as ${low}, above ${high} as ${high}`, (value) =>
    /^\d{1,15}$/.test(value) ? Math.min(high, Math.max(low, Number(value))) : undefined,
  );

export const port = (): Kind<number> => integer(1, 65_535);

/** One of the words, in any case; `spellings` are further words that mean one of them. */
export function choice<const Word extends string>(words: readonly Word[], spellings: Readonly<Record<string, Word>> = {}): Kind<Word> {
  return kind(
    words.join(', '),
    (value) => {
      const wanted = value.toLowerCase();
      return words.find((word) => word.toLowerCase() === wanted) ?? (Object.hasOwn(spellings, wanted) ? spellings[wanted] : undefined);
    },
    { takesNull: (words as readonly string[]).includes('null') },
  );
}

/** A comma list whose entries all pass; empty entries are left out. */
export function list(allowed: string, accepts: (entry: string) => boolean = () => true): Kind<readonly string[]> {
  return kind(
    allowed,
    (value) => {
      const entries = value
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== '');
      return entries.every(accepts) ? Object.freeze(entries) : undefined;
    },
    { write: (value) => value.join(',') },
  );
}

const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1024,
  kib: 1024,
  kb: 1000,
  m: 1024 ** 2,
  mib: 1024 ** 2,
  mb: 1000 ** 2,
  g: 1024 ** 3,
  gib: 1024 ** 3,
  gb: 1000 ** 3,
};

/** A number of bytes; `10MiB` = `10M` = 10 x 1024 x 1024, `10MB` = 10,000,000. */
export const size = (): Kind<number> =>
  kind(
    'bytes, or a number with KiB, MiB, GiB, KB, MB or GB',
    (value) => {
      const match = /^(\d{1,12}(?:\.\d{1,3})?)\s*([a-z]*)$/i.exec(value);
      const unit = match && SIZE_UNITS[match[2]!.toLowerCase()];
      const bytes = match && unit ? Math.round(Number(match[1]) * unit) : 0;
      return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined;
    },
    { write: (bytes) => (bytes % 1024 ** 2 === 0 ? `${bytes / 1024 ** 2}MiB` : String(bytes)) },
  );

const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };
const UNIT_NAMES = { ms: 'milliseconds', s: 'seconds', min: 'minutes' } as const;

/** A length of time, as milliseconds; a bare number counts in `bareUnit`. */
export const duration = (bareUnit: 'ms' | 's' | 'min'): Kind<number> =>
  kind(
    `${UNIT_NAMES[bareUnit]}, or a number with ms, s, m, h or d`,
    (value) => {
      const match = /^(\d{1,12}(?:\.\d{1,3})?)\s*([a-z]*)$/i.exec(value);
      const unit = match && DURATION_UNITS[match[2] === '' ? bareUnit : match[2]!.toLowerCase()];
      return match && unit ? Math.round(Number(match[1]) * unit) : undefined;
    },
    {
      write: (milliseconds) =>
        milliseconds % DURATION_UNITS[bareUnit]! === 0 ? String(milliseconds / DURATION_UNITS[bareUnit]!) : `${milliseconds}ms`,
    },
  );

/** An absolute address of one of the schemes, without the slash at its end. */
export const url = (...schemes: readonly string[]): Kind<string> =>
  kind(`an address that starts with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`, (value) => {
    const parsed = URL.parse(value);
    return parsed && schemes.includes(parsed.protocol.slice(0, -1)) ? value.replace(/\/+$/, '') : undefined;
  });

export const timeZone = (): Kind<string> =>
  kind('a time zone such as UTC or Europe/Berlin', (value) => {
    try {
      return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone && value;
    } catch {
      return undefined;
    }
  });

/** An address or a range in CIDR form. */
export function isAddressRange(value: string): boolean {
  const [address = '', prefix, ...rest] = value.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128));
}

export const isHostName = (value: string): boolean =>
  /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*$/i.test(value);

/** `https://app.example.com:8443`, nothing after the port; or `*`. */
export function isOrigin(value: string): boolean {
  if (value === '*') return true;
  const parsed = URL.parse(value);
  return parsed !== null && ['http:', 'https:'].includes(parsed.protocol) && parsed.origin === value.toLowerCase();
}
