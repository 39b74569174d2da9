import { FilterTooLarge, type IntervalOffset } from '@headgate/core';
import type { Predicate } from '../plan/nodes.js';
import type { ColumnSchema } from '../schema/table-schema.js';
import type { SqlText } from './sql-text.js';

/** How one database writes what predicates are made of. */
export interface PredicateSyntax {
  /** The column as an operand of a comparison. */
  operand(column: ColumnSchema): string;
  /** The column as an operand of LIKE. */
  likeOperand(column: ColumnSchema): string;
  /** What follows a LIKE whose pattern was escaped with `\`. */
  readonly likeEscape: string;
  now(unit: 'timestamp' | 'date' | 'time', offset: IntervalOffset | undefined): string;
  /** Between two terms of an exclusive or. */
  readonly xor: string;
  readonly tupleList: { readonly open: string; readonly close: string };
  readonly constants: { readonly true: string; readonly false: string };
}

/** Databases limit the depth of an expression (SQLite: 1000), and so does the stack of this process. */
const MAX_DEPTH = 900;

/** Writes a predicate. Every value becomes a placeholder; only columns of the schema become text. */
export function writePredicate(sql: SqlText, predicate: Predicate, syntax: PredicateSyntax, depth = 0): void {
  if (depth > MAX_DEPTH) throw FilterTooLarge('it is nested too deeply');
  switch (predicate.kind) {
    case 'compare':
      sql.add(`${syntax.operand(predicate.column)} ${sqlOperator(predicate.operator)} `).slot(predicate.slot);
      return;
    case 'compareNow':
      sql.add(`${syntax.operand(predicate.column)} ${sqlOperator(predicate.operator)} ${syntax.now(predicate.unit, predicate.offset)}`);
      return;
    case 'match':
      sql.add(`${syntax.likeOperand(predicate.column)} ${not(predicate)}LIKE `).slot(predicate.slot);
      if (predicate.match !== 'like') sql.add(syntax.likeEscape);
      return;
    case 'in': {
      if (predicate.count === 0) {
        sql.add(predicate.negated ? syntax.constants.true : syntax.constants.false);
        return;
      }
      sql.add(`${syntax.operand(predicate.column)} ${not(predicate)}IN (`);
      for (let i = 0; i < predicate.count; i++) sql.add(i === 0 ? '' : ', ').slot(predicate.slot);
      sql.add(')');
      return;
    }
    case 'between':
      sql
        .add(`${syntax.operand(predicate.column)} ${not(predicate)}BETWEEN `)
        .slot(predicate.low)
        .add(' AND ')
        .slot(predicate.high);
      return;
    case 'null':
      sql.add(`${syntax.operand(predicate.column)} IS ${not(predicate)}NULL`);
      return;
    case 'keys':
      if (predicate.slots.length === 0) {
        sql.add(syntax.constants.false);
        return;
      }
      sql.add(`(${predicate.columns.map(syntax.operand).join(', ')}) IN ${syntax.tupleList.open}`);
      sql.list(predicate.slots, ', ', (tuple) =>
        sql
          .add('(')
          .list(tuple, ', ', (slot) => sql.slot(slot))
          .add(')'),
      );
      sql.add(syntax.tupleList.close);
      return;
    case 'and':
      writeTerms(sql, predicate.terms, ' AND ', syntax, syntax.constants.true, depth);
      return;
    case 'or':
      writeTerms(sql, predicate.terms, ' OR ', syntax, syntax.constants.false, depth);
      return;
    case 'xor':
      writeTerms(sql, predicate.terms, syntax.xor, syntax, syntax.constants.false, depth);
      return;
    case 'not':
      sql.add('NOT (');
      writePredicate(sql, predicate.term, syntax, depth + 1);
      sql.add(')');
      return;
    case 'constant':
      sql.add(syntax.constants[predicate.value ? 'true' : 'false']);
  }
}

/** Writes terms as a balanced tree, so that a thousand of them are ten levels deep and not a thousand. */
function writeTerms(sql: SqlText, terms: readonly Predicate[], joint: string, syntax: PredicateSyntax, empty: string, depth: number): void {
  if (terms.length === 0) {
    sql.add(empty);
    return;
  }
  if (terms.length === 1) {
    writePredicate(sql, terms[0]!, syntax, depth + 1);
    return;
  }
  const middle = terms.length >> 1;
  sql.add('(');
  writeTerms(sql, terms.slice(0, middle), joint, syntax, empty, depth + 1);
  sql.add(`)${joint}(`);
  writeTerms(sql, terms.slice(middle), joint, syntax, empty, depth + 1);
  sql.add(')');
}

function not(predicate: { readonly negated: boolean }): string {
  return predicate.negated ? 'NOT ' : '';
}

function sqlOperator(operator: string): string {
  return operator === '!=' ? '<>' : operator;
}
