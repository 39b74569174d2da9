import { FilterNotText, FilterTooLarge } from '../errors/filter.js';
import { readComparison } from './comparison.js';
import { FILTER_LIMITS, type FilterLimits } from './limits.js';
import type { FilterNode } from './nodes.js';
import { Scanner } from './scanner.js';

/** One pair of parentheses at work (or the whole filter): what was read of each level of precedence. */
interface Group {
  readonly openedAt: number;
  readonly or: FilterNode[];
  xor: FilterNode[];
  and: FilterNode[];
  /** An odd number of NOT stands before the term to come. */
  negated: boolean;
}

/**
 * The nodes of a filter text (database-services.md 5.4). Precedence: NOT, AND, XOR, OR. Takes time linear in the length and no
 * recursion. Throws `BadFilter` and `BadFilterList` with the position in the hint, `FilterTooLarge`, and `FilterNotText` for what is no text.
 */
export function parseFilter(text: unknown, limits: FilterLimits = FILTER_LIMITS): FilterNode {
  if (typeof text !== 'string') throw FilterNotText();
  if (text.length > limits.length) throw FilterTooLarge(`at most ${limits.length} characters are allowed`);
  const scanner = new Scanner(text);
  const outer: Group[] = [];
  let group = openGroup(0);
  let comparisons = 0;
  for (;;) {
    scanner.skipBlanks();
    if (scanner.takeWord('NOT')) {
      group.negated = !group.negated;
      continue;
    }
    const at = scanner.at;
    if (scanner.take('(')) {
      if (outer.length >= limits.depth) throw FilterTooLarge(`at most ${limits.depth} nested parentheses are allowed`);
      outer.push(group);
      group = openGroup(at);
      continue;
    }
    if (++comparisons > limits.comparisons) throw FilterTooLarge(`at most ${limits.comparisons} comparisons are allowed`);
    addTerm(group, readComparison(scanner, limits));
    for (;;) {
      scanner.skipBlanks();
      if (!scanner.take(')')) break;
      const enclosing = outer.pop();
      if (!enclosing) throw scanner.expected('AND, OR or the end of the filter, not a ) that nothing opened', scanner.at - 1);
      addTerm(enclosing, closeGroup(group));
      group = enclosing;
    }
    if (scanner.isAtEnd) {
      if (outer.length > 0) throw scanner.expected(`) for the ( at position ${group.openedAt + 1}`);
      return closeGroup(group);
    }
    joinTerms(scanner, group, outer.length > 0);
  }
}

function openGroup(openedAt: number): Group {
  return { openedAt, or: [], xor: [], and: [], negated: false };
}

function addTerm(group: Group, term: FilterNode): void {
  group.and.push(group.negated ? { kind: 'not', term } : term);
  group.negated = false;
}

/** Reads the logical operator between two terms. */
function joinTerms(scanner: Scanner, group: Group, isNested: boolean): void {
  if (scanner.takeWord('AND') || scanner.take('&&')) return;
  if (scanner.takeWord('XOR')) {
    closeAnd(group);
    return;
  }
  if (scanner.takeWord('OR') || scanner.take('||')) {
    closeXor(group);
    return;
  }
  if (scanner.hasWordAt('NOR', scanner.at)) throw scanner.expected('AND or OR; NOR is not known, write NOT (... OR ...)');
  throw scanner.expected(isNested ? 'AND, OR or )' : 'AND, OR or the end of the filter');
}

function closeAnd(group: Group): void {
  group.xor.push(joined('and', group.and));
  group.and = [];
}

function closeXor(group: Group): void {
  closeAnd(group);
  group.or.push(joined('xor', group.xor));
  group.xor = [];
}

function closeGroup(group: Group): FilterNode {
  closeXor(group);
  return joined('or', group.or);
}

function joined(kind: 'and' | 'or' | 'xor', terms: readonly FilterNode[]): FilterNode {
  return terms.length === 1 ? terms[0]! : { kind, terms };
}
