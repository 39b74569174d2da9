import {
  ADMIN_ACCESS,
  type JsonObject,
  JsonText,
  type JsonValue,
  type LookupSource,
  NO_BODY,
  NO_LOOKUPS,
  parseJson,
  type RecordFilter,
  type Service,
  type ServiceAccess,
  type ServiceRequest,
  type Verb,
} from '@headgate/core';

export interface ReadCall {
  readonly verb?: Verb;
  readonly query?: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, string>>;
  readonly body?: JsonValue;
  readonly access?: ServiceAccess;
  readonly lookups?: LookupSource;
  readonly strict?: boolean;
}

export interface ReadAnswer {
  readonly body: JsonValue;
  readonly text: string;
  readonly meta: JsonObject | undefined;
  readonly nextOffset: number | undefined;
}

let stamps = 1_000;

/** The access of a role that may read the named components (`_table/*` style), with a record filter on every table. */
export function roleAccess(may: (component: string) => boolean, recordFilter?: RecordFilter): ServiceAccess {
  return {
    stamp: stamps++,
    isAdmin: false,
    verbsFor: (component) => (may(component) ? 1 : 0),
    recordFilter: () => recordFilter,
    allowsAnywhere: () => true,
  };
}

export async function read(service: Service, path: string, call: ReadCall = {}): Promise<ReadAnswer> {
  const { content, nextOffset } = await service.handle(requestOf(path, call));
  if (content.kind !== 'list' && content.kind !== 'value') throw new Error(`unexpected content: ${content.kind}`);
  const value = content.kind === 'list' ? content.items : content.value;
  const text = value instanceof JsonText ? value.text : JSON.stringify(value);
  return { body: parseJson(text), text, meta: content.kind === 'list' ? content.meta : undefined, nextOffset };
}

function requestOf(path: string, call: ReadCall): ServiceRequest {
  const { query = {}, params, body, access = ADMIN_ACCESS, lookups = NO_LOOKUPS, strict = false } = call;
  return {
    verb: call.verb ?? 'GET',
    service: 'db',
    path: path
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent),
    trailingSlash: false,
    apiVersion: '2.0',
    parameters: {
      get: (name) => query[name],
      has: (name) => name in query,
      map: (name) => (name === 'params' ? params : undefined),
      names: () => [...Object.keys(query), ...(params ? ['params'] : [])],
    },
    headers: {},
    body: body === undefined ? NO_BODY : { format: 'json', value: body, contentType: 'application/json', raw: new Uint8Array() },
    caller: {
      app: undefined,
      user: undefined,
      role: undefined,
      isAdmin: false,
      requestor: 'API',
      sessionToken: undefined,
      apiKey: undefined,
      lookups,
    },
    access,
    requestor: 'API',
    origin: { requestId: 'test', address: '127.0.0.1', userAgent: undefined, target: `/api/v2/db/${path}` },
    signal: undefined,
    strict,
  };
}
