import type { Parameters } from '@headgate/core';
import { isTruthy } from '@headgate/core';

export type Format = 'json' | 'xml' | 'csv' | 'text';

/** The format of an answer, and the file it is to be saved as. */
export interface Choice {
  /** Undefined where nothing that the call accepts can be made. */
  readonly format: Format | undefined;
  readonly fileName: string | undefined;
  /** What the call asked for, for the refusal. */
  readonly accepted: string;
}

const AVAILABLE: readonly (readonly [type: string, format: Format])[] = [
  ['application/json', 'json'],
  ['application/xml', 'xml'],
  ['text/csv', 'csv'],
  ['text/xml', 'xml'],
  ['text/plain', 'text'],
];
const BY_TYPE: ReadonlyMap<string, Format> = new Map(AVAILABLE);
const BY_EXTENSION: ReadonlyMap<string, Format> = new Map([
  ['json', 'json'],
  ['xml', 'xml'],
  ['csv', 'csv'],
]);

const JSON_CHOICE: Choice = Object.freeze({ format: 'json', fileName: undefined, accepted: '*/*' });

/**
 * Chooses the format (rest-core.md 2.6, as corrected there): `file`, else `accept`, else the header `Accept`, else the default. The
 * preferred type that can be made wins; among equals the first. Whoever accepts anything gets JSON: browsers do.
 */
export function chooseFormat(accept: string | undefined, parameters: Parameters, fallback: string, name: string): Choice {
  const file = parameters.get('file');
  const option = parameters.get('accept');
  if (file === undefined && option === undefined && isPlainJson(accept || fallback)) return JSON_CHOICE;
  const accepted = option || accept || fallback;
  const download = file === undefined ? undefined : fileOf(file, name);
  if (download?.format !== undefined) return { ...download, accepted };
  return { format: bestOf(accepted), fileName: download?.fileName, accepted };
}

function isPlainJson(accepted: string): boolean {
  return accepted === 'application/json' || accepted === '*/*';
}

/** `file=report.csv` names format and file, `file=true` is JSON under the resource's name; other words mean nothing. */
function fileOf(file: string, name: string): { format: Format | undefined; fileName: string } | undefined {
  if (isTruthy(file)) return { format: 'json', fileName: `${name}.json` };
  const dot = file.lastIndexOf('.');
  return dot < 0 ? undefined : { format: BY_EXTENSION.get(file.slice(dot + 1).toLowerCase()), fileName: file };
}

function bestOf(accepted: string): Format | undefined {
  let best: Format | undefined;
  let bestQuality = 0;
  for (const entry of accepted.slice(0, 2000).split(',')) {
    const [range = '', ...parameters] = entry.split(';');
    const quality = qualityOf(parameters);
    if (quality === 0) continue;
    const type = range.trim().toLowerCase();
    if (type === '*/*') return 'json';
    const format = BY_TYPE.get(type) ?? firstOf(type);
    if (format !== undefined && quality > bestQuality) {
      best = format;
      bestQuality = quality;
    }
  }
  return best;
}

/** `application/*` is the first type of that kind. */
function firstOf(range: string): Format | undefined {
  if (!range.endsWith('/*')) return undefined;
  return AVAILABLE.find(([type]) => type.startsWith(range.slice(0, -1)))?.[1];
}

function qualityOf(parameters: readonly string[]): number {
  for (const parameter of parameters) {
    const match = /^\s*q\s*=\s*([\d.]{1,5})\s*$/i.exec(parameter);
    if (match) return Math.min(1, Math.max(0, Number(match[1]) || 0));
  }
  return 1;
}

/** `Content-Disposition` of a download; the closing semicolon is the original's. Nothing of the name can end the header. */
export function disposition(fileName: string): string {
  const name = fileName.replace(/[\p{Cc}\p{Cs}/\\]/gu, '_').slice(0, 200);
  const plain = name.replace(/[^\x20-\x7e]|"/g, '_');
  const extended =
    plain === name
      ? ''
      : ` filename*=UTF-8''${encodeURIComponent(name).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)};`;
  return `attachment; filename="${plain}";${extended}`;
}
