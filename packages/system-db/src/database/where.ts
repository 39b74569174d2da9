import { BadFilterField, BadFilterValue } from '@headgate/core';
import type { Condition } from '../condition.js';
import type { TableMapping } from '../connection/entity-schemas.js';
import { kindOf, rangeOf, type StoredValue } from '../connection/value-codec.js';
import type { SystemDialect } from '../system-database.js';

/** A condition as SQL with named parameters, as TypeORM's query builders take it. */
export interface Where {
  readonly sql: string;
  readonly parameters: Record<string, StoredValue | readonly StoredValue[]>;
}

type Quote = (name: string) => string;

/** Compiles a condition over one table. Column names are checked against the table, every value is bound. */
export function compileWhere(condition: Condition, mapping: TableMapping, dialect: SystemDialect, quote: Quote): Where {
  return new Compiler(mapping, dialect, quote).compile(condition);
}

const TRUE = '1 = 1';
const FALSE = '1 = 0';

class Compiler {
  readonly #mapping: TableMapping;
  readonly #dialect: SystemDialect;
  readonly #quote: Quote;
  readonly #parameters: Record<string, StoredValue | readonly StoredValue[]> = {};
  #count = 0;

  constructor(mapping: TableMapping, dialect: SystemDialect, quote: Quote) {
    this.#mapping = mapping;
    this.#dialect = dialect;
    this.#quote = quote;
  }

  compile(condition: Condition): Where {
    return { sql: this.#sql(condition), parameters: this.#parameters };
  }

  #sql(condition: Condition): string {
    switch (condition.kind) {
      case 'and':
        return condition.terms.length === 0 ? TRUE : condition.terms.map((term) => `(${this.#sql(term)})`).join(' AND ');
      case 'or':
        return condition.terms.length === 0 ? FALSE : condition.terms.map((term) => `(${this.#sql(term)})`).join(' OR ');
      case 'xor':
        // Each term once: written out with AND, OR and NOT, a chain of them would double with each.
        return condition.terms.map((term) => `(${this.#sql(term)})`).reduce((left, right) => `(${left} <> ${right})`);
      case 'not':
        return `NOT (${this.#sql(condition.term)})`;
      case 'null':
        return `${this.#column(condition.column)} IS ${condition.negated ? 'NOT ' : ''}NULL`;
      case 'compare': {
        const operator = condition.operator === '!=' ? '<>' : condition.operator;
        return `${this.#column(condition.column)} ${operator} ${this.#value(condition.column, condition.value)}`;
      }
      case 'between': {
        const not = condition.negated ? 'NOT ' : '';
        return `${this.#column(condition.column)} ${not}BETWEEN ${this.#value(condition.column, condition.low)} AND ${this.#value(condition.column, condition.high)}`;
      }
      case 'in': {
        if (condition.values.length === 0) return condition.negated ? TRUE : FALSE;
        const values = condition.values.map((value) => this.#value(condition.column, value)).join(', ');
        return `${this.#column(condition.column)} ${condition.negated ? 'NOT ' : ''}IN (${values})`;
      }
      case 'like':
        if (condition.pattern.includes('\0')) throw BadFilterValue(condition.column, 'string');
        return `${this.#lowerText(condition.column)} ${condition.negated ? 'NOT ' : ''}LIKE ${this.#lower(this.#bind(likePattern(condition.pattern)))} ESCAPE '|'`;
    }
  }

  #column(name: string): string {
    if (!this.#mapping.codecs.has(name)) throw BadFilterField(name);
    return this.#quote(name);
  }

  #value(name: string, value: string | number | boolean): string {
    const codec = this.#mapping.codecs.get(name);
    if (!codec) throw BadFilterField(name);
    const stored = codec.compare(value);
    const column = this.#mapping.table.columns[name]!;
    const bound = this.#bind(stored);
    if (this.#dialect !== 'postgres' || typeof stored !== 'number' || kindOf(column) !== 'whole') return bound;
    // PostgreSQL takes the parameter for one of the column's type, and fails on what that cannot hold.
    const [low, high] = rangeOf(column);
    return Number.isInteger(stored) && stored >= low && stored <= high ? bound : `CAST(${bound} AS numeric)`;
  }

  #bind(value: StoredValue): string {
    const name = `p${this.#count++}`;
    this.#parameters[name] = value;
    return `:${name}`;
  }

  #lowerText(name: string): string {
    const column = this.#column(name);
    switch (this.#dialect) {
      case 'postgres':
        return `LOWER(CAST(${column} AS text))`;
      case 'mysql':
        return `LOWER(CONVERT(${column} USING utf8mb4))`;
      case 'sqlite':
        return `lower_unicode(${column})`;
    }
  }

  #lower(parameter: string): string {
    switch (this.#dialect) {
      case 'postgres':
        return `LOWER(CAST(${parameter} AS text))`;
      case 'mysql':
        return `LOWER(${parameter})`;
      case 'sqlite':
        return `lower_unicode(${parameter})`;
    }
  }
}

/** The same pattern with `|` as escape: how a backslash is written in SQL text differs between dialects and their settings. */
function likePattern(pattern: string): string {
  return pattern.replace(/\\([%_\\])|\|/g, (_whole, escaped: string | undefined) => {
    if (escaped === undefined) return '||';
    return escaped === '\\' ? escaped : `|${escaped}`;
  });
}
