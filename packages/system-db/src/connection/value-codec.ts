import { BadFilterValue, type Logger, parseJson, readBoolean, ValidationFailed } from '@headgate/core';
import type { Encrypter } from '../encryption/encrypter.js';
import type { SystemDialect } from '../system-database.js';
import type { Column } from '../tables/define-table.js';

/** What a driver binds and answers. */
export type StoredValue = string | number | boolean | null;

/** Between the values of rows and those of one column, alike on every dialect (design.md 7). */
export interface ValueCodec {
  /** Throws `ValidationFailed` where the column cannot hold the value. */
  store(value: unknown): StoredValue;
  read(stored: unknown): unknown;
  /** The value of a condition. Throws `BadFilterValue`. */
  compare(value: string | number | boolean): StoredValue;
}

export interface CodecContext {
  readonly dialect: SystemDialect;
  readonly encrypter: Encrypter;
  readonly log: Logger;
}

type Kind = 'whole' | 'boolean' | 'time' | 'text';

const MYSQL_TEXT_BYTES = 65_535;
const TIME = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}:\d{2})(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/;

export function valueCodec(table: string, name: string, column: Column, context: CodecContext): ValueCodec {
  const kind = kindOf(column);
  const asNumber = column.kind === 'flag' || (column.kind === 'bool' && context.dialect !== 'postgres');
  const storeBoolean = (value: boolean): StoredValue => (asNumber ? Number(value) : value);
  const refuse = (problem: string) => ValidationFailed([`The ${name} field ${problem}.`]);

  function storePlain(value: unknown): StoredValue {
    switch (kind) {
      case 'boolean': {
        const flag = readBoolean(value);
        if (flag === undefined) throw refuse('must be true or false');
        return storeBoolean(flag);
      }
      case 'whole': {
        const number = wholeNumber(value);
        if (number === undefined) throw refuse('must be an integer');
        const [low, high] = rangeOf(column);
        if (number < low || number > high) throw refuse(`must be between ${low} and ${high}`);
        return number;
      }
      case 'time': {
        const time = utcText(value);
        if (time === undefined) throw refuse('must be a valid date');
        return time;
      }
      case 'text':
        if (typeof value !== 'string') throw refuse('must be a string');
        return storeText(value);
    }
  }

  function storeText(text: string): string {
    if (text.includes('\0')) throw refuse('must not contain a null character');
    if (column.choices && !column.choices.includes(text)) throw refuse(`must be one of ${column.choices.join(', ')}`);
    if (column.length !== undefined && text.length > column.length && [...text].length > column.length) {
      throw refuse(`must not be greater than ${column.length} characters`);
    }
    if (context.dialect === 'mysql' && column.kind === 'text' && Buffer.byteLength(text) > MYSQL_TEXT_BYTES) {
      throw refuse(`must not be greater than ${MYSQL_TEXT_BYTES} bytes`);
    }
    return text;
  }

  function readSecret(stored: string): string | null {
    try {
      return context.encrypter.decrypt(stored);
    } catch {
      context.log.once(
        `unreadable:${table}.${name}`,
        'a stored secret cannot be decrypted with APP_KEY or APP_PREVIOUS_KEYS; it is read as empty',
        {
          table,
          column: name,
        },
      );
      return null;
    }
  }

  return {
    store(value) {
      if (value === null || value === undefined) return null;
      if (column.encoding === 'json') return storeText(JSON.stringify(value));
      if (column.encoding === 'secret') {
        if (typeof value !== 'string') throw refuse('must be a string');
        return storeText(context.encrypter.encrypt(value));
      }
      return storePlain(value);
    },
    read(stored) {
      if (stored === null || stored === undefined) return null;
      if (kind === 'boolean') return Boolean(Number(stored));
      if (kind === 'whole') return Number(stored);
      const text = String(stored);
      if (kind === 'time') return text.slice(0, 19).replace('T', ' ');
      if (column.encoding === 'secret') return readSecret(text);
      return column.encoding === 'json' ? parseTolerantly(text) : text;
    },
    compare(value) {
      switch (kind) {
        case 'boolean': {
          const flag = readBoolean(value);
          if (flag === undefined) throw BadFilterValue(name, 'boolean');
          return storeBoolean(flag);
        }
        case 'whole': {
          const number =
            typeof value === 'boolean' ? Number(value) : Number(typeof value === 'string' && value.trim() === '' ? Number.NaN : value);
          if (!Number.isFinite(number)) throw BadFilterValue(name, 'integer');
          return number;
        }
        case 'time': {
          const time = utcText(value);
          if (time === undefined) throw BadFilterValue(name, 'datetime');
          return time;
        }
        case 'text': {
          const text = String(value);
          if (text.includes('\0')) throw BadFilterValue(name, 'string');
          return text;
        }
      }
    },
  };
}

export function kindOf(column: Column): Kind {
  switch (column.kind) {
    case 'id':
    case 'bigId':
    case 'int':
    case 'signedInt':
    case 'smallint':
    case 'bigint':
      return 'whole';
    case 'bool':
    case 'flag':
      return 'boolean';
    case 'timestamp':
    case 'datetime':
      return 'time';
    default:
      return 'text';
  }
}

/** The numbers that a column holds on every dialect: PostgreSQL's integers are signed, MySQL's of these kinds are not. */
export function rangeOf(column: Column): readonly [low: number, high: number] {
  switch (column.kind) {
    case 'bigint':
      return [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
    case 'bigId':
      return [0, Number.MAX_SAFE_INTEGER];
    case 'smallint':
      return [0, 255];
    case 'signedInt':
      return [-(2 ** 31), 2 ** 31 - 1];
    default:
      return [0, 2 ** 31 - 1];
  }
}

/** A time as UTC text to the second; undefined for what is no time. A time without zone is UTC. */
export function utcText(value: unknown): string | undefined {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : textOf(value);
  if (typeof value !== 'string') return undefined;
  const match = TIME.exec(value.trim());
  if (!match) return undefined;
  const [, day, time = '00:00:00', zone = 'Z'] = match;
  const moment = new Date(`${day}T${time}${zone}`);
  // A day such as 30 February would silently become another.
  if (Number.isNaN(moment.getTime()) || (zone === 'Z' && !moment.toISOString().startsWith(day!))) return undefined;
  return textOf(moment);
}

function textOf(moment: Date): string {
  return moment.toISOString().slice(0, 19).replace('T', ' ');
}

function wholeNumber(value: unknown): number | undefined {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'string' && !/^\s*[+-]?\d+\s*$/.test(value)) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** Older rows hold plain text where JSON is meant: it stays text. */
function parseTolerantly(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}
