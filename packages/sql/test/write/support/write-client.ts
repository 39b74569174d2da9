import {
  ADMIN_ACCESS,
  type Caller,
  errorDocument,
  HeadgateError,
  type JsonObject,
  JsonText,
  type JsonValue,
  type LookupSource,
  NO_LOOKUPS,
  type Parameters,
  parseJson,
  type RecordFilter,
  type ServiceRequest,
  SILENT,
  type UserIdentity,
  type Verb,
} from '@headgate/core';
import type { SqlConfig } from '../../../src/config.js';
import type { Connector } from '../../../src/dialect/dialect.js';
import { StatementCache } from '../../../src/plan/statement-cache.js';
import type { TableSchema } from '../../../src/schema/table-schema.js';
import { ConnectionBudget } from '../../../src/source/budget.js';
import { openSource } from '../../../src/source/open-source.js';
import type { Source } from '../../../src/source/source.js';
import type { TableContext } from '../../../src/table-context.js';
import { tableWrites } from '../../../src/write/table-writes.js';
import { createTables, TABLES, type TableName } from './tables.js';

export interface CallOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: JsonValue;
  readonly filter?: RecordFilter;
  readonly strict?: boolean;
  readonly lookups?: Readonly<Record<string, string>>;
  readonly userId?: number;
  readonly table?: TableSchema;
  readonly config?: Partial<SqlConfig>;
}

export interface Answer {
  readonly status: number;
  /** The list, the record, or the error's document. */
  readonly body: JsonValue;
  readonly meta?: JsonObject;
}

const CONFIG: SqlConfig = {
  schema: undefined,
  allowUpsert: false,
  maxRecords: 1000,
  cacheEnabled: false,
  cacheTtl: 0,
  statements: [],
  poolMax: 4,
  acquireTimeoutMs: 5_000,
  statementTimeoutMs: 20_000,
  readOnly: false,
  types: 'contract',
};

/** Writes tables of one database as a service does, without HTTP around it. */
export class WriteClient {
  readonly source: Source;
  readonly #statements: StatementCache;

  constructor(connector: Connector) {
    this.source = openSource(connector, {
      serviceName: 'db',
      poolMax: 4,
      acquireTimeoutMs: 5_000,
      budget: new ConnectionBudget(8),
      log: SILENT,
    });
    this.#statements = new StatementCache(connector.dialect);
  }

  /** Makes the tables anew and empty. */
  async reset(): Promise<void> {
    for (const statement of createTables(this.source.dialect.name)) await this.sql(statement);
  }

  async sql(text: string): Promise<readonly (readonly unknown[])[]> {
    return this.source.use(async (connection) => (await connection.query(text)).rows);
  }

  /** The rows of a query, every value as a text. */
  async rows(text: string): Promise<readonly string[]> {
    return (await this.sql(text)).map((row) => row.map((value) => String(value)).join('|'));
  }

  async call(verb: Verb, path: string, options: CallOptions = {}): Promise<Answer> {
    const [name = '', ...rest] = path.split('/');
    const table = options.table ?? TABLES[name as TableName];
    try {
      const { status, content } = await tableWrites(this.#context(options)).handle(this.#request(verb, options), table, rest);
      if (content.kind === 'list') return { status, body: plain(content.items as JsonValue), ...(content.meta && { meta: content.meta }) };
      return { status, body: content.kind === 'value' ? plain(content.value as JsonValue) : null };
    } catch (error) {
      if (!(error instanceof HeadgateError)) throw error;
      return { status: error.status, body: plain(errorDocument(error)) };
    }
  }

  close(): Promise<void> {
    return this.source.close();
  }

  #context({ config }: CallOptions): TableContext {
    const context: Omit<TableContext, 'schema'> = {
      definition: { id: 1, name: 'db', label: 'Db', type: this.source.dialect.name, isActive: true },
      envelope: { always: true, wrapper: 'resource' },
      log: SILENT,
      config: { ...CONFIG, ...config },
      settings: {
        maxRecordsCap: 100_000,
        defaultPoolMax: 4,
        defaultAcquireTimeoutMs: 5_000,
        defaultStatementTimeoutMs: 20_000,
        connectionBudget: 8,
        sqliteStorage: '',
        lookupModifiers: ['strtoupper'],
      },
      source: this.source,
      dialect: this.source.dialect,
      statements: this.#statements,
      maxRecords: config?.maxRecords ?? CONFIG.maxRecords,
    };
    // Writes are given their tables; they read no schema.
    return context as TableContext;
  }

  #request(verb: Verb, { query = {}, body, filter, strict = false, lookups, userId }: CallOptions): ServiceRequest {
    const parameters: Parameters = {
      get: (name) => query[name],
      has: (name) => name in query,
      map: (name) => {
        const members = Object.entries(query).flatMap(([key, value]) =>
          key.startsWith(`${name}[`) ? [[key.slice(name.length + 1, -1), value]] : [],
        );
        return members.length === 0 ? undefined : Object.fromEntries(members);
      },
      names: () => Object.keys(query),
    };
    const source: LookupSource = lookups ? { find: (name) => lookups[name] } : NO_LOOKUPS;
    const caller = { user: userId === undefined ? undefined : ({ id: userId } as UserIdentity), lookups: source } as Caller;
    const value = body === undefined ? undefined : parseJson(JSON.stringify(body));
    return {
      verb,
      service: 'db',
      path: [],
      parameters,
      headers: {},
      body: { format: body === undefined ? 'none' : 'json', value, contentType: 'application/json', raw: new Uint8Array() },
      caller,
      access: { ...ADMIN_ACCESS, recordFilter: () => filter },
      requestor: 'api',
      origin: { requestId: 'r', address: '127.0.0.1', userAgent: undefined, target: '/' },
      signal: undefined,
      strict,
      trailingSlash: false,
      apiVersion: '2.0',
    } as unknown as ServiceRequest;
  }
}

/** As a client reads it. */
function plain(value: JsonValue): JsonValue {
  return JSON.parse(value instanceof JsonText ? value.text : JSON.stringify(value)) as JsonValue;
}
