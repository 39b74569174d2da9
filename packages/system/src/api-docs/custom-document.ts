import type { JsonObject, JsonValue, Verb } from '@headgate/core';
import { isJsonObject, isVerb, NoApiDocs } from '@headgate/core';
import { pluralOf } from '@headgate/sql';
import type { DocumentScope } from './described-document.js';
import { ERROR_ANSWER, membersOf, type ServiceDocument } from './openapi.js';

/** Whom a document is about: what its placeholders stand for. */
export interface Documented {
  readonly name: string;
  readonly label: string;
  readonly description: string | null;
}

/**
 * The document that an administrator gave a service (services.md 5.3), with the operations that the caller may use. Throws `NoApiDocs`
 * where the text is not one.
 */
export function customDocument(content: string, service: Documented, scope: Pick<DocumentScope, 'may'>): ServiceDocument {
  const document = filled(parsed(content, service.name), placeholdersOf(service));
  if (!isJsonObject(document)) throw NoApiDocs(service.name).withHint('The document stored for the service is no JSON object.');
  const paths = isJsonObject(document.paths) ? document.paths : {};
  const components = isJsonObject(document.components) ? document.components : {};
  const shown = Object.entries(relative(paths, service.name)).flatMap(([path, item]) => {
    const allowed = isJsonObject(item) ? allowedOperations(path, item, service.name, scope) : undefined;
    return allowed === undefined ? [] : [[path, allowed] as const];
  });
  return {
    paths: Object.fromEntries(shown),
    components: Object.fromEntries(Object.entries(components).filter((entry): entry is [string, JsonObject] => isJsonObject(entry[1]))),
  };
}

function parsed(content: string, service: string): JsonValue {
  try {
    return JSON.parse(content) as JsonValue;
  } catch {
    throw NoApiDocs(service).withHint('The document stored for the service is no valid JSON.');
  }
}

/** Paths may begin with the service's name; if any does not, none is taken to. */
function relative(paths: JsonObject, service: string): JsonObject {
  const prefix = `/${service}`;
  const isAbsolute = (path: string) => path === prefix || path.startsWith(`${prefix}/`);
  if (!Object.keys(paths).every(isAbsolute)) return paths;
  return Object.fromEntries(membersOf(paths).map(([path, item]) => [path.slice(prefix.length) || '/', item]));
}

/** The item without the verbs that the caller does not have; undefined when none is left. Members that are no operations stay. */
function allowedOperations(path: string, item: JsonObject, service: string, { may }: Pick<DocumentScope, 'may'>): JsonObject | undefined {
  const segments = path.split('/').filter((segment) => segment !== '');
  let count = 0;
  const members = membersOf(item).flatMap(([key, value]): [string, JsonValue][] => {
    const verb: string = key.toUpperCase();
    if (!isVerb(verb)) return [[key, value]];
    if (!isJsonObject(value) || !may(verb satisfies Verb, segments)) return [];
    count++;
    const tags = Array.isArray(value.tags) ? value.tags.filter((tag) => tag !== service) : [];
    const responses = isJsonObject(value.responses) ? value.responses : {};
    return [[key, { ...value, tags: [...tags, service], responses: { default: ERROR_ANSWER, ...responses } }]];
  });
  return count === 0 ? undefined : Object.fromEntries(members);
}

function placeholdersOf({ name, label, description }: Documented): ReadonlyMap<string, string> {
  const camel = name
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
  return new Map([
    ['name', name.toLowerCase()],
    ['names', pluralOf(name.toLowerCase())],
    ['Name', camel],
    ['Names', pluralOf(camel)],
    ['label', label],
    ['description', description ?? ''],
  ]);
}

/** Texts and keys with `{service.name}` and its likes filled in. */
function filled(value: JsonValue, known: ReadonlyMap<string, string>): JsonValue {
  const inText = (text: string) => text.replaceAll(/\{service\.(\w+)\}/g, (whole, name: string) => known.get(name) ?? whole);
  if (typeof value === 'string') return inText(value);
  if (Array.isArray(value)) return value.map((item) => filled(item, known));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(membersOf(value).map(([key, member]) => [inText(key), filled(member, known)]));
}
