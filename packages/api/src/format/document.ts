import type { Content, Envelope, JsonObject, JsonValue } from '@headgate/core';
import { JsonText } from '@headgate/core';
import { parseInSlices } from '../body/json.js';
import { pause } from '../body/pause.js';

/** Content that has a value: everything but bytes and nothing. */
export type ValueContent = Extract<Content, { kind: 'list' | 'value' }>;

/** Rows that are written between two pauses, and how many make a list long. */
export const ROWS_AT_ONCE = 1000;
const LONG_LIST = 4000;

/** A text in pieces of UTF-8, some of them on loan until it is sent. */
export interface Pieces {
  readonly pieces: readonly Buffer[];
  readonly release: (() => void) | undefined;
}

/** An answer as it goes out. */
export type Written = string | Pieces;

/**
 * The JSON text of an answer: lists in the envelope where `wrap` says so, or where `meta` stands beside them (rest-core.md 2.5).
 * JSON that is already written goes through as it is.
 */
export function jsonOf(content: ValueContent, wrap: boolean, envelope: Envelope): Written | Promise<string> {
  if (content.kind === 'value') {
    const { value } = content;
    if (value instanceof JsonText) return wrap && isList(value) ? enclosed(value, undefined, envelope) : written(value);
    if (!Array.isArray(value)) return JSON.stringify(value);
    return listJson(value, undefined, wrap, envelope);
  }
  const { items, meta } = content;
  if (!(items instanceof JsonText)) return listJson(items, meta, wrap, envelope);
  return wrap || meta !== undefined ? enclosed(items, meta, envelope) : written(items);
}

function listJson(items: readonly JsonValue[], meta: JsonObject | undefined, wrap: boolean, envelope: Envelope): string | Promise<string> {
  const finish = (text: string) => (wrap || meta !== undefined ? enclose(text, meta, envelope) : text);
  return items.length > LONG_LIST ? stringifyInSlices(items).then(finish) : finish(JSON.stringify(items));
}

async function stringifyInSlices(items: readonly JsonValue[]): Promise<string> {
  const parts: string[] = [];
  for (let start = 0; start < items.length; start += ROWS_AT_ONCE) {
    if (start > 0) await pause();
    parts.push(JSON.stringify(items.slice(start, start + ROWS_AT_ONCE)).slice(1, -1));
  }
  return `[${parts.join(',')}]`;
}

function written({ written: json, release }: JsonText): Written {
  return typeof json === 'string' ? json : { pieces: [json], release };
}

function enclosed({ written: json, release }: JsonText, meta: JsonObject | undefined, envelope: Envelope): Written {
  if (typeof json === 'string') return enclose(json, meta, envelope);
  return { pieces: [Buffer.from(beforeList(envelope)), json, Buffer.from(afterList(meta))], release };
}

function enclose(text: string, meta: JsonObject | undefined, envelope: Envelope): string {
  return `${beforeList(envelope)}${text}${afterList(meta)}`;
}

const beforeList = ({ wrapper }: Envelope) => `{${JSON.stringify(wrapper)}:`;
const afterList = (meta: JsonObject | undefined) => (meta === undefined ? '}' : `,"meta":${JSON.stringify(meta)}}`);

function isList({ written: json }: JsonText): boolean {
  return /^\s*\[/.test(typeof json === 'string' ? json.slice(0, 64) : json.toString('latin1', 0, 64));
}

/** The value of an answer as formats other than JSON need it: a list always in its wrapper. */
export async function documentOf(content: ValueContent, envelope: Envelope): Promise<JsonValue> {
  if (content.kind === 'list') {
    const items = content.items instanceof JsonText ? await parsed(content.items) : content.items;
    return { [envelope.wrapper]: items, ...(content.meta !== undefined && { meta: content.meta }) };
  }
  const value = content.value instanceof JsonText ? await parsed(content.value) : content.value;
  return Array.isArray(value) ? { [envelope.wrapper]: value } : value;
}

async function parsed({ bytes }: JsonText): Promise<JsonValue> {
  return parseInSlices(bytes);
}
