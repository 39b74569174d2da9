import type { RecordCondition } from '@headgate/core';
import { describe, expect, it } from 'vitest';
import { Bindings } from '../../src/plan/bindings.js';
import { roleFilterPredicate } from '../../src/plan/role-filter.js';
import { compile } from '../../src/postgres/compile.js';
import { postgres } from '../../src/postgres/dialect.js';
import { defineTable } from '../write/support/define-table.js';

const orders = defineTable('orders', {
  id: { type: 'id', kind: 'integer', isPrimaryKey: true },
  owner_id: { type: 'integer', kind: 'integer' },
  country: { type: 'string', kind: 'text' },
  paid: { type: 'boolean', kind: 'boolean' },
});
const lookups = { find: (name: string) => (name === 'user.id' ? '7' : name === 'user.name' ? "x' OR 'a'='a" : undefined) };

function planned(conditions: readonly RecordCondition[], join: 'and' | 'or' = 'and') {
  const bindings = new Bindings(postgres, { lookups });
  const where = roleFilterPredicate(orders, { conditions, join }, bindings);
  const { text, positions } = compile({ kind: 'count', table: orders, where, slots: bindings.values.length });
  return { sql: text.slice(text.indexOf(' WHERE ') + 7), values: positions.map((position) => bindings.values[position]) };
}

const one = (name: string, operator: string, value: string | null) => planned([{ name, operator, value }]);

describe("a role's record filter", () => {
  it.each([
    ['country', '=', 'DE', '"country" = $1', ['DE']],
    ['country', 'eq', "'DE'", '"country" = $1', ['DE']],
    ['country', '<>', 'DE', '"country" <> $1', ['DE']],
    ['country', 'starts with', 'D%', '"country" LIKE $1', ['D\\%%']],
    ['country', 'like', 'D%', '"country" LIKE $1', ['D%']],
    ['country', 'CONTAINS', 'E', '"country" LIKE $1', ['%E%']],
    ['country', 'NOT IN', "('DE','F,R')", '"country" <> ALL ($1)', [['DE', 'F,R']]],
    ['owner_id', 'in', '1, 2', '"owner_id" = ANY ($1)', [['1', '2']]],
    ['country', 'IS NULL', null, '"country" IS NULL', []],
    ['country', '=', 'null', '"country" IS NULL', []],
    ['country', 'DOES EXIST', '', '"country" IS NOT NULL', []],
    ['paid', '=', 'true', '"paid" = $1', ['t']],
    ['owner_id', '=', '{user.id}', '"owner_id" = $1', ['7']],
    ['country', '=', 'a) OR (1=1', '"country" = $1', ['a) OR (1=1']],
    ['country', '=', '{user.name}', '"country" = $1', ["x' OR 'a'='a"]],
  ])('%s %s %s', (name, operator, value, sql, values) => {
    expect(one(name, operator, value)).toEqual({ sql, values });
  });

  it('joins its conditions as it says', () => {
    const conditions = [
      { name: 'country', operator: '=', value: 'DE' },
      { name: 'country', operator: '=', value: 'FR' },
    ];
    expect(planned(conditions, 'or').sql).toBe('("country" = $1) OR ("country" = $2)');
    expect(planned(conditions, 'and').sql).toBe('("country" = $1) AND ("country" = $2)');
  });

  it.each([
    ['owner_id', '=', '{nobody.id}'],
    ['country', '!=', '{nobody.country}'],
    ['country', 'NOT IN', '({nobody.country})'],
    ['country', 'not like', '{nobody.country}'],
    ['owner_id', '!=', '{user.name}'],
  ])('lets nothing through where a lookup has no fitting value: %s %s %s', (name, operator, value) => {
    expect(one(name, operator, value).sql).toBe('false');
  });

  it.each([
    ['nosuch', '=', '1'],
    ['country', '~', '1'],
    ['country', '=', null],
    ['owner_id', '=', 'abc'],
    ['country', 'in', '(a'],
  ])('is the role fault where it is malformed: %s %s %s', (name, operator, value) => {
    expect(() => one(name, operator, value)).toThrow(expect.objectContaining({ reason: 'bad_role_filter', status: 500 }));
    expect(() => planned([])).toThrow(expect.objectContaining({ reason: 'bad_role_filter' }));
  });
});
