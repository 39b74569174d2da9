import type { Bindings } from '../plan/bindings.js';
import type { Predicate } from '../plan/nodes.js';
import type { ColumnSchema } from '../schema/table-schema.js';
import type { PreparedRecord } from './record-preparation.js';
import type { Condition } from './row-access.js';

/**
 * The record filter of the caller's role as writes need it (database-services.md 11, rest-core.md 3.6). Whether a written record lies
 * within it is decided by the database, on the row as it was stored: no comparison of ours could follow collations, padding, casts,
 * defaults and triggers. Here only what the database cannot know is decided: that a field which was not sent counts as null.
 */
export class RoleScope {
  readonly #predicate: (bindings: Bindings) => Predicate;

  constructor(predicate: (bindings: Bindings) => Predicate) {
    this.#predicate = predicate;
  }

  /** Rows that the caller may see. */
  readonly condition: Condition = (bindings) => this.#predicate(bindings);

  /** Whether a new record could be seen, taking every field that is not written as null. */
  admits(record: PreparedRecord, bindings: Bindings): boolean {
    return (outcomes(this.#predicate(bindings), (column) => record.has(column)) & TRUE) !== 0;
  }

  /** The columns that the filter looks at. */
  columns(bindings: Bindings): ReadonlySet<ColumnSchema> {
    return new Set(columnsOf(this.#predicate(bindings)));
  }

  /** Rows whose filtered columns hold what the record writes into them: finds a new row of a table without a key, or one just like it. */
  alike(record: PreparedRecord): Condition {
    return (bindings) => {
      const terms = [...this.columns(bindings)].map((column): Predicate => {
        const write = record.get(column);
        if (!write) return { kind: 'null', column, negated: false };
        if (write.kind !== 'value') return { kind: 'constant', value: false };
        if (write.bound === null) return { kind: 'null', column, negated: false };
        return { kind: 'compare', column, operator: '=', slot: bindings.raw(column, write.bound) };
      });
      return { kind: 'and', terms: [...terms, this.#predicate(bindings)] };
    };
  }
}

/** The truth values that a predicate may have, in SQL's logic, as a set of bits. */
const TRUE = 1;
const FALSE = 2;
const UNKNOWN = 4;

function outcomes(predicate: Predicate, isWritten: (column: ColumnSchema) => boolean): number {
  switch (predicate.kind) {
    case 'constant':
      return predicate.value ? TRUE : FALSE;
    case 'null':
      if (isWritten(predicate.column)) return TRUE | FALSE;
      return predicate.negated ? FALSE : TRUE;
    case 'keys':
      return predicate.columns.every(isWritten) ? TRUE | FALSE | UNKNOWN : FALSE | UNKNOWN;
    case 'and':
      return conjunction(predicate.terms.map((term) => outcomes(term, isWritten)));
    case 'or':
      return negated(conjunction(predicate.terms.map((term) => negated(outcomes(term, isWritten)))));
    case 'xor':
      return predicate.terms.map((term) => outcomes(term, isWritten)).reduce(exclusive);
    case 'not':
      return negated(outcomes(predicate.term, isWritten));
    default:
      return isWritten(predicate.column) ? TRUE | FALSE | UNKNOWN : UNKNOWN;
  }
}

function negated(set: number): number {
  return (set & TRUE ? FALSE : 0) | (set & FALSE ? TRUE : 0) | (set & UNKNOWN);
}

function conjunction(sets: readonly number[]): number {
  let result = sets.some((set) => set & FALSE) ? FALSE : 0;
  if (sets.every((set) => set & TRUE)) result |= TRUE;
  if (sets.some((set) => set & UNKNOWN) && sets.every((set) => set & (TRUE | UNKNOWN))) result |= UNKNOWN;
  return result;
}

function exclusive(left: number, right: number): number {
  let result = (left | right) & UNKNOWN;
  if ((left & TRUE && right & FALSE) || (left & FALSE && right & TRUE)) result |= TRUE;
  if ((left & TRUE && right & TRUE) || (left & FALSE && right & FALSE)) result |= FALSE;
  return result;
}

function columnsOf(predicate: Predicate): readonly ColumnSchema[] {
  switch (predicate.kind) {
    case 'constant':
      return [];
    case 'keys':
      return predicate.columns;
    case 'and':
    case 'or':
    case 'xor':
      return predicate.terms.flatMap(columnsOf);
    case 'not':
      return columnsOf(predicate.term);
    default:
      return [predicate.column];
  }
}
