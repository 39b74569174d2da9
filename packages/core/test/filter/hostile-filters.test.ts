import { describe, expect, it } from 'vitest';
import { HeadgateError, parseFilter } from '../../src/index.js';

/** A generator that repeats itself from its seed, so that a failure can be repeated. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const PIECES = [
  '(',
  ')',
  "'",
  '"',
  '=',
  '<',
  '>',
  '!',
  ',',
  ' ',
  'AND',
  'OR',
  'NOT',
  'XOR',
  'IN',
  'LIKE',
  'BETWEEN',
  'IS',
  'NULL',
  'a',
  'x1',
  '%',
  '_',
  ':p',
  '{',
  '}',
  '[',
  ']',
  '`',
  '&&',
  '||',
  '\n',
  '\u00a0',
  'é',
  '😀',
  '\0',
  'NOW()',
  'STARTS',
  'WITH',
  '(SELECT 1)',
  '--',
  ';',
  '/*',
];

function expectOnlyCatalogued(text: string): void {
  try {
    parseFilter(text);
  } catch (error) {
    if (!(error instanceof HeadgateError) || error.status !== 400) throw new Error(`${JSON.stringify(text)} ended in ${String(error)}`);
  }
}

/** Milliseconds, the best of three. */
function timeOf(text: string): number {
  const times = [0, 1, 2].map(() => {
    const start = performance.now();
    expectOnlyCatalogued(text);
    return performance.now() - start;
  });
  return Math.min(...times);
}

describe('hostile filters', () => {
  it('end in nodes or in a catalogued 400, whatever pieces they are made of', () => {
    const random = randomFrom(20_261_121);
    for (let round = 0; round < 20_000; round++) {
      const length = Math.floor(random() * 25);
      expectOnlyCatalogued(Array.from({ length }, () => PIECES[Math.floor(random() * PIECES.length)]).join(random() < 0.5 ? '' : ' '));
    }
  });

  it('end in nodes or in a catalogued 400, whatever characters they are made of', () => {
    const random = randomFrom(7);
    for (let round = 0; round < 5_000; round++) {
      const length = Math.floor(random() * 40);
      expectOnlyCatalogued(String.fromCharCode(...Array.from({ length }, () => Math.floor(random() * (random() < 0.8 ? 128 : 65_536)))));
    }
  });

  const shapes: Readonly<Record<string, (size: number) => string>> = {
    'open parentheses': (size) => '('.repeat(size),
    'open parentheses of a value': (size) => `a = ${'('.repeat(size)}`,
    'doubled quotes': (size) => `a = '${"''".repeat(size / 2)}`,
    'quotes before letters': (size) => `a = '${"'a".repeat(size / 2)}`,
    blanks: (size) => `a${' '.repeat(size)}= 1`,
    'blanks in the current time': (size) => `a = (now()${' '.repeat(size)}x)`,
    words: (size) => 'a '.repeat(size / 2),
    'a long bare value': (size) => `a = ${'b '.repeat(size / 2)}`,
    'a long list': (size) => `a IN (${'1,'.repeat(size / 2)}1)`,
    'long list of texts': (size) => `a IN (${"'x',".repeat(size / 4)}'x')`,
    'many comparisons': (size) => Array.from({ length: size / 8 }, () => 'a=1').join(' or '),
    'many negations': (size) => `${'NOT '.repeat(size / 4)}a=1`,
    commas: (size) => `a IN (${','.repeat(size)})`,
  };

  it.each(Object.entries(shapes))('cost little and time in proportion to their length: %s', (_name, make) => {
    timeOf(make(10_000));
    const half = timeOf(make(250_000));
    const whole = timeOf(make(500_000));
    expect(whole).toBeLessThan(50);
    expect(whole).toBeLessThan(Math.max(half, 10) * 2.5);
  });

  it('may nest a thousand parentheses, and no more', () => {
    const nested = (depth: number) => `${'('.repeat(depth)}id = 5${')'.repeat(depth)}`;
    expect(parseFilter(nested(1_000))).toMatchObject({ kind: 'compare' });
    expect(() => parseFilter(nested(1_001))).toThrow(expect.objectContaining({ reason: 'filter_too_large' }));
    expect(() => parseFilter(nested(100_000))).toThrow(expect.objectContaining({ reason: 'filter_too_large' }));
  });

  it('may have half a mebibyte, and no more', () => {
    const sized = (size: number) => `a = '${'x'.repeat(size - 6)}'`;
    expect(parseFilter(sized(512 * 1024))).toMatchObject({ kind: 'compare' });
    expect(() => parseFilter(sized(512 * 1024 + 1))).toThrow(expect.objectContaining({ reason: 'filter_too_large' }));
  });
});
