import { isExactNumber, type JsonValue } from '@headgate/core';
import { describe, expect, it } from 'vitest';
import { inject } from '../src/index.ts';
import { KEY, testApi } from './support.ts';

async function post(body: string | Uint8Array, contentType: string | undefined, headers: Record<string, string> = {}) {
  const api = testApi();
  const response = await inject(api.listener, {
    method: 'POST',
    path: '/api/v2/db/_table/people',
    headers: { ...KEY, ...(contentType !== undefined && { 'Content-Type': contentType }), ...headers },
    body,
  });
  return {
    status: response.status,
    error: (JSON.parse(response.text) as { error?: { message: string; reason: string } }).error,
    body: api.seen[0]?.body,
  };
}

/** What a body became, which must be accepted. */
async function read(body: string | Uint8Array, contentType: string | undefined): Promise<JsonValue | undefined> {
  const { status, error, body: seen } = await post(body, contentType);
  expect(error).toBeUndefined();
  expect(status).toBe(200);
  return seen?.value;
}

async function problemOf(body: string | Uint8Array, contentType: string): Promise<string> {
  const { status, error, body: seen } = await post(body, contentType);
  expect(seen).toBeUndefined();
  expect(status).toBe(400);
  return error!.message;
}

describe('a JSON body', () => {
  it.each(['application/json', 'application/json; charset=utf-8', 'text/json', 'application/vnd.x+json'])('is read as %s', async (type) => {
    expect(await read('{"resource":[{"a":1}]}', type)).toEqual({ resource: [{ a: 1 }] });
  });

  it('keeps texts as they are: neither trimmed nor turned into null', async () => {
    expect(await read('{"a":"  x ","b":""}', 'application/json')).toEqual({ a: '  x ', b: '' });
  });

  it.each([
    ['{"a":', 'line 1, column 6'],
    ['{"resource":[\n  {"a":1,}\n]}', 'line 2, column 10'],
    ['{"ä":1 x}', 'line 1, column 8'],
    ['', undefined],
    ['{"a":1}{', 'line 1, column 8'],
    ['{a:1}', 'line 1, column 2'],
    ['[1 2]', 'line 1, column 4'],
    ['nul', 'line 1, column 4'],
  ])('malformed as %j is a 400 that names the place', async (text, place) => {
    if (place === undefined) {
      expect((await post(text, 'application/json')).body?.format).toBe('none');
      return;
    }
    expect(await problemOf(text, 'application/json')).toContain(place);
  });

  it('keeps exact numbers, in small bodies and in large ones', async () => {
    const digits = '12345678901234567890.123456789';
    for (const filler of ['', 'x'.repeat(400_000)]) {
      const value = (await read(`{"n":${digits},"i":9007199254740993,"f":"${filler}","e":1e400}`, 'application/json')) as Record<
        string,
        JsonValue
      >;
      for (const [name, text] of [
        ['n', digits],
        ['i', '9007199254740993'],
        ['e', '1e400'],
      ] as const) {
        expect(isExactNumber(value[name])).toBe(true);
        expect(JSON.stringify(value[name])).toBe(text);
      }
    }
  });

  it('of any size becomes what JSON.parse makes of it', async () => {
    const value = {
      resource: Array.from({ length: 20_000 }, (_, id) => ({ id, name: `é "${id}" \\ \u2028`, list: [[], {}, null, true, -1.5e3] })),
    };
    expect(await read(JSON.stringify(value), 'application/json')).toEqual(value);
  });

  it('that is large and malformed names the place too', async () => {
    expect(await problemOf(`[\n"${'x'.repeat(300_000)}",\n,1]`, 'application/json')).toContain('line 3, column 1');
  });

  it('nested too deeply is refused, in small bodies and in large ones', async () => {
    expect(await problemOf('['.repeat(5000) + ']'.repeat(5000), 'application/json')).toContain('Nesting deeper');
    expect(await problemOf('{"a":'.repeat(200_000), 'application/json')).toContain('Nesting deeper');
  });

  it('cannot reach a prototype, and of a repeated member the last one counts', async () => {
    const value = (await read('{"__proto__":{"admin":true},"a":1,"a":2,"b":{"\\u005f_proto__":1}}', 'application/json')) as Record<
      string,
      unknown
    >;
    expect(value).toEqual({ a: 2, b: {} });
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(value.admin).toBeUndefined();
  });

  it('that is no UTF-8 is refused', async () => {
    expect(await problemOf(Buffer.from([0x22, 0xff, 0x22]), 'application/json')).toContain('UTF-8');
  });

  it('may begin with a byte order mark', async () => {
    expect(await read('\ufeff{"a":1}', 'application/json')).toEqual({ a: 1 });
  });
});

describe('a form', () => {
  it('becomes texts, lists and objects', async () => {
    expect(await read('a=1&b=x+y%26&c[]=1&c[]=2&d[k][l]=v&a=2&__proto__=x', 'application/x-www-form-urlencoded')).toEqual({
      a: '2',
      b: 'x y&',
      c: ['1', '2'],
      d: { k: { l: 'v' } },
    });
  });

  it('that is broken, has too many fields or is too large is refused', async () => {
    expect(await problemOf('a=%zz', 'application/x-www-form-urlencoded')).toContain('percent-encoded');
    expect(await problemOf('a=1&'.repeat(10_001), 'application/x-www-form-urlencoded')).toContain('10000');
    expect((await post(`a=${'x'.repeat(2_000_000)}`, 'application/x-www-form-urlencoded')).status).toBe(413);
  });
});

