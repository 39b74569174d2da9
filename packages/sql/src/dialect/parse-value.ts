import { isExactNumber, type JsonValue, readBoolean } from '@headgate/core';

/** Reading clients' values as values of a type (database-services.md 9.2). Each returns undefined for what does not fit. */

const INTEGER = /^[+-]?\d{1,40}$/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?$/;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIME = /^([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d|60)(?:\.\d{1,9})?)?$/;
const ZONE = /(?:Z|[+-]\d{2}(?::?\d{2})?)$/i;

const MAX_INT64 = 2n ** 63n - 1n;
const MIN_INT64 = -(2n ** 63n);
const MAX_UINT64 = 2n ** 64n - 1n;

/** The digits of a number or of a numeric text. */
function numericText(value: JsonValue): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined;
  const text = isExactNumber(value) ? value.rawJSON : typeof value === 'string' ? value.trim() : undefined;
  return text !== undefined && text.length <= 1_000 && NUMBER.test(text) ? text : undefined;
}

/** A 64-bit integer; fractions are cut, as the contract has it. */
export function parseInteger(value: JsonValue, unsigned = false): bigint | undefined {
  const text = numericText(value);
  if (text === undefined) return undefined;
  const whole = INTEGER.test(text) ? text : cutFraction(text);
  if (whole === undefined) return undefined;
  const integer = BigInt(whole.replace(/^\+/, ''));
  return integer >= MIN_INT64 && integer <= (unsigned ? MAX_UINT64 : MAX_INT64) ? integer : undefined;
}

/** The integer part of a number in decimal or scientific notation. */
function cutFraction(text: string): string | undefined {
  const [mantissa = '', exponent] = text.toLowerCase().split('e');
  if (exponent === undefined) return wholeOf(mantissa);
  const shift = Number(exponent);
  const [whole = '', fraction = ''] = mantissa.split('.');
  if (shift <= 0) return shift < -40 ? '0' : wholeOf(String(Number(text)));
  return shift > 40 ? undefined : wholeOf(`${whole}${fraction.padEnd(shift, '0').slice(0, shift)}`);
}

function wholeOf(decimal: string): string | undefined {
  const whole = decimal.split('.')[0]!;
  if (whole === '' || whole === '+' || whole === '-') return '0';
  return INTEGER.test(whole) ? whole : undefined;
}

/** An exact decimal as its digits. */
export function parseDecimal(value: JsonValue): string | undefined {
  return numericText(value)?.replace(/^\+/, '');
}

export function parseFloatValue(value: JsonValue): number | undefined {
  const text = numericText(value);
  const number = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : undefined;
}

export function parseBoolean(value: JsonValue): boolean | undefined {
  return readBoolean(isExactNumber(value) ? value.rawJSON : value);
}

/** A text; numbers and booleans as they are written in JSON. */
export function parseText(value: JsonValue): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return isExactNumber(value) ? value.rawJSON : undefined;
}

/** JSON text: of a text that is JSON as it is, of anything but a text what it is in JSON. */
export function parseJsonText(value: JsonValue): string | undefined {
  if (typeof value !== 'string') return JSON.stringify(value);
  try {
    JSON.parse(value);
    return value;
  } catch {
    return undefined;
  }
}

/** The bytes of base64 text, line breaks allowed. */
export function parseBase64(value: JsonValue): Buffer | undefined {
  if (typeof value !== 'string') return undefined;
  const digits = value.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(digits)) return undefined;
  return digits.replace(/=+$/, '').length % 4 === 1 ? undefined : Buffer.from(digits, 'base64');
}

/** A date text, `2024-01-31`; a time that follows it is kept. */
export function parseDate(value: JsonValue): string | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  return isDate(text.slice(0, 10)) && (text.length === 10 || isClock(text.slice(10))) ? text : undefined;
}

export function parseTime(value: JsonValue): string | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  return isTime(text) ? text : undefined;
}

/** `2024-01-31 10:15:00.123+02`, with a blank or `T` between, seconds and zone optional. */
export function parseTimestamp(value: JsonValue): string | undefined {
  return parseDate(value);
}

function isClock(rest: string): boolean {
  return (rest.startsWith(' ') || rest.startsWith('T')) && isTime(rest.slice(1));
}

function isTime(text: string): boolean {
  return text.length <= 40 && TIME.test(text.replace(ZONE, ''));
}

function isDate(text: string): boolean {
  const found = DATE.exec(text);
  if (!found) return false;
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])];
  return month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}
