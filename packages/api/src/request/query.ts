import type { Parameters } from '@headgate/core';
import { BadRequest } from '@headgate/core';

/** More parameters than this are no honest request. */
const MAX_PARAMETERS = 1000;

/**
 * The query of a URL (database-services.md 4.2): names are case-sensitive, the last value of a repeated name counts, and
 * `params[:a]=x` is the member `:a` of the map `params`. `ids[]=1&ids[]=2` is read as `ids=1,2`.
 */
class Query implements Parameters {
  readonly #values = new Map<string, string>();
  readonly #maps = new Map<string, Record<string, string>>();

  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  has(name: string): boolean {
    return this.#values.has(name) || this.#maps.has(name);
  }

  map(name: string): Readonly<Record<string, string>> | undefined {
    return this.#maps.get(name);
  }

  names(): readonly string[] {
    return [...new Set([...this.#values.keys(), ...this.#maps.keys()])];
  }

  add(name: string, value: string): void {
    const open = name.indexOf('[');
    const close = open > 0 ? name.indexOf(']', open) : -1;
    if (close < 0) {
      this.#values.set(name, value);
      return;
    }
    const base = name.slice(0, open);
    const member = name.slice(open + 1, close);
    if (member === '') {
      const before = this.#values.get(base);
      this.#values.set(base, before === undefined ? value : `${before},${value}`);
      return;
    }
    const map = this.#maps.get(base) ?? (Object.create(null) as Record<string, string>);
    this.#maps.set(base, map);
    map[member] = value;
  }
}

export const NO_PARAMETERS: Parameters = Object.freeze(new Query());

/** Parses the text after `?`. Throws `BadRequest` where its percent-encoding is broken. */
export function parseQuery(text: string): Parameters {
  if (text === '') return NO_PARAMETERS;
  const query = new Query();
  eachPair(text, (name, value) => query.add(name, value));
  return query;
}

/** Calls `visit` with each decoded `name=value` of a query or form, in order; parts without a name are left out. */
export function eachPair(text: string, visit: (name: string, value: string) => void, where = 'query', limit = MAX_PARAMETERS): void {
  let start = 0;
  let count = 0;
  while (start < text.length) {
    let end = text.indexOf('&', start);
    if (end < 0) end = text.length;
    const equals = text.indexOf('=', start);
    const nameEnd = equals < 0 || equals > end ? end : equals;
    if (nameEnd > start) {
      if (++count > limit) throw BadRequest(`The ${where} has more than ${limit} parameters.`);
      visit(decodePart(text.slice(start, nameEnd), where), nameEnd < end ? decodePart(text.slice(nameEnd + 1, end), where) : '');
    }
    start = end + 1;
  }
}

function decodePart(part: string, where: string): string {
  const spaced = part.includes('+') ? part.replaceAll('+', ' ') : part;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    throw BadRequest(`The ${where} of the request is not valid percent-encoded UTF-8.`);
  }
}
