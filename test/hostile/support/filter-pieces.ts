import type { Random } from './random.js';

/** What random filters are made of. */

export const FIELDS = [
  'id',
  'owner_id',
  'title',
  'body',
  'amount',
  'big',
  'data',
  'done',
  'day',
  'at',
  'code',
  'file',
  'tags',
  'nosuch',
  'ID',
  '"title"',
  '[body]',
  '`done`',
];
export const VALUES = [
  '1',
  '-1',
  '0',
  '99999999999999999999',
  '1e400',
  '1.5',
  "'x'",
  '"x"',
  'x',
  'true',
  'null',
  '2026-01-01',
  '2026-13-45',
  '25:61',
  "''",
  '%',
  '_',
  '\\',
  ':p',
  '{user.id}',
  '{x}',
  '(now())',
  '(now() - interval 1 day)',
  '(1)',
  '[]',
  '{}',
  '😀',
  '\u0000',
  '\u202e',
  '00000000-0000-0000-0000-000000000000',
  'a'.repeat(300),
  'infinity',
  'NaN',
  '1/0',
  '{1,2',
  '{"a":',
  'tomorrow',
  'epoch',
];
export const OPERATORS = [
  '=',
  '!=',
  '<>',
  '<',
  '>',
  '<=',
  '>=',
  'eq',
  'ne',
  'gt',
  'like',
  'not like',
  'in',
  'not in',
  'contains',
  'starts with',
  'ends with',
  'is null',
  'is not null',
  'between',
  'all',
  'regexp',
  '~',
  '==',
];
export const GLUE = ['(', ')', ' and ', ' or ', ' xor ', ' not ', ' && ', ' || ', ',', ' ', ';', '--', '/*', "'", '"', '\n'];

/** A filter that is nearly one, or one that is. */
export function filterOf(random: Random): string {
  if (random.next() < 0.3) return random.text([...FIELDS, ...VALUES, ...OPERATORS, ...GLUE], 14);
  const one = () => {
    const operator = random.oneOf(OPERATORS);
    const value = operator.endsWith('in')
      ? `(${random.oneOf(VALUES)},${random.oneOf(VALUES)})`
      : operator === 'between'
        ? `${random.oneOf(VALUES)} and ${random.oneOf(VALUES)}`
        : operator.includes('null')
          ? ''
          : random.oneOf(VALUES);
    return `${random.oneOf(FIELDS)} ${operator} ${value}`;
  };
  return random.next() < 0.5
    ? one()
    : `(${one()}) ${random.oneOf(['and', 'or', 'xor', '&&', '||'])} ${random.next() < 0.3 ? 'not ' : ''}(${one()})`;
}
