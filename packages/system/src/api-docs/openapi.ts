import type { Envelope, JsonObject, JsonValue } from '@headgate/core';

/** The paths and components of one service, as its API document shows them to a caller. */
export interface ServiceDocument {
  /** By path below the service: `/`, `/_table/{table_name}`. */
  readonly paths: JsonObject;
  /** By kind: `schemas`, `responses`. */
  readonly components: Readonly<Record<string, JsonObject>>;
}

export interface DocumentHead {
  /** Of the server: `/api/v2/db`. */
  readonly url: string;
  readonly info: JsonObject;
  readonly tags: readonly JsonObject[];
}

/** A whole OpenAPI document (services.md 5.1). */
export function openApi({ url, info, tags }: DocumentHead, { paths, components }: ServiceDocument, envelope: Envelope): JsonObject {
  const { responses, securitySchemes, ...others } = components;
  return {
    openapi: '3.0.0',
    servers: [{ url, description: '' }],
    components: {
      schemas: {},
      ...others,
      securitySchemes: { ...securitySchemes, ...SECURITY_SCHEMES },
      responses: { ...responses, ...sharedResponses(envelope) },
    },
    security: Object.keys(SECURITY_SCHEMES).map((name) => ({ [name]: [] })),
    tags,
    info,
    paths,
  };
}

/** In each document, whatever it is about. */
const SECURITY_SCHEMES: JsonObject = {
  BasicAuth: { type: 'http', scheme: 'basic' },
  BearerAuth: { type: 'http', scheme: 'bearer' },
  ApiKeyQuery: { type: 'apiKey', in: 'query', name: 'api_key' },
  ApiKeyHeader: { type: 'apiKey', in: 'header', name: 'X-DreamFactory-API-Key' },
  SessionTokenQuery: { type: 'apiKey', in: 'query', name: 'session_token' },
  SessionTokenHeader: { type: 'apiKey', in: 'header', name: 'X-DreamFactory-Session-Token' },
};

export const SHARED_COMPONENTS: ReadonlySet<string> = new Set(['Success', 'Error', 'ResourceList', ...Object.keys(SECURITY_SCHEMES)]);

/** What an operation answers when it fails. */
export const ERROR_ANSWER: JsonObject = { $ref: '#/components/responses/Error' };

const OBJECT: JsonObject = { type: 'object' };

function sharedResponses(envelope: Envelope): JsonObject {
  const error = { code: { type: 'integer' }, message: { type: 'string' }, status_code: { type: 'integer' }, context: { nullable: true } };
  return {
    Success: json('Success', OBJECT),
    ResourceList: json('The resources', listOf({ type: 'object', properties: { name: { type: 'string' } } }, envelope)),
    Error: json('Error', { type: 'object', properties: { error: { type: 'object', properties: error } } }),
  };
}

/** A response or a request body of JSON. */
export function json(description: string, schema: JsonValue): JsonObject {
  return { description, content: { 'application/json': { schema } } };
}

/** Several records: in their wrapper where the installation wraps lists. */
export function listOf(items: JsonObject, { always, wrapper }: Envelope): JsonObject {
  const list = { type: 'array', items };
  return always ? { type: 'object', properties: { [wrapper]: list } } : list;
}

/** The members of an object that have a value. */
export function membersOf(value: JsonObject): [string, JsonValue][] {
  return Object.entries(value).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined);
}
