import { describe, expect, it } from 'vitest';
import { planOrder } from '../../src/plan/order.js';
import { defineTable } from '../write/support/define-table.js';

const people = defineTable('people', {
  id: { type: 'id', kind: 'integer', isPrimaryKey: true },
  name: { type: 'string', kind: 'text' },
  'first name': { type: 'string', kind: 'text' },
});

const shown = (text: string) =>
  planOrder(text, people, true).map(({ column, direction, nulls }) =>
    [column.name, direction, ...(nulls ? [`nulls ${nulls}`] : [])].join(' '),
  );

describe('an order clause', () => {
  it.each([
    ['name', ['name asc']],
    ['NAME DESC, id', ['name desc', 'id asc']],
    ['id   desc', ['id desc']],
    ['name desc nulls last,id', ['name desc nulls last', 'id asc']],
    ['name asc NULLS FIRST', ['name asc nulls first']],
    ['id sideways', ['id asc']],
    ['first name desc', ['first name desc']],
    ['"first name"', ['first name asc']],
    [' , id , ', ['id asc']],
  ])('%s', (text, terms) => {
    expect(shown(text)).toEqual(terms);
  });

  it('refuses what is no list of fields', () => {
    expect(() => shown('id;drop table people')).toThrow(expect.objectContaining({ reason: 'bad_order' }));
    expect(() => shown('nmae')).toThrow(expect.objectContaining({ reason: 'bad_order_field', hint: "Did you mean 'name'?" }));
    expect(() => shown('lower(name)')).toThrow(expect.objectContaining({ message: "Invalid field 'lower(name)' in order by clause." }));
    expect(() => shown('2')).toThrow(expect.objectContaining({ reason: 'bad_order_field' }));
    expect(() => planOrder('name asc nulls last', people, false)).toThrow(expect.objectContaining({ reason: 'bad_order' }));
  });
});
