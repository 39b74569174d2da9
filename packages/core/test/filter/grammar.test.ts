import { describe, expect, it } from 'vitest';
import { type FilterNode, type HeadgateError, type Operand, parseFilter } from '../../src/index.js';

/** A filter's nodes written shortly, so that what a text means can be read in one line. */
function meaningOf(text: string): string {
  return shown(parseFilter(text));
}

function shown(node: FilterNode): string {
  switch (node.kind) {
    case 'and':
    case 'or':
    case 'xor':
      return `(${node.terms.map(shown).join(` ${node.kind} `)})`;
    case 'not':
      return `not ${shown(node.term)}`;
    case 'null':
      return `${node.column.name} is ${node.negated ? 'not ' : ''}null`;
    case 'compare':
      return `${node.column.name} ${node.operator} ${value(node.value)}`;
    case 'match':
      return `${node.column.name} ${node.negated ? 'not ' : ''}${node.match} ${value(node.value)}`;
    case 'in':
      return `${node.column.name} ${node.negated ? 'not ' : ''}in [${node.values.map(value).join('|')}]`;
    case 'between':
      return `${node.column.name} ${node.negated ? 'not ' : ''}between ${value(node.low)} and ${value(node.high)}`;
  }
}

function value(operand: Operand): string {
  switch (operand.kind) {
    case 'text':
      return operand.enclosed ? `SQL<${operand.text}>` : `<${operand.text}>`;
    case 'parameter':
      return `:${operand.name}`;
    case 'now':
      return operand.offset ? `${operand.unit} ${operand.offset.sign * operand.offset.count} ${operand.offset.unit}` : operand.unit;
    case 'value':
      return String(operand.value);
  }
}

function refusalOf(text: unknown): HeadgateError {
  try {
    parseFilter(text);
  } catch (error) {
    return error as HeadgateError;
  }
  throw new Error('the filter was accepted');
}

