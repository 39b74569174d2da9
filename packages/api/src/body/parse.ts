import { isUtf8 } from 'node:buffer';
import type { JsonValue, RequestBody } from '@headgate/core';
import { FormTooLarge, HeadgateError, MalformedBody, UnrecognizedBody } from '@headgate/core';
import { readCsv } from './csv.js';
import { readForm } from './form.js';
import { readJson } from './json.js';
import { readXml } from './xml.js';

/** Forms are for pages and logins; larger bodies are records and come as JSON, XML or CSV. */
const MAX_FORM = 1024 * 1024;

type Format = RequestBody['format'];

/** Parses a body by its `Content-Type` (rest-core.md 2.4). Texts are kept as they are: neither trimmed nor emptied to null. */
export async function parseBody(raw: Buffer, contentType: string | undefined, wrapper: string): Promise<RequestBody> {
  const done = (format: Format, value: JsonValue | undefined): RequestBody => ({ format, value, contentType, raw });
  if (raw.length === 0) return done('none', undefined);
  const format = formatOf(contentType);
  if (format === 'bytes') return done('bytes', undefined);
  if (!isUtf8(raw)) throw format === undefined ? UnrecognizedBody() : MalformedBody(format.toUpperCase(), 'It is not valid UTF-8.');
  switch (format) {
    case 'json':
      return done('json', await readJson(raw));
    case 'form':
      if (raw.length > MAX_FORM) throw FormTooLarge(MAX_FORM);
      return done('form', readForm(textOf(raw)));
    case 'xml':
      return done('xml', await readXml(textOf(raw), wrapper));
    case 'csv':
      return done('csv', await readCsv(raw));
    case 'text':
      return done('text', textOf(raw));
    default:
      return recognize(raw, wrapper, done);
  }
}

function formatOf(contentType: string | undefined): Exclude<Format, 'none'> | undefined {
  if (contentType === undefined) return undefined;
  const type = contentType.toLowerCase();
  if (type.includes('/json') || type.includes('+json')) return 'json';
  if (type.includes('x-www-form-urlencoded')) return 'form';
  if (type.includes('xml')) return 'xml';
  if (type.includes('csv')) return 'csv';
  if (type.includes('text/plain')) return 'text';
  return type.startsWith('multipart/') ? 'bytes' : undefined;
}

/** A body that does not say what it is: JSON, else XML, else CSV. */
async function recognize(raw: Buffer, wrapper: string, done: (format: Format, value: JsonValue) => RequestBody): Promise<RequestBody> {
  const start = raw
    .toString('utf8', 0, 256)
    .replace(/^\uFEFF/, '')
    .trimStart();
  try {
    if (start.startsWith('<')) return done('xml', await readXml(textOf(raw), wrapper));
    if (/^["{[\-\dtfn]/.test(start)) return done('json', await readJson(raw));
  } catch (error) {
    if (!(error instanceof HeadgateError) || /^[{<]/.test(start)) throw error;
  }
  if (!looksLikeCsv(raw)) throw UnrecognizedBody();
  return done('csv', await readCsv(raw));
}

/** A header row and at least one more. */
function looksLikeCsv(raw: Buffer): boolean {
  const lineEnd = raw.indexOf(10);
  return lineEnd > 0 && lineEnd < raw.length - 1 && !raw.subarray(0, lineEnd).includes(0);
}

function textOf(raw: Buffer): string {
  const text = raw.toString('utf8');
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
