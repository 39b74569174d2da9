import type { ServiceRequest } from '@headgate/core';
import type { TableSchema } from '../schema/table-schema.js';

const MOST_KEPT = 2_000;
const LONGEST_KEY = 4_000;
/** Parameters that do not change what is read. */
const CREDENTIALS = new Set(['api_key', 'session_token', 'script_token', 'accept', 'file', 'wrap', 'method', '_method']);

/**
 * What was prepared for calls that were written alike, so that a repeated call parses nothing. An entry dies when it is the oldest of too
 * many; tables and accesses that have been replaced are never asked for again and go the same way.
 */
export class Reuse<T extends { readonly isReusable: boolean }> {
  readonly #kept = new Map<string, T>();
  readonly #tables = new WeakMap<TableSchema, number>();
  #lastTable = 0;

  /** The key of a call, or undefined where its text does not tell all. */
  keyOf(kind: string, request: ServiceRequest, table: TableSchema): string | undefined {
    const { parameters, access, body, requestor, strict } = request;
    if (body.value !== undefined) return undefined;
    let key = `${kind}${this.#numberOf(table)}|${access.stamp}|${requestor}${strict ? '!' : ''}`;
    const names = parameters.names();
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      if (CREDENTIALS.has(name)) continue;
      const value = parameters.get(name);
      if (name === 'params' || value === undefined) return undefined;
      key += `\u0000${name}=${value}`;
      if (key.length > LONGEST_KEY) return undefined;
    }
    return key;
  }

  get(key: string): T | undefined {
    return this.#kept.get(key);
  }

  keep(key: string, prepared: T): void {
    if (!prepared.isReusable) return;
    if (this.#kept.size >= MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    this.#kept.set(key, prepared);
  }

  #numberOf(table: TableSchema): number {
    const known = this.#tables.get(table);
    if (known !== undefined) return known;
    this.#tables.set(table, ++this.#lastTable);
    return this.#lastTable;
  }
}
