import { describe, expect, it } from 'vitest';
import { parseBody } from '../src/body/parse.ts';

const MIB = 1024 * 1024;
/** No input may keep other calls waiting longer than this (ms). */
const LONGEST_PAUSE = 50;

/** Milliseconds that this thread has worked: unlike the clock, it does not count what other processes do meanwhile. */
function threadTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** The most work in one piece while a body is parsed, with nothing else allowed to run; the best of up to three runs. */
async function longestPause(body: Buffer, type: string): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 3 && best >= LONGEST_PAUSE; run++) {
    let last = threadTime();
    let longest = 0;
    let parsing = true;
    const tick = () => {
      const now = threadTime();
      longest = Math.max(longest, now - last);
      last = now;
      if (parsing) setImmediate(tick);
    };
    setImmediate(tick);
    await parseBody(body, type, 'resource').catch(() => {});
    parsing = false;
    best = Math.min(best, Math.max(longest, threadTime() - last));
  }
  return best;
}

const repeat = (text: string, bytes: number) => text.repeat(Math.floor(bytes / text.length));

describe('a hostile body of 10 MiB', () => {
  it.each([
    ['many small members', 'application/json', (size: number) => `[${repeat('{"a":1},', size)}{}]`],
    ['one long text', 'application/json', (size: number) => `"${'x'.repeat(size)}"`],
    ['one text of escapes', 'application/json', (size: number) => `"${repeat('\\u0041', size)}"`],
    ['one long number', 'application/json', (size: number) => `1.${'0'.repeat(size)}1`],
    ['one long exponent', 'application/json', (size: number) => `1e${'9'.repeat(size)}`],
    ['many long numbers', 'application/json', (size: number) => `[${repeat('123456789012345678901234567890,', size)}1]`],
    ['the same member again and again', 'application/json', (size: number) => `{${repeat('"a":1,', size)}"a":1}`],
    [
      'many different members',
      'application/json',
      (size: number) => `{${Array.from({ length: size / 16 }, (_, index) => `"${index}k":1`).join(',')}}`,
    ],
    ['an error at the end', 'application/json', (size: number) => `[${repeat('1,\n', size)}x]`],
    ['deep lists', 'application/json', (size: number) => '['.repeat(size)],
    ['many elements', 'application/xml', (size: number) => `<r>${repeat('<a/>', size)}</r>`],
    [
      'many different elements',
      'application/xml',
      (size: number) => `<r>${Array.from({ length: size / 16 }, (_, index) => `<a${index}/>`).join('')}</r>`,
    ],
    ['one long text', 'application/xml', (size: number) => `<r>${'x'.repeat(size)}</r>`],
    ['many entities', 'application/xml', (size: number) => `<r>${repeat('&amp;', size)}</r>`],
    ['one long attribute', 'application/xml', (size: number) => `<r a="${'x'.repeat(size)}"/>`],
    [
      'many attributes',
      'application/xml',
      (size: number) => `<r ${Array.from({ length: size / 16 }, (_, index) => `a${index}="1"`).join(' ')}/>`,
    ],
    ['one long name', 'application/xml', (size: number) => `<${'x'.repeat(size)}/>`],
    ['one long comment', 'application/xml', (size: number) => `<r><!--${'- '.repeat(size / 2)}--></r>`],
    ['an unclosed tag', 'application/xml', (size: number) => `<r ${'x '.repeat(size / 2)}`],
    ['many rows', 'text/csv', (size: number) => `a,b\n${repeat('1,2\n', size)}`],
    ['many empty rows', 'text/csv', (size: number) => `a,b\n${repeat('\n', size)}`],
    ['many columns', 'text/csv', (size: number) => `${repeat('a,', size / 2)}a\n${repeat('1,', size / 2)}1\n`],
    [
      'many different columns',
      'text/csv',
      (size: number) => `${Array.from({ length: size / 16 }, (_, index) => `a${index}`).join()}\n${repeat('1,', size / 8)}1\n`,
    ],
    ['one long text', 'text/csv', (size: number) => `a\n"${'x'.repeat(size)}"\n`],
    ['an open quote', 'text/csv', (size: number) => `a\n"${repeat('""', size)}`],
    ['many fields', 'application/x-www-form-urlencoded', () => repeat('a=1&', MIB)],
    ['one long value', 'application/x-www-form-urlencoded', () => `a=${repeat('%41', MIB)}`],
    ['many brackets', 'application/x-www-form-urlencoded', () => `${repeat('a[b]', MIB)}=1`],
    ['nothing known', 'application/octet-stream', (size: number) => '{'.repeat(size)],
  ] as const)('with %s as %s blocks nobody', async (_name, type, make) => {
    expect(await longestPause(Buffer.from(make(10 * MIB)), type)).toBeLessThan(LONGEST_PAUSE);
  });
});

describe('twice the size', () => {
  it.each([
    ['application/json', '[{"a":1,"b":"text"}', ',{"a":1,"b":"text"}', ']'],
    ['application/json', '1.', '0', '1'],
    ['application/xml', '<r>', '<a>text</a>', '</r>'],
    ['text/csv', 'a,b\n', '1,"x"\n', ''],
    ['application/x-www-form-urlencoded', '', 'a[]=%41&', 'b=1'],
  ])('as %s costs at most two and a half times as much', async (type, head, item, tail) => {
    const cost = async (bytes: number) => {
      const body = Buffer.from(head + repeat(item, bytes) + tail);
      let best = Number.POSITIVE_INFINITY;
      for (let run = 0; run < 3; run++) {
        const before = threadTime();
        await parseBody(body, type, 'resource').catch(() => {});
        best = Math.min(best, threadTime() - before);
      }
      return best;
    };
    const size = type.includes('form') ? MIB / 16 : 2 * MIB;
    await cost(size);
    const once = await cost(size);
    // Below a few milliseconds the clock measures itself.
    expect(await cost(2 * size)).toBeLessThan(2.5 * once + 5);
  });
});
