/** What a filter may cost. The whole of it is at most read once; what is made of it is bounded by these. */
export interface FilterLimits {
  /** Characters. */
  readonly length: number;
  /** Parentheses within parentheses. */
  readonly depth: number;
  /** Comparisons in the whole filter. */
  readonly comparisons: number;
  /** Values in one list; databases bind no more. */
  readonly values: number;
}

export const FILTER_LIMITS: FilterLimits = Object.freeze({ length: 512 * 1024, depth: 1000, comparisons: 10_000, values: 65_535 });
