import { answer, answerList, JsonText, NotFound, numberOf, type ServiceResponse } from '@headgate/core';
import { describe, expect, it } from 'vitest';
import { inject } from '../src/index.ts';
import { KEY, testApi } from './support.ts';

const PEOPLE = answerList([
  { id: 1, name: 'A & B', active: true, balance: 1.5, note: null },
  { id: 2, name: 'C, "D"', active: false, balance: -2, note: 'two\nlines' },
]);

async function get(response: ServiceResponse, query = '', headers: Record<string, string> = {}) {
  return inject(testApi({ handle: () => response }).listener, {
    path: `/api/v2/db/_table/people${query}`,
    headers: { ...KEY, ...headers },
  });
}

describe('the format of an answer', () => {
  it.each([
    [undefined, 'application/json'],
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['application/json', 'application/json'],
    ['application/json; charset=utf-8', 'application/json'],
    ['APPLICATION/JSON', 'application/json'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'application/json'],
    ['application/json, text/plain, */*', 'application/json'],
    ['application/xml', 'application/xml'],
    ['text/xml', 'application/xml'],
    ['text/csv', 'text/csv; charset=UTF-8'],
    ['text/plain', 'text/plain; charset=utf-8'],
    ['application/json, text/csv', 'application/json'],
    ['application/json, text/html', 'application/json'],
    ['text/html, text/csv', 'text/csv; charset=UTF-8'],
    ['application/json;q=0.5, text/csv', 'text/csv; charset=UTF-8'],
    ['text/csv;q=0.2, application/xml;q=0.9', 'application/xml'],
    ['text/csv;q=0, application/xml;q=0.1', 'application/xml'],
    ['application/*', 'application/json'],
  ])('for Accept %s is %s', async (accept, type) => {
    const { status, headers } = await get(PEOPLE, '', accept === undefined ? {} : { Accept: accept });
    expect(status).toBe(200);
    expect(headers['content-type']).toBe(type);
  });

  it.each(['image/png', 'text/html', 'application/json;q=0', 'nonsense'])(
    'that cannot be made for %s is refused without the data',
    async (accept) => {
      const { status, text, headers } = await get(PEOPLE, '', { Accept: accept });
      expect(status).toBe(406);
      expect(headers['content-type']).toBe('application/json');
      expect(JSON.parse(text).error).toMatchObject({ code: 406, reason: 'not_acceptable' });
      expect(text).not.toContain('A & B');
    },
  );

  it('is refused before a write is done', async () => {
    const api = testApi();
    const { status } = await inject(api.listener, {
      method: 'POST',
      path: '/api/v2/db/_table/people',
      headers: { ...KEY, Accept: 'image/png' },
      body: { resource: [] },
    });
    expect(status).toBe(406);
    expect(api.seen).toHaveLength(0);
  });

  it('follows the option accept before the header', async () => {
    const { headers } = await get(PEOPLE, '?accept=application%2Fxml', { Accept: 'text/csv' });
    expect(headers['content-type']).toBe('application/xml');
  });
});

describe('JSON', () => {
  it('is compact, plain UTF-8, with slashes as they are', async () => {
    const { text, headers } = await get(answer({ name: 'São/Paulo' }));
    expect(text).toBe('{"name":"São/Paulo"}');
    expect(headers['content-length']).toBe(String(Buffer.byteLength(text)));
  });

  it('passes on JSON that a database wrote, to the byte', async () => {
    const rows = new JsonText('[{"id": 9007199254740993, "n":1.10}]');
    expect((await get(answerList(rows, { count: 1 }))).text).toBe('{"resource":[{"id": 9007199254740993, "n":1.10}],"meta":{"count":1}}');
  });

  it('keeps every digit of exact numbers', async () => {
    expect((await get(answer({ id: numberOf('9007199254740993')! }))).text).toBe('{"id":9007199254740993}');
  });

  it('writes long lists whole', async () => {
    const items = Array.from({ length: 9001 }, (_, id) => ({ id }));
    expect(JSON.parse((await get(answerList(items))).text)).toEqual({ resource: items });
    expect((await get(answerList(items), '?wrap=false')).text).toBe(JSON.stringify(items));
  });
});

describe('the envelope', () => {
  it.each([
    ['wraps a list', answerList([]), '', {}, '{"resource":[]}'],
    ['wraps a list that is a value', answer(['a']), '', {}, '{"resource":["a"]}'],
    ['wraps a written list that is a value', answer(new JsonText(' [1]')), '', {}, '{"resource": [1]}'],
    ['leaves an object alone', answer({ id: 1 }), '', {}, '{"id":1}'],
    ['leaves an object alone even when asked', answer({ id: 1 }), '?wrap=true', {}, '{"id":1}'],
    ['leaves a number alone', answer(7), '', {}, '7'],
    ['is left out by the option', answerList([1]), '?wrap=false', {}, '[1]'],
    ['is left out by the header', answerList([1]), '', { wrap: 'false' }, '[1]'],
    ['stays around meta', answerList([1], { count: 3 }), '?wrap=false', {}, '{"resource":[1],"meta":{"count":3}}'],
  ] as const)('%s', async (_name, response, query, headers, text) => {
    expect((await get(response, query, headers)).text).toBe(text);
  });

  it('is off by setting, and on by option', async () => {
    const { listener } = testApi({ handle: () => answerList([1]), rules: { envelope: { always: false, wrapper: 'rows' } } });
    expect((await inject(listener, { path: '/api/v2/db', headers: KEY })).text).toBe('[1]');
    expect((await inject(listener, { path: '/api/v2/db?wrap=1', headers: KEY })).text).toBe('{"rows":[1]}');
  });
});

