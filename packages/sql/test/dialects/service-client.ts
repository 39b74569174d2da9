import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  ADMIN_ACCESS,
  type Caller,
  type JsonObject,
  JsonText,
  type JsonValue,
  NO_BODY,
  NO_LOOKUPS,
  type Parameters,
  parseJson,
  type RequestBody,
  type Service,
  type ServiceDeps,
  type ServiceRequest,
  type ServiceResponse,
  SILENT,
  type Verb,
} from '@headgate/core';
import { mariadbServer, postgresServer } from '../../../../test/containers.js';
import { createEgressPolicy } from '../../src/egress/policy.js';
import type { SqlEnvironment } from '../../src/environment.js';
import { sqlServiceTypes } from '../../src/service-type/sql-service-types.js';
import { ConnectionBudget } from '../../src/source/budget.js';

export interface Call {
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: JsonValue;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  /** The records of a list, or the value. */
  readonly body: JsonValue;
  readonly meta: JsonObject | undefined;
  readonly nextOffset: number | undefined;
}

/** The worker's side of services, over a storage folder of its own. */
export async function testEnvironment(): Promise<SqlEnvironment & { remove(): Promise<void> }> {
  const storage = await mkdtemp(path.join(tmpdir(), 'headgate-service-'));
  return {
    egress: createEgressPolicy({ allow: ['loopback'], ownStores: [] }),
    budget: new ConnectionBudget(50),
    log: SILENT,
    settings: {
      maxRecordsCap: 100_000,
      defaultPoolMax: 4,
      defaultAcquireTimeoutMs: 5_000,
      defaultStatementTimeoutMs: 10_000,
      connectionBudget: 50,
      sqliteStorage: storage,
      lookupModifiers: [],
    },
    remove: () => rm(storage, { recursive: true }),
  };
}

export type TypeName = 'pgsql' | 'mariadb' | 'sqlite';

/** The configuration of a service over an empty database; undefined where there is no server. */
export async function freshConfig(type: TypeName): Promise<JsonObject | undefined> {
  if (type === 'sqlite') return { database: 'service.db' };
  const server = await (type === 'pgsql' ? postgresServer() : mariadbServer());
  if (server === undefined) return undefined;
  const url = new URL(server);
  return {
    host: url.hostname,
    port: Number(url.port),
    database: url.pathname.slice(1),
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    schema: 'default',
  };
}

export const DEPS: ServiceDeps = {
  definition: { id: 7, name: 'db', label: 'DB', type: 'sql', isActive: true },
  envelope: { always: true, wrapper: 'resource' },
  log: SILENT,
  systemLookups: NO_LOOKUPS,
};

export function serviceOf(environment: SqlEnvironment, typeName: string, config: JsonObject): Service {
  const type = sqlServiceTypes(environment).find(({ name }) => name === typeName);
  if (!type) throw new Error(`no type ${typeName}`);
  return type.create(type.schema.parse(config), DEPS);
}

/** Calls a service as an administrator does, without HTTP around it. */
export class ServiceClient {
  readonly #service: Service;

  constructor(service: Service) {
    this.#service = service;
  }

  get(target: string, query: Call['query'] = {}): Promise<Answer> {
    return this.call('GET', target, { query });
  }

  async call(verb: Verb, target: string, call: Call = {}): Promise<Answer> {
    const response = await this.#service.handle(requestOf(verb, target, call));
    return { status: response.status, ...contentOf(response), nextOffset: response.nextOffset };
  }
}

function contentOf({ content }: ServiceResponse): Pick<Answer, 'body' | 'meta'> {
  if (content.kind === 'list') return { body: plain(content.items), meta: content.meta };
  return { body: content.kind === 'value' ? plain(content.value) : null, meta: undefined };
}

const plain = (value: JsonText | JsonValue): JsonValue => parseJson(value instanceof JsonText ? value.text : JSON.stringify(value));

const CALLER: Caller = {
  app: undefined,
  user: undefined,
  role: undefined,
  isAdmin: true,
  requestor: 'API',
  sessionToken: undefined,
  apiKey: undefined,
  lookups: NO_LOOKUPS,
};

function requestOf(verb: Verb, target: string, { query = {}, body, signal }: Call): ServiceRequest {
  const parameters: Parameters = {
    get: (name) => query[name],
    has: (name) => name in query,
    map: () => undefined,
    names: () => Object.keys(query),
  };
  const sent: RequestBody =
    body === undefined ? NO_BODY : { format: 'json', value: body, contentType: 'application/json', raw: new Uint8Array() };
  return {
    verb,
    service: 'db',
    path: target.split('/').filter((segment) => segment !== ''),
    trailingSlash: false,
    apiVersion: '2.0',
    parameters,
    headers: {},
    body: sent,
    caller: CALLER,
    access: ADMIN_ACCESS,
    requestor: 'API',
    origin: { requestId: 'test', address: '127.0.0.1', userAgent: undefined, target: `/api/v2/db/${target}` },
    signal,
    strict: false,
  };
}
