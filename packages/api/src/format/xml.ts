import type { JsonValue } from '@headgate/core';
import { isExactNumber } from '@headgate/core';
import { pause } from '../body/pause.js';
import { ROWS_AT_ONCE } from './document.js';

/**
 * Writes a value as XML (rest-core.md 2.7): always one root; items of a list repeat its name, so that empty lists vanish; null is an
 * empty element. Names that are none in XML get `_` for what is wrong in them.
 */
export async function toXml(value: JsonValue, root: string): Promise<string> {
  const out: string[] = [`<?xml version="1.0" ?><${root}>`];
  if (typeof value !== 'object' || value === null || isExactNumber(value)) {
    out.push(scalarText(value), `</${root}>`);
    return out.join('');
  }
  out.push('\n');
  for (const [name, member] of Object.entries(value)) {
    const element = elementName(name);
    if (!Array.isArray(member)) {
      writeMember(out, element, member, '\t');
      continue;
    }
    for (let index = 0; index < member.length; index++) {
      if (index % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) await pause();
      writeElement(out, element, member[index], '\t');
    }
  }
  out.push(`</${root}>\n`);
  return out.join('');
}

function writeMember(out: string[], element: string, value: JsonValue | undefined, indent: string): void {
  if (value === undefined) return;
  if (!Array.isArray(value)) {
    writeElement(out, element, value, indent);
    return;
  }
  for (const item of value) writeElement(out, element, item, indent);
}

function writeElement(out: string[], element: string, value: JsonValue | undefined, indent: string): void {
  if (typeof value !== 'object' || value === null || isExactNumber(value)) {
    out.push(indent, '<', element, '>', scalarText(value), '</', element, '>\n');
    return;
  }
  out.push(indent, '<', element, '>\n');
  const inner = `${indent}\t`;
  if (Array.isArray(value)) writeMember(out, element, value, inner);
  else for (const [name, member] of Object.entries(value)) writeMember(out, elementName(name), member, inner);
  out.push(indent, '</', element, '>\n');
}

function scalarText(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return escapeText(value);
  return isExactNumber(value) ? value.rawJSON : String(value);
}

const SPECIAL = /[&<>\r]/;
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' };
/** Characters that XML 1.0 cannot hold at all. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that are looked for
const IMPOSSIBLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;

function escapeText(text: string): string {
  const escaped = SPECIAL.test(text) ? text.replace(/[&<>\r]/g, (char) => ENTITIES[char]!) : text;
  return escaped.replace(IMPOSSIBLE, '\ufffd');
}

const NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

function elementName(name: string): string {
  if (NAME.test(name)) return name;
  const allowed = name.replace(/[^\p{L}\p{Nd}_.-]/gu, '_');
  return /^[\p{L}_]/u.test(allowed) ? allowed : `_${allowed}`;
}