describe('the filters of database-services.md 5.3', () => {
  it.each([
    ["name = 'Ann'", 'name = <Ann>'],
    ["name='Ann'", 'name = <Ann>'],
    ['name = "Ann"', 'name = <Ann>'],
    ['name = Ann', 'name = <Ann>'],
    ["(name = 'Ann')", 'name = <Ann>'],
    ["((name='Ann'))", 'name = <Ann>'],
    ['(a = 1) AND (b = 2)', '(a = <1> and b = <2>)'],
    ['(a=1)AND(b=2)', '(a = <1> and b = <2>)'],
    ['(a=1) && (b=2)', '(a = <1> and b = <2>)'],
    ['(a=1) || (b=2)', '(a = <1> or b = <2>)'],
    ['((a = 1) OR (b = 2)) AND (c = 3)', '((a = <1> or b = <2>) and c = <3>)'],
    ['(a = 1) OR (b = 2) AND (c = 3)', '(a = <1> or (b = <2> and c = <3>))'],
    ['(a = 1) XOR (b = 2) OR (c = 3)', '((a = <1> xor b = <2>) or c = <3>)'],
    ['NOT (a = 1)', 'not a = <1>'],
    ['NOT((a=1) AND (b=2))', 'not (a = <1> and b = <2>)'],
    ['(a = 1) AND NOT (b = 2)', '(a = <1> and not b = <2>)'],
    ['(a = 1) AND (NOT (b = 2))', '(a = <1> and not b = <2>)'],
    ['a = 1 AND b = 2', '(a = <1> and b = <2>)'],
    ['(a = 1)  AND  (b = 2)', '(a = <1> and b = <2>)'],
    ['(a = 1)\n and\r\n\t(b = 2)', '(a = <1> and b = <2>)'],
    ["name = 'x) AND (y'", 'name = <x) AND (y>'],
    ["name = 'a>=b'", 'name = <a>=b>'],
    ["name = 'O''Brien'", "name = <O'Brien>"],
    ["name = 'O'Brien'", "name = <O'Brien>"],
    ["name LIKE 'O'B%'", "name like <O'B%>"],
    ["name = O'Brien", "name = <O'Brien>"],
    ["name = ''", 'name = <>'],
    ['name = null', 'name is null'],
    ['name != NULL', 'name is not null'],
    ["name = 'null'", 'name = <null>'],
    ['email IS NULL', 'email is null'],
    ['email is  not null', 'email is not null'],
    ['id IN (1,2,3)', 'id in [<1>|<2>|<3>]'],
    ['id IN ( 1 , 2 )', 'id in [<1>|<2>]'],
    ['id NOT IN (1,2)', 'id not in [<1>|<2>]'],
    ['id NOT IN(1,2)', 'id not in [<1>|<2>]'],
    ['id IN ()', 'id in []'],
    ['id IN (1, null)', '(id in [<1>] or id is null)'],
    ["name IN ('a','b,c')", 'name in [<a>|<b,c>]'],
    ['id BETWEEN 1 AND 5', 'id between <1> and <5>'],
    ['id NOT BETWEEN 1 AND 5 AND a = 1', '(id not between <1> and <5> and a = <1>)'],
    ["name LIKE '%smith%'", 'name like <%smith%>'],
    ["name NOT LIKE 'a%'", 'name not like <a%>'],
    ['name CONTAINS smith', 'name contains <smith>'],
    ["name CONTAINS 'smith'", 'name contains <smith>'],
    ['name STARTS WITH 50%', 'name starts <50%>'],
    ['name not ends  with x', 'name not ends <x>'],
    ['status = :s', 'status = :s'],
    ['id IN (:a,:b)', 'id in [:a|:b]'],
    ["company = ':nope'", 'company = <:nope>'],
    ['owner_id = {user.id}', 'owner_id = <{user.id}>'],
    ['created > (CURRENT_TIMESTAMP)', 'created > timestamp'],
    ['created > (NOW())', 'created > timestamp'],
    ['created > (now( ))', 'created > timestamp'],
    ['day >= (current_date)', 'day >= date'],
    ['ts > (NOW() - INTERVAL 1 DAY)', 'ts > timestamp -1 day'],
    ["ts > (NOW() + INTERVAL '2 hours')", 'ts > timestamp 2 hour'],
    ['id = (5)', 'id = <5>'],
    ["name = ( 'x' )", 'name = <x>'],
    ['id = (1+1)', 'id = SQL<(1+1)>'],
    ['name = (last_name)', 'name = SQL<(last_name)>'],
    ['name = (version())', 'name = SQL<(version())>'],
    ['id = (SELECT 1)', 'id = SQL<(SELECT 1)>'],
    ["lower(name) = 'x'", 'lower(name) = <x>'],
    ["company.name = 'X'", 'company.name = <X>'],
    ['name = Foo (bar)', 'name = <Foo (bar)>'],
    ['name = Rock and (a = 1)', '(name = <Rock> and a = <1>)'],
    ['state = OR AND a = 1', '(state = <OR> and a = <1>)'],
    ['"my field" = 1', 'my field = <1>'],
    ['`x` = 1 or [y] = 2', '(x = <1> or y = <2>)'],
    ['my field = 1', 'my field = <1>'],
    [
      'id EQ 1 and id ne 2 and id GT 3 and id gte 4 and id LT 5 and id lte 6',
      '(id = <1> and id != <2> and id > <3> and id >= <4> and id < <5> and id <= <6>)',
    ],
    ['id <> 2', 'id != <2>'],
  ])('reads %s', (text, meaning) => {
    expect(meaningOf(text)).toBe(meaning);
  });

  it.each([
    ['(id=1', 'Position 6'],
    ['id=1)', 'Position 5'],
    ['((id=1)', 'Position 8'],
    ['(id=3)) OR ((id=3)', 'Position 7'],
    ['active', 'Position 7'],
    ['hello world', 'Position 12'],
    ["(name ~ '^G')", 'Position 9'],
    ['(phone DOES EXIST)', 'Position 8'],
    ['(id ALL (1,2))', 'Position 5'],
    ['(id = 1) NOR (id = 2)', 'NOR is not known'],
    ['id == 1', 'Position 4'],
    ['id =', 'Position 5'],
    ["name = 'abc", 'Position 8'],
    ["name = 'a' 'b'", 'Position 12'],
    ['phone IS TRUE', 'Position 10'],
    ['id BETWEEN 1', 'Position 13'],
    ['', 'Position 1'],
    ['name = Foo (bar', 'Position 16'],
  ])('refuses %s and says where', (text, place) => {
    const error = refusalOf(text);
    expect(error.reason).toBe('bad_filter');
    expect(error.hint).toContain(place);
  });

  it('refuses a list that is not in parentheses', () => {
    expect(refusalOf('id IN 1,2')).toMatchObject({ reason: 'bad_filter_list', hint: 'Position 7: expected ( and the values of the list.' });
  });

  it.each([[[]], [{}], [['id = 1']], [5], [true]])('refuses %j, which is no text', (filter) => {
    expect(refusalOf(filter)).toMatchObject({ reason: 'filter_not_text', status: 400 });
  });

  it('keeps the places of fields and values for messages', () => {
    expect(parseFilter('(a = 1) AND (b = 2)')).toMatchObject({
      terms: [
        { column: { at: 1 }, value: { at: 5 } },
        { column: { at: 13 }, value: { at: 17 } },
      ],
    });
  });
});
