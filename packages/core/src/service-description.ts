import type { JsonObject } from './json.js';
import type { Verb } from './verbs.js';

/** What a service offers, for its API document (services.md 5). It tells everything; whoever shows it applies the caller's rights. */
export interface ServiceDescription {
  readonly paths: readonly DescribedPath[];
  /** The fields of records below paths that name them. */
  readonly records?: readonly DescribedRecord[];
}

export interface DescribedPath {
  /** Below the service: `['_table', '{table_name}', '{id}']`; empty for the service itself. */
  readonly segments: readonly string[];
  readonly operations: readonly DescribedOperation[];
  /** A placeholder and all the values it has: `{ name: 'table_name', values: ['contact'] }`. */
  readonly choice?: { readonly name: string; readonly values: readonly string[] };
}

export interface DescribedOperation {
  readonly verb: Verb;
  readonly summary: string;
  readonly description?: string;
  readonly options?: readonly DescribedOption[];
  readonly body?: BodyShape;
  readonly answer: BodyShape | 'resources' | 'object';
  /** Of the answer; 200 unless said otherwise. */
  readonly status?: number;
}

/** One record, or several in their wrapper. */
export type BodyShape = 'record' | 'records';

/** An option of the query. */
export interface DescribedOption {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean';
  readonly description: string;
}

export interface DescribedRecord {
  /** The path of the records: `['_table', 'contact']`. */
  readonly segments: readonly string[];
  readonly name: string;
  readonly description: string | null;
  readonly fields: readonly { readonly name: string; readonly schema: JsonObject }[];
}
