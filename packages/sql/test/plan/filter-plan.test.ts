import { type HeadgateError, parseFilter } from '@headgate/core';
import { describe, expect, it } from 'vitest';
import { type BindingSources, Bindings } from '../../src/plan/bindings.js';
import { planFilter } from '../../src/plan/filter-plan.js';
import { compile } from '../../src/postgres/compile.js';
import { postgres } from '../../src/postgres/dialect.js';
import { defineTable } from '../write/support/define-table.js';

const people = defineTable('people', {
  id: { type: 'id', kind: 'integer', isPrimaryKey: true },
  name: { type: 'string', kind: 'text' },
  Age: { type: 'integer', kind: 'integer' },
  balance: { type: 'decimal', kind: 'decimal' },
  active: { type: 'boolean', kind: 'boolean' },
  born: { type: 'date', kind: 'date' },
  created: { type: 'timestamp', kind: 'timestamp' },
  uid: { type: 'uuid', kind: 'uuid' },
  phone: { type: 'string', kind: 'text', alias: 'tel' },
});

/** The condition as PostgreSQL gets it, and what is bound. */
function planned(filter: string, sources: BindingSources = {}): { sql: string; values: readonly unknown[] } {
  const bindings = new Bindings(postgres, sources);
  const where = planFilter(parseFilter(filter), people, bindings);
  const { text, positions } = compile({ kind: 'count', table: people, where, slots: bindings.values.length });
  return { sql: text.slice(text.indexOf(' WHERE ') + 7), values: positions.map((position) => bindings.values[position]) };
}

function refusalOf(filter: string, sources: BindingSources = {}): HeadgateError {
  try {
    planned(filter, sources);
  } catch (error) {
    return error as HeadgateError;
  }
  throw new Error('the filter was accepted');
}

describe('a filter over a table', () => {
  it.each([
    ['name = Ann', '"name" = $1', ['Ann']],
    ['NAME = Ann', '"name" = $1', ['Ann']],
    ['age >= 21', '"Age" >= $1', ['21']],
    ['age = 1.7', '"Age" = $1', ['1']],
    ['balance > 12345678901234567890.123456789', '"balance" > $1', ['12345678901234567890.123456789']],
    ['active = yes', '"active" = $1', ['t']],
    ['tel IS NULL', '"phone" IS NULL', []],
    ["name CONTAINS '50%_\\'", '"name" LIKE $1', ['%50\\%\\_\\\\%']],
    ["name LIKE '50%'", '"name" LIKE $1', ['50%']],
    ['name NOT STARTS WITH x', '"name" NOT LIKE $1', ['x%']],
    ['id IN (1,2)', '"id" = ANY ($1)', [['1', '2']]],
    ['id NOT IN (1,2)', '"id" <> ALL ($1)', [['1', '2']]],
    ['id IN ()', 'false', []],
    ['id NOT IN ()', 'true', []],
    ['id BETWEEN 1 AND 5', '"id" BETWEEN $1 AND $2', ['1', '5']],
    ['NOT (id = 1)', 'NOT ("id" = $1)', ['1']],
    ['(id = 1) OR (id = 2) AND (age = 3)', '("id" = $1) OR (("id" = $2) AND ("Age" = $3))', ['1', '2', '3']],
    ['created < (NOW())', '"created" < now()', []],
    ['created > (NOW() - INTERVAL 1 DAY)', '"created" > now() - interval \'1 day\'', []],
    ["name = '\"; DROP TABLE people; --'", '"name" = $1', ['"; DROP TABLE people; --']],
  ])('binds every value: %s', (filter, sql, values) => {
    expect(planned(filter)).toEqual({ sql, values });
  });

  it.each([
    ['age = abc', "Field 'Age' must be a valid integer."],
    ['age = (SELECT 1)', "Field 'Age' must be a valid integer."],
    ['age = 99999999999', "Field 'Age' must be a valid integer."],
    ["age LIKE '1%'", "Field 'Age' must be a valid integer."],
    ['balance = lots', "Field 'balance' must be a valid decimal."],
    ['active = banana', "Field 'active' must be a valid boolean."],
    ['born = notadate', "Field 'born' must be a valid date."],
    ['uid = 5', "Field 'uid' must be a valid uuid."],
    ['age > (NOW())', "Field 'Age' must be a valid integer."],
    ['id IN (1,x)', "Field 'id' must be a valid integer."],
  ])('refuses values that do not fit: %s', (filter, message) => {
    expect(refusalOf(filter)).toMatchObject({ reason: 'bad_filter_value', status: 400, message });
  });

  it.each(['name = (version())', 'name = (pg_sleep(5)::text)', 'name = (phone)', 'name = (SELECT 1)', 'name = (1+1)'])(
    'never runs a value: %s',
    (filter) => {
      expect(refusalOf(filter)).toMatchObject({ reason: 'bad_filter', status: 400 });
    },
  );

  it('refuses XOR where the database has none', () => {
    expect(refusalOf('(id = 1) XOR (id = 2)')).toMatchObject({ reason: 'bad_filter', hint: 'This database has no XOR.' });
  });

  it('names the nearest field for one that the table does not have, and where it stands', () => {
    expect(refusalOf('(id = 1) and (nmae = Ann)')).toMatchObject({
      reason: 'bad_filter_field',
      message: "Invalid or unparsable field in filter request: 'nmae'",
      hint: "Position 15. Did you mean 'name'?",
    });
    expect(refusalOf('phone = 1')).toMatchObject({ reason: 'bad_filter_field' });
    expect(refusalOf("lower(name) = 'x'")).toMatchObject({ message: "Invalid or unparsable field in filter request: 'lower(name)'" });
  });
});

describe('parameters and lookups of a filter', () => {
  const lookups = { find: (name: string) => (name === 'user.id' ? '7) OR (1=1' : undefined) };

  it('are bound as values, keys with and without colon', () => {
    expect(planned('name = :n', { params: { ':n': "O'Brien" } }).values).toEqual(["O'Brien"]);
    expect(planned('name = :n', { params: { n: 'Ann' } }).values).toEqual(['Ann']);
    expect(planned('id IN (:a,:b)', { params: { ':a': 1, ':b': '2' } }).values).toEqual([['1', '2']]);
    expect(planned('name = {user.id}', { lookups })).toEqual({ sql: '"name" = $1', values: ['7) OR (1=1'] });
  });

  it('stay the text where nothing has their name', () => {
    expect(planned('name = :n').values).toEqual([':n']);
    expect(planned('name = {nobody}', { lookups }).values).toEqual(['{nobody}']);
    expect(refusalOf('age = :n')).toMatchObject({ reason: 'bad_filter_value' });
  });

  it('ask for no value where a parameter is null', () => {
    expect(planned('name = :n', { params: { n: null } }).sql).toBe('"name" IS NULL');
    expect(planned('name != :n', { params: { n: null } }).sql).toBe('"name" IS NOT NULL');
  });

  it('make a plan that serves no other call', () => {
    const own = new Bindings(postgres, { lookups });
    planFilter(parseFilter('name = {user.id}'), people, own);
    expect(own.dependsOnCall).toBe(true);
    const plain = new Bindings(postgres, { lookups });
    planFilter(parseFilter('name = Ann'), people, plain);
    expect(plain.dependsOnCall).toBe(false);
  });
});
