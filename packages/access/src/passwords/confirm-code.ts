import { hash, randomInt, timingSafeEqual } from 'node:crypto';
import type { AccessSettings } from '../settings.js';

type CodeSettings = Pick<AccessSettings, 'confirmCodeLength' | 'confirmCodeTtlSeconds'>;

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const SHORTEST = 5;
const LONGEST = 32;
/** How codes of ours are stored in `user.confirm_code`: when they were made (seconds since 1970) and their SHA-256. */
const STORED = /^sha256:(\d{1,12}):([0-9a-f]{64})$/;

function lengthOf(settings: CodeSettings): number {
  return Math.min(LONGEST, Math.max(SHORTEST, settings.confirmCodeLength));
}

/** A new code, and what `user.confirm_code` keeps of it. `now` in seconds since 1970. */
export function newConfirmCode(
  settings: CodeSettings,
  now = Math.floor(Date.now() / 1000),
): { readonly code: string; readonly stored: string } {
  const code = Array.from({ length: lengthOf(settings) }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return { code, stored: `sha256:${now}:${hash('sha256', code, 'hex')}` };
}

/** Whether a text can be a code at all. */
export function isConfirmCode(code: string, settings: CodeSettings): boolean {
  return code.length === lengthOf(settings) && /^[0-9A-Z]+$/.test(code);
}

/**
 * Compares a code with what is stored, in constant time. Codes of the original are stored as they are; their age is that of the user's
 * last change (`changedAt`, seconds).
 */
export function checkConfirmCode(
  code: string,
  stored: string | null | undefined,
  settings: CodeSettings,
  changedAt: number,
  now = Math.floor(Date.now() / 1000),
): 'fits' | 'wrong' | 'expired' {
  const own = STORED.exec(stored ?? '');
  const expected = own?.[2] ?? hash('sha256', stored ?? '', 'hex');
  const isEqual = timingSafeEqual(Buffer.from(hash('sha256', code, 'hex')), Buffer.from(expected));
  // `y` marks confirmed accounts of old versions.
  if (!isEqual || !stored || stored === 'y') return 'wrong';
  const made = own === null ? changedAt : Number(own[1]);
  return now - made > settings.confirmCodeTtlSeconds ? 'expired' : 'fits';
}
