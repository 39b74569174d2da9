import type { JsonObject, JsonValue } from '@headgate/core';
import { isJsonObject } from '@headgate/core';
import { membersOf, type ServiceDocument, SHARED_COMPONENTS } from './openapi.js';

/** The documents of several services as one: paths below each service's name, components under it, so that none hides another's. */
export function wholeDocument(documents: ReadonlyMap<string, ServiceDocument>): ServiceDocument {
  const paths: Record<string, JsonValue> = {};
  const components: Record<string, Record<string, JsonValue>> = {};
  for (const [service, document] of documents) {
    for (const [path, item] of membersOf(document.paths)) paths[`/${service}${path === '/' ? '' : path}`] = renamed(item, service);
    for (const [kind, members] of Object.entries(document.components)) {
      components[kind] ??= {};
      for (const [name, member] of membersOf(members)) components[kind][nameIn(service, name)] = renamed(member, service);
    }
  }
  return { paths: tagged(paths), components };
}

const nameIn = (service: string, name: string) => (SHARED_COMPONENTS.has(name) ? name : `${service}.${name}`);

const REFERENCE = /^(#\/components\/[^/]+\/)([^/]+)$/;

/** A part of a document whose references lead to the renamed components. */
function renamed(value: JsonValue, service: string): JsonValue {
  if (Array.isArray(value)) return value.map((item) => renamed(item, service));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    membersOf(value).map(([key, member]) => {
      const reference = key === '$ref' && typeof member === 'string' ? REFERENCE.exec(member) : null;
      return [key, reference === null ? renamed(member, service) : `${reference[1]}${nameIn(service, reference[2]!)}`];
    }),
  );
}

/** In the whole document an operation has one tag, its service. */
function tagged(paths: JsonObject): JsonObject {
  return Object.fromEntries(
    membersOf(paths).map(([path, item]) => {
      const service = path.split('/')[1]!;
      if (!isJsonObject(item)) return [path, item];
      const members = membersOf(item).map(([key, member]) => [
        key,
        isJsonObject(member) && 'tags' in member ? { ...member, tags: [service] } : member,
      ]);
      return [path, Object.fromEntries(members)];
    }),
  );
}