describe('an XML body', () => {
  const xml = (text: string) => read(text, 'application/xml');

  it('loses its outer element, unless that is the wrapper', async () => {
    expect(await xml('<?xml version="1.0"?><dfapi><resource><id>1</id></resource><resource><id>2</id></resource></dfapi>')).toEqual({
      resource: [{ id: '1' }, { id: '2' }],
    });
    expect(await xml('<resource><id>1</id></resource>')).toEqual({ resource: { id: '1' } });
    expect(await xml('<x><resource><sku>a</sku></resource></x>')).toEqual({ resource: { sku: 'a' } });
  });

  it('ignores attributes, keeps CDATA and blanks within texts, and reads empty elements as empty texts', async () => {
    expect(await xml('<r><a x="1"> b </a><c/><d><![CDATA[<&>]]></d><e>&lt;&#65;</e></r>')).toEqual({ a: ' b ', c: '', d: '<&>', e: '<A' });
  });

  it('keeps lists of three and more in order, also when members stand between them', async () => {
    expect(await xml('<r><a>1</a><b>x</b><a>2</a><a>3</a></r>')).toEqual({ a: ['1', '2', '3'], b: 'x' });
  });

  it('with a document type is refused: no entity is ever expanded or fetched', async () => {
    const laughs = '<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><r>&b;</r>';
    const outside = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>';
    for (const text of [laughs, outside]) expect(await problemOf(text, 'application/xml')).toContain('Document types are not allowed');
    expect(await problemOf('<r>&x;</r>', 'application/xml')).toMatch(/entity|reference/i);
  });

  it.each([['<a><b></a>'], ['<a>'], ['just text'], ['<a/><b/>'], ['']])('malformed as %j is refused or empty', async (text) => {
    if (text === '') expect((await post(text, 'application/xml')).body?.format).toBe('none');
    else expect(await problemOf(text, 'application/xml')).toMatch(/^Invalid or malformed XML\. .* at line \d+, column \d+\.$/);
  });

  it('nested too deeply is refused, and a large one is read whole', async () => {
    expect(await problemOf('<a>'.repeat(100_000), 'application/xml')).toContain('Nesting deeper');
    const many = (await xml(`<d>${'<resource><id>1</id></resource>'.repeat(20_000)}</d>`)) as { resource: unknown[] };
    expect(many.resource).toHaveLength(20_000);
  });
});

describe('a CSV body', () => {
  const csv = (text: string) => read(text, 'text/csv');

  it('is a list of records of texts', async () => {
    expect(await csv('sku,name,price\nA,Thing A,1.50\nB,"Thing, ""B""",2\n')).toEqual([
      { sku: 'A', name: 'Thing A', price: '1.50' },
      { sku: 'B', name: 'Thing, "B"', price: '2' },
    ]);
    expect(await csv('\ufeffa,b\r\n1, \r\n"x\r\ny",\r\n')).toEqual([
      { a: '1', b: ' ' },
      { a: 'x\r\ny', b: '' },
    ]);
  });

  it('with a row of another length or a stray quote is refused with its line', async () => {
    expect(await problemOf('a,b\n1,2\n3\n', 'text/csv')).toContain('line 3');
    expect(await problemOf('a,b\n1,"2\n', 'text/csv')).toContain('not closed');
    expect(await problemOf('a,b\n1,x"2"\n', 'text/csv')).toContain('quote');
  });

  it('cannot reach a prototype', async () => {
    expect(await csv('__proto__,a\nx,1\n')).toEqual([{ a: '1' }]);
  });

  it('of many rows is read whole', async () => {
    expect(await csv(`a,b\n${'1,2\n'.repeat(50_000)}`)).toHaveLength(50_000);
  });
});

describe('a body of another type', () => {
  it('text/plain is the text itself', async () => {
    expect(await read('{"a":1}', 'text/plain')).toBe('{"a":1}');
  });

  it.each([
    ['{"a":1}', 'json', { a: 1 }],
    [' <r><a>1</a></r>', 'xml', undefined],
    ['<r><a>1</a></r>', 'xml', { a: '1' }],
    ['a,b\n1,2', 'csv', [{ a: '1', b: '2' }]],
  ])('without a known type %j is recognized', async (text, format, value) => {
    for (const type of [undefined, 'application/octet-stream']) {
      const { body } = await post(text, type);
      expect(body?.format ?? 'refused').toBe(value === undefined ? (body?.format ?? 'refused') : format);
      if (value !== undefined) expect(body?.value).toEqual(value);
    }
  });

  it('that is nothing known is refused', async () => {
    expect(await problemOf('hello', 'image/png')).toBe('Unrecognized payload type');
    expect(await problemOf(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0a, 0xff]), 'image/png')).toBe('Unrecognized payload type');
  });

  it('multipart is left to the service', async () => {
    expect((await post('--x--', 'multipart/form-data; boundary=x')).body?.format).toBe('bytes');
  });

  it('compressed is refused, not misread', async () => {
    expect((await post('x', 'application/json', { 'Content-Encoding': 'gzip' })).status).toBe(400);
  });
});
