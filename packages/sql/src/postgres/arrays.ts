import { isExactNumber, type JsonValue, numberOf } from '@headgate/core';

/** A JSON array as PostgreSQL's array text: `{1,"a b",NULL,{2}}`. */
export function arrayLiteral(values: readonly JsonValue[]): string {
  return `{${values.map(elementText).join(',')}}`;
}

function elementText(value: JsonValue): string {
  if (value === null) return 'NULL';
  if (Array.isArray(value)) return arrayLiteral(value as readonly JsonValue[]);
  if (isExactNumber(value)) return value.rawJSON;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? 't' : 'f';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

const NUMERIC_ELEMENTS = new Set(['_int2', '_int4', '_float4', '_float8', '_oid']);

/** PostgreSQL's array text as JSON; elements of types that JSON lacks stay texts. `baseType` is the array's own: `_int4`. */
export function parseArray(text: string, baseType: string): JsonValue {
  const start = text.indexOf('{');
  const stack: JsonValue[][] = [];
  let current: JsonValue[] | undefined;
  let at = start;
  while (at < text.length) {
    const char = text[at]!;
    if (char === '{') {
      const nested: JsonValue[] = [];
      current?.push(nested);
      if (current) stack.push(current);
      current = nested;
      at++;
    } else if (char === '}') {
      const outer = stack.pop();
      if (!outer) break;
      current = outer;
      at++;
    } else if (char === ',') at++;
    else {
      const element = readElement(text, at);
      current?.push(element.quoted ? element.value : elementOf(element.value, baseType));
      at = element.end;
    }
  }
  return current ?? [];
}

function readElement(text: string, start: number): { value: string; quoted: boolean; end: number } {
  if (text[start] !== '"') {
    let end = start;
    while (end < text.length && text[end] !== ',' && text[end] !== '}') end++;
    return { value: text.slice(start, end), quoted: false, end };
  }
  let value = '';
  let at = start + 1;
  while (text[at] !== '"') {
    if (text[at] === '\\') at++;
    value += text[at++];
  }
  return { value, quoted: true, end: at + 1 };
}

function elementOf(text: string, baseType: string): JsonValue {
  if (text === 'NULL') return null;
  if (NUMERIC_ELEMENTS.has(baseType)) return numberOf(text) ?? text;
  if (baseType === '_bool') return text === 't';
  return text;
}
