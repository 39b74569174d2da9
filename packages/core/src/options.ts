import { isTruthy } from './booleans.js';
import type { JsonObject, JsonValue } from './json.js';
import type { Parameters } from './service-request.js';

/** Names that mean the same option (rest-core.md 2.3); the first is the name that the code uses. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  fields: ['select'],
  filter: ['where'],
  limit: ['top'],
  offset: ['skip'],
  order: ['sort', 'order_by'],
  group: ['group_by'],
};

/** The options that every call understands, aliases included; others depend on the resource. */
export const COMMON_OPTIONS: readonly string[] = [
  'accept',
  'api_key',
  'session_token',
  'script_token',
  'file',
  'method',
  '_method',
  'wrap',
  'fields',
  'filter',
  'limit',
  'offset',
  'order',
  'group',
  'having',
  'ids',
  'id_field',
  'id_type',
  'related',
  'allow_related_delete',
  'include_count',
  'count_only',
  'include_schema',
  'continue',
  'rollback',
  'as_list',
  'as_access_list',
  'include_access',
  'refresh',
  'force',
  'regenerate',
  'send_invite',
  'schema',
  'params',
  'types',
  ...Object.values(ALIASES).flat(),
];

/** The options of one call, from its query and from its body, under their first names. */
export class RequestOptions {
  readonly #query: Parameters;
  readonly #body: JsonObject;
  readonly #bodyWins: boolean;

  /** `precedence`: the query wins for databases, the body for `system` (rest-core.md 2.3). */
  constructor(query: Parameters, body: JsonObject, precedence: 'query' | 'body') {
    this.#query = query;
    this.#body = body;
    this.#bodyWins = precedence === 'body';
  }

  /** The value as sent: a text from the query, any JSON from the body. Empty values of the query count as sent. */
  raw(name: string): JsonValue | undefined {
    const names = [name, ...(ALIASES[name] ?? [])];
    const first = this.#bodyWins ? this.#fromBody(names) : this.#fromQuery(names);
    return first ?? (this.#bodyWins ? this.#fromQuery(names) : this.#fromBody(names));
  }

  /** A text, or undefined where it is missing or empty. */
  text(name: string): string | undefined {
    const value = this.raw(name);
    if (typeof value === 'string') return value === '' ? undefined : value;
    return typeof value === 'number' ? String(value) : undefined;
  }

  flag(name: string): boolean {
    return isTruthy(this.raw(name));
  }

  /** An integer, or undefined where it is missing or none. */
  integer(name: string): number | undefined {
    const text = this.text(name);
    return text !== undefined && /^\s*[+-]?\d{1,15}\s*$/.test(text) ? Number(text) : undefined;
  }

  /** A comma list or an array as texts, trimmed, empty ones left out; undefined where it is missing. */
  list(name: string): string[] | undefined {
    const value = this.raw(name);
    if (value === undefined || value === null) return undefined;
    const items = Array.isArray(value)
      ? value.map((item) => (typeof item === 'object' ? JSON.stringify(item) : String(item)))
      : String(value).split(',');
    return items.map((item) => item.trim()).filter((item) => item !== '');
  }

  #fromQuery(names: readonly string[]): JsonValue | undefined {
    for (const name of names) {
      const value = this.#query.get(name);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  #fromBody(names: readonly string[]): JsonValue | undefined {
    for (const name of names) if (Object.hasOwn(this.#body, name)) return this.#body[name];
    return undefined;
  }
}
