import type { Dialect, Statement } from '../dialect/dialect.js';
import type { Plan } from './nodes.js';

const MOST_KEPT = 1_000;
const LONGEST_KEPT = 8_000;

/**
 * The statements of one service by their text, which is the shape of a plan: literals are no part of it. A text that comes again is the
 * same statement, so that the connector can prepare it. The oldest goes first; long texts are not kept.
 */
export class StatementCache {
  readonly #dialect: Dialect;
  readonly #kept = new Map<string, Statement>();

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  of(plan: Plan): Statement {
    const compiled = this.#dialect.compile(plan);
    if (compiled.text.length > LONGEST_KEPT) return compiled;
    const key = `${compiled.text}\u0000${compiled.positions.join()}`;
    const known = this.#kept.get(key);
    if (known) {
      this.#kept.delete(key);
      this.#kept.set(key, known);
      return known;
    }
    if (this.#kept.size >= MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    this.#kept.set(key, compiled);
    return compiled;
  }
}
