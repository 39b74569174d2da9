import { type JsonValue, type LookupSource, NO_LOOKUPS, replaceLookups } from '@headgate/core';
import type { Dialect } from '../dialect/dialect.js';
import type { ColumnSchema } from '../schema/table-schema.js';
import type { Slot } from './nodes.js';

export interface BindingSources {
  /** The caller's lookups; only public ones are ever read. */
  readonly lookups?: LookupSource;
  /** `DF_LOOKUP_MODIFIERS`. */
  readonly lookupModifiers?: readonly string[];
  /** The call's `params`, keys with or without their colon. */
  readonly params?: Readonly<Record<string, JsonValue | undefined>> | undefined;
}

/** The values of one call, collected while its plan is made: slot `i` of the plan takes `values[i]`. */
export class Bindings {
  readonly dialect: Dialect;
  readonly values: unknown[] = [];
  readonly #sources: BindingSources;
  /** Whether something of this caller or call other than its text went in, so that the outcome must not be kept for others. */
  dependsOnCall = false;

  constructor(dialect: Dialect, sources: BindingSources = {}) {
    this.dialect = dialect;
    this.#sources = sources;
  }

  /** A slot for a value that is already as the driver takes it. */
  raw(column: ColumnSchema, value: unknown): Slot {
    const slot = { index: this.values.length, column };
    this.values.push(value);
    return slot;
  }

  /** A slot for a client's value; `refuse` throws the error that fits where the value came from. */
  bind(column: ColumnSchema, value: JsonValue, refuse: (type: string) => never): Slot {
    return this.raw(column, this.dialect.encode(column, value, refuse));
  }

  /** A place in `values` that belongs to no column (limit and offset). */
  place(value: unknown): number {
    this.values.push(value);
    return this.values.length - 1;
  }

  /** A text with its lookups replaced. */
  replaced(text: string): string {
    if (!text.includes('{')) return text;
    const { lookups = NO_LOOKUPS, lookupModifiers } = this.#sources;
    this.dependsOnCall = true;
    return replaceLookups(text, lookups, lookupModifiers ? { modifiers: lookupModifiers } : {});
  }

  /** The value of `:name`, or the text itself where the call has no such parameter. */
  parameter(name: string): JsonValue {
    const params = this.#sources.params;
    this.dependsOnCall = true;
    if (params) {
      for (const key of [`:${name}`, name]) {
        const value = Object.hasOwn(params, key) ? params[key] : undefined;
        if (value !== undefined) return value;
      }
    }
    return `:${name}`;
  }
}