describe('XML', () => {
  const xml = async (response: ServiceResponse, query = '') => (await get(response, query, { Accept: 'application/xml' })).text;

  it('repeats the element for each record, escapes, and leaves null empty', async () => {
    expect(await xml(answerList([{ id: 1, name: 'A & <B>', none: null, yes: true }]))).toBe(
      '<?xml version="1.0" ?><dfapi>\n\t<resource>\n\t\t<id>1</id>\n\t\t<name>A &amp; &lt;B&gt;</name>\n\t\t<none></none>\n\t\t<yes>true</yes>\n\t</resource>\n</dfapi>\n',
    );
  });

  it('has one root for a list without envelope, for a scalar and for a record', async () => {
    expect(await xml(answerList([{ id: 1 }, { id: 2 }]), '?wrap=false')).toMatch(
      /^<\?xml version="1\.0" \?><dfapi>\n\t<resource>[\s\S]*<\/dfapi>\n$/,
    );
    expect(await xml(answer(10))).toBe('<?xml version="1.0" ?><dfapi>10</dfapi>');
    expect(await xml(answer('<x>'))).toBe('<?xml version="1.0" ?><dfapi>&lt;x&gt;</dfapi>');
    expect(await xml(answer({ id: 1 }))).toBe('<?xml version="1.0" ?><dfapi>\n\t<id>1</id>\n</dfapi>\n');
  });

  it('writes related records inside, and nothing for an empty list', async () => {
    expect(await xml(answer({ id: 8, orders: [{ id: 1 }, { id: 2 }], none: [] }))).toBe(
      '<?xml version="1.0" ?><dfapi>\n\t<id>8</id>\n\t<orders>\n\t\t<id>1</id>\n\t</orders>\n\t<orders>\n\t\t<id>2</id>\n\t</orders>\n</dfapi>\n',
    );
  });

  it('never lets a name or a value become markup', async () => {
    const text = await xml(answer({ 'a><script>': 1, '1st': 2, 'a b': 3, x: '\u0000\u0008\ud800</dfapi>\r' }));
    expect(text).not.toMatch(/<script/);
    expect(text).toContain('<_1st>2</_1st>');
    expect(text).toContain('<a_b>3</a_b>');
    expect(text).toContain('<x>\ufffd\ufffd\ufffd&lt;/dfapi&gt;&#13;</x>');
  });

  it('keeps exact numbers that came as written JSON', async () => {
    expect(await xml(answerList(new JsonText('[{"id":9007199254740993}]')))).toContain('<id>9007199254740993</id>');
  });

  it('is the form of errors too', async () => {
    const { listener } = testApi({ handle: () => Promise.reject(NotFound('Nothing <here>.')) });
    const { status, text, headers } = await inject(listener, { path: '/api/v2/db/x', headers: { ...KEY, Accept: 'application/xml' } });
    expect(status).toBe(404);
    expect(headers['content-type']).toBe('application/xml');
    expect(text).toContain('<message>Nothing &lt;here&gt;.</message>');
  });
});

describe('CSV', () => {
  const csv = async (response: ServiceResponse) => (await get(response, '', { Accept: 'text/csv' })).text;

  it('has a header of the first record, quotes what must be, true as 1, false and null empty', async () => {
    expect(await csv(PEOPLE)).toBe('id,name,active,balance,note\n1,A & B,1,1.5,\n2,"C, ""D""",,-2,"two\nlines"\n');
  });

  it('writes objects as JSON, and a list of plain values as one column', async () => {
    expect(await csv(answerList([{ id: 1, tags: ['a'] }]))).toBe('id,tags\n1,"[""a""]"\n');
    expect(await csv(answerList(['a', 'b,c']))).toBe('resource\na\n"b,c"\n');
  });

  it('writes one record as one row, and nothing for no records', async () => {
    expect(await csv(answer({ id: 7 }))).toBe('id\n7\n');
    expect(await csv(answerList([]))).toBe('');
  });

  it('leaves texts that look like formulas alone', async () => {
    expect(await csv(answerList([{ x: '=1+1' }]))).toBe('x\n=1+1\n');
  });
});

describe('the option file', () => {
  it.each([
    ['?file=people.xml', 'application/xml', 'attachment; filename="people.xml";'],
    ['?file=people.csv', 'text/csv; charset=UTF-8', 'attachment; filename="people.csv";'],
    ['?file=true', 'application/json', 'attachment; filename="people.json";'],
    ['?file=people.JSON', 'application/json', 'attachment; filename="people.JSON";'],
    ['?file=people', 'application/json', undefined],
    ['?file=false', 'application/json', undefined],
    ['?file=a%22%0D%0Ab.csv', 'text/csv; charset=UTF-8', 'attachment; filename="a___b.csv"; filename*=UTF-8\'\'a%22__b.csv;'],
  ])('%s gives %s', async (query, type, disposition) => {
    const { headers } = await get(PEOPLE, query, { Accept: 'application/json' });
    expect(headers['content-type']).toBe(type);
    expect(headers['content-disposition']).toBe(disposition);
  });
});
