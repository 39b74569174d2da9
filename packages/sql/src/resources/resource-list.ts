import { answerList, BadField, type JsonObject, type JsonValue, nearest, type RequestOptions, type ServiceResponse } from '@headgate/core';

/** An entry of a list of resources; the lazy members are made only where they are shown. */
export interface ResourceEntry {
  readonly name: string;
  /** All members, in their order. */
  describe(): JsonObject;
}

/** Lists of resources (rest-core.md 1.5): `fields`, `as_list`, `id_field`. Throws `BadField` for a key that no entry has. */
export function listResources(entries: readonly ResourceEntry[], options: RequestOptions): ServiceResponse {
  const idField = options.list('id_field') ?? ['name'];
  if (options.flag('as_list')) return answerList(entries.map((entry) => listItem(entry, idField)));
  const fields = options.list('fields');
  if (fields?.includes('*')) return answerList(entries.map((entry) => entry.describe()));
  const names = fields === undefined || fields.length === 0 ? idField : fields;
  return answerList(entries.map((entry) => picked(entry, names)));
}

function listItem(entry: ResourceEntry, idField: readonly string[]): JsonValue {
  const values = Object.values(picked(entry, idField));
  return values.length === 1
    ? (values[0] ?? null)
    : `(${values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join(',')})`;
}

function picked(entry: ResourceEntry, names: readonly string[]): JsonObject {
  if (names.length === 1 && names[0] === 'name') return { name: entry.name };
  const all = entry.describe();
  const chosen: Record<string, JsonValue> = {};
  for (const name of names) {
    const value = Object.hasOwn(all, name) ? all[name] : undefined;
    if (value === undefined) {
      const known = nearest(name, Object.keys(all));
      throw BadField(name).withHint(known === undefined ? undefined : `Did you mean '${known}'?`);
    }
    chosen[name] = value;
  }
  return chosen;
}
