/**
 * The filter language as nodes (database-services.md 5.4). `parseFilter` knows no SQL and no columns; who plans a query resolves
 * `column` against a schema and binds every operand.
 */
export type FilterNode =
  | { readonly kind: 'compare'; readonly column: ColumnName; readonly operator: CompareOperator; readonly value: Operand }
  | { readonly kind: 'match'; readonly column: ColumnName; readonly match: MatchKind; readonly negated: boolean; readonly value: Operand }
  | { readonly kind: 'in'; readonly column: ColumnName; readonly negated: boolean; readonly values: readonly Operand[] }
  | { readonly kind: 'between'; readonly column: ColumnName; readonly negated: boolean; readonly low: Operand; readonly high: Operand }
  | { readonly kind: 'null'; readonly column: ColumnName; readonly negated: boolean }
  | { readonly kind: 'and' | 'or' | 'xor'; readonly terms: readonly FilterNode[] }
  | { readonly kind: 'not'; readonly term: FilterNode };

export type CompareOperator = '=' | '!=' | '<' | '<=' | '>' | '>=';

/** `like` takes `%` and `_` as wildcards; the other kinds match the value literally. */
export type MatchKind = 'like' | 'contains' | 'starts' | 'ends';

/** A field as the client wrote it, and where (an offset into the filter text, from 0). */
export interface ColumnName {
  readonly name: string;
  readonly at: number;
}

/**
 * - `text`: a literal; `quoted` tells `'null'` (a text) from `null`. It may hold lookups. `enclosed`: it stood in parentheses and is
 *   no literal (`(last_name)`, `(SELECT 1)`), which the original ran as SQL: never a value, to be refused with 400.
 * - `parameter`: `:name`, looked up in `params` with and without its colon; stays the text `:name` when there is none.
 * - `now`: the current time, with an offset in interval units: `(NOW() - INTERVAL 1 DAY)`.
 * - `value`: a value that is already one (from a role filter or an internal call).
 */
export type Operand =
  | { readonly kind: 'text'; readonly text: string; readonly quoted: boolean; readonly enclosed?: true; readonly at: number }
  | { readonly kind: 'parameter'; readonly name: string; readonly at: number }
  | { readonly kind: 'now'; readonly unit: 'timestamp' | 'date' | 'time'; readonly offset: IntervalOffset | undefined; readonly at: number }
  | { readonly kind: 'value'; readonly value: string | number | boolean | null };

export interface IntervalOffset {
  readonly sign: 1 | -1;
  readonly count: number;
  readonly unit: 'second' | 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year';
}
