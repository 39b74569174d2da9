/** A condition over the columns of one table; every value is bound. */
export type Condition =
  | {
      readonly kind: 'compare';
      readonly column: string;
      readonly operator: '=' | '!=' | '<' | '<=' | '>' | '>=';
      readonly value: string | number | boolean;
    }
  /** Case-insensitive on every dialect; `%` and `_` are wildcards, `\` escapes them. On numbers and times their text is compared. */
  | { readonly kind: 'like'; readonly column: string; readonly pattern: string; readonly negated: boolean }
  | { readonly kind: 'in'; readonly column: string; readonly values: readonly (string | number | boolean)[]; readonly negated: boolean }
  | {
      readonly kind: 'between';
      readonly column: string;
      readonly low: string | number;
      readonly high: string | number;
      readonly negated: boolean;
    }
  | { readonly kind: 'null'; readonly column: string; readonly negated: boolean }
  /** `xor`: an odd number of the terms holds. */
  | { readonly kind: 'and' | 'or' | 'xor'; readonly terms: readonly Condition[] }
  | { readonly kind: 'not'; readonly term: Condition };

export const equals = (column: string, value: string | number | boolean): Condition => ({ kind: 'compare', column, operator: '=', value });
export const isNull = (column: string): Condition => ({ kind: 'null', column, negated: false });
export const oneOf = (column: string, values: readonly (string | number | boolean)[]): Condition => ({
  kind: 'in',
  column,
  values,
  negated: false,
});
export const all = (...terms: readonly (Condition | undefined)[]): Condition => ({
  kind: 'and',
  terms: terms.filter((term) => term !== undefined),
});
export const any = (...terms: readonly Condition[]): Condition => ({ kind: 'or', terms });
