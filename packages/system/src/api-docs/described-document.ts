import type {
  BodyShape,
  DescribedOperation,
  DescribedPath,
  DescribedRecord,
  Envelope,
  JsonObject,
  JsonValue,
  ServiceDescription,
  Verb,
} from '@headgate/core';
import { ERROR_ANSWER, json, listOf, type ServiceDocument } from './openapi.js';

export interface DocumentScope {
  readonly service: string;
  readonly envelope: Envelope;
  /** Whether the caller may use a verb on a path below the service. A placeholder stands for anything: `*`. */
  readonly may: (verb: Verb, segments: readonly string[]) => boolean;
  /** One path for each table, and the fields of its records, instead of a path with a placeholder. */
  readonly expand: boolean;
}

/** The document of a service that describes itself: the paths, verbs, tables and fields that the caller may use. */
export function describedDocument(description: ServiceDescription, scope: DocumentScope): ServiceDocument {
  const visible = (description.records ?? []).filter(({ segments }) => scope.may('GET', segments));
  const schemas = scope.expand ? namedSchemas(visible) : new Map<string, NamedSchema>();
  const recordAt = (segments: readonly string[]): JsonObject => {
    const component = schemas.get(keyOf(segments))?.component;
    return component === undefined ? { type: 'object' } : { $ref: `#/components/schemas/${component}` };
  };
  const paths = description.paths.flatMap((path) => pathsOf(path, scope, recordAt));
  return {
    paths: Object.fromEntries(paths),
    components: { schemas: Object.fromEntries([...schemas.values()].map(({ component, record }) => [component, schemaOf(record)])) },
  };
}

const keyOf = (segments: readonly string[]) => segments.slice(0, 2).join('/');

interface NamedSchema {
  readonly component: string;
  readonly record: DescribedRecord;
}

/** The records by their path, each with a name as OpenAPI allows it for components, used once. */
function namedSchemas(records: readonly DescribedRecord[]): Map<string, NamedSchema> {
  const used = new Set<string>();
  return new Map(
    records.map((record) => {
      const base = record.name.replaceAll(/[^A-Za-z0-9._-]/g, '_');
      let component = base;
      for (let count = 2; used.has(component); count++) component = `${base}_${count}`;
      used.add(component);
      return [keyOf(record.segments), { component, record }];
    }),
  );
}

function schemaOf({ description, fields }: DescribedRecord): JsonObject {
  return {
    type: 'object',
    ...(description !== null && { description }),
    properties: Object.fromEntries(fields.map(({ name, schema }) => [name, schema])),
  };
}

type RecordAt = (segments: readonly string[]) => JsonObject;

/** The paths that the caller sees of a described one, with their items: several where it is expanded, none where nothing is allowed. */
function pathsOf({ segments, operations, choice }: DescribedPath, scope: DocumentScope, recordAt: RecordAt): [string, JsonObject][] {
  const placeholder = choice === undefined ? -1 : segments.indexOf(`{${choice.name}}`);
  if (choice === undefined || placeholder < 0 || choice.values.length === 0) {
    const allowed = operations.filter(({ verb }) => scope.may(verb, segments));
    return itemOf(
      segments,
      allowed.map((operation) => [operation, undefined] as const),
      undefined,
      scope,
      recordAt,
    );
  }
  const at = (value: string) => segments.with(placeholder, value);
  if (scope.expand) {
    return choice.values.flatMap((value) => {
      const allowed = operations.filter(({ verb }) => scope.may(verb, at(value)));
      return itemOf(
        at(value),
        allowed.map((operation) => [operation, undefined] as const),
        undefined,
        scope,
        recordAt,
      );
    });
  }
  const allowed = operations
    .map((operation) => [operation, choice.values.filter((value) => scope.may(operation.verb, at(value)))] as const)
    .filter(([, values]) => values.length > 0);
  return itemOf(segments, allowed, choice.name, scope, recordAt);
}

function itemOf(
  segments: readonly string[],
  operations: readonly (readonly [DescribedOperation, readonly string[] | undefined])[],
  choice: string | undefined,
  scope: DocumentScope,
  recordAt: RecordAt,
): [string, JsonObject][] {
  if (operations.length === 0) return [];
  const item = operations.map(([operation, values]) => [
    operation.verb.toLowerCase(),
    operationOf(operation, segments, values === undefined || choice === undefined ? undefined : { name: choice, values }, scope, recordAt),
  ]);
  return [[`/${segments.map(shownSegment).join('/')}`, Object.fromEntries(item)]];
}

const isPlaceholder = (segment: string) => segment.startsWith('{') && segment.endsWith('}');
const shownSegment = (segment: string) => (isPlaceholder(segment) ? segment : encodeURIComponent(segment));

function operationOf(
  { verb, summary, description, options = [], body, answer, status = 200 }: DescribedOperation,
  segments: readonly string[],
  choice: { readonly name: string; readonly values: readonly string[] } | undefined,
  { service, envelope }: DocumentScope,
  recordAt: RecordAt,
): JsonObject {
  const inPath = segments.filter(isPlaceholder).map((segment): JsonObject => {
    const name = segment.slice(1, -1);
    const schema = { type: 'string', ...(choice?.name === name && { enum: choice.values }) };
    return { name, in: 'path', required: true, schema };
  });
  const inQuery = options.map(
    ({ name, type, description: text }): JsonObject => ({ name, in: 'query', description: text, schema: { type } }),
  );
  const shaped = (shape: BodyShape) => (shape === 'record' ? recordAt(segments) : listOf(recordAt(segments), envelope));
  return {
    operationId: [service, verb.toLowerCase(), ...segments.map((segment) => encodeURIComponent(segment.replaceAll(/[{}]/g, '')))].join('.'),
    summary,
    description: description ?? summary,
    tags: [service],
    parameters: [...inPath, ...inQuery],
    ...(body !== undefined && { requestBody: json(summary, shaped(body)) }),
    responses: { [status]: answerOf(answer, shaped), default: ERROR_ANSWER },
  };
}

function answerOf(answer: DescribedOperation['answer'], shaped: (shape: BodyShape) => JsonValue): JsonObject {
  if (answer === 'resources') return { $ref: '#/components/responses/ResourceList' };
  if (answer === 'object') return { $ref: '#/components/responses/Success' };
  return json('Success', shaped(answer));
}
