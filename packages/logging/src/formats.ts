import { hostname } from 'node:os';
import { redact, redactText } from './redact.js';

/** One entry of the log before it is text. */
export interface Entry {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface FormatSettings {
  /** `APP_ENV`, the channel of a line. */
  readonly environment: string;
  /** `APP_TIMEZONE`. */
  readonly timeZone: string;
}

export type EntryFormat = (entry: Entry) => string;

/** `[2019-02-14 22:35:45] production.WARNING: message {"context":1}` (operations.md 3.1). */
export function lineFormat({ environment, timeZone }: FormatSettings): EntryFormat {
  const clock = clockOf(timeZone);
  return ({ level, message, fields }) => {
    const context = contextOf(fields);
    const tail = context === undefined ? '' : ` ${JSON.stringify(context)}`;
    return `[${clock(new Date())}] ${environment}.${level.toUpperCase()}: ${redactText(message)}${tail}`;
  };
}

/** One JSON object a line. */
export function jsonFormat({ environment }: FormatSettings): EntryFormat {
  const host = hostname();
  return ({ level, message, fields }) => {
    const { request_id, ...context } = fields;
    return JSON.stringify({
      time: new Date().toISOString(),
      level,
      channel: environment,
      message: redactText(message),
      request_id,
      host,
      context: contextOf(context),
    });
  };
}

function contextOf(fields: Readonly<Record<string, unknown>>): unknown {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined);
  return known.length === 0 ? undefined : redact(Object.fromEntries(known));
}

function clockOf(timeZone: string): (time: Date) => string {
  // Sweden writes times as logs do: 2019-02-14 22:35:45.
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  return (time) => format.format(time);
}
