import {
  answerList,
  HeadgateError,
  nearest,
  RequestOptions,
  recordsOf,
  type ServiceRequest,
  type ServiceResponse,
  SourceError,
  TableNotFound,
  UnsupportedVerb,
  type VerbMask,
  verbNames,
} from '@headgate/core';
import { TableReads } from '../read/table-reads.js';
import type { ServiceSchema } from '../schema/service-schema.js';
import { asRecordSchema, describeTable, describeTableHead } from '../schema/shapes.js';
import type { TableSchema } from '../schema/table-schema.js';
import type { TableContext } from '../table-context.js';
import { type TableWrites, tableWrites } from '../write/table-writes.js';
import { namedIn } from './named-in.js';
import { requireVerb, verbsOn } from './permissions.js';
import { listResources, type ResourceEntry } from './resource-list.js';

/** `_table`: the list of tables, and their records (database-services.md 4). */
export class TableResource {
  readonly #context: TableContext;
  readonly #reads: TableReads;
  readonly #writes: TableWrites;

  constructor(context: TableContext) {
    this.#context = context;
    this.#reads = new TableReads(context);
    this.#writes = tableWrites(context);
  }

  /** `path`: what follows `_table`. */
  async handle(request: ServiceRequest, path: readonly string[]): Promise<ServiceResponse> {
    const known = this.#context.schema.get();
    const schema = known instanceof Promise ? await known : known;
    const name = path[0];
    if (name === undefined) return this.#list(request, schema);
    const table = findTable(schema, name, request);
    try {
      return await this.#serve(request, table, path.slice(1));
    } catch (error) {
      if (!this.#isStale(error)) throw error;
      const current = findTable(await this.#context.schema.refresh(), name, request);
      return this.#serve(request, current, path.slice(1));
    }
  }

  #serve(request: ServiceRequest, table: TableSchema, rest: readonly string[]): Promise<ServiceResponse> {
    switch (request.verb) {
      case 'GET':
      case 'HEAD':
        return this.#reads.handle(request, table, rest);
      case 'POST':
      case 'PUT':
      case 'PATCH':
      case 'DELETE':
        return this.#writes.handle(request, table, rest);
      default:
        throw UnsupportedVerb(request.verb, '_table', [table.apiName, ...rest].join('/'));
    }
  }

  /** Whether the database knows the table or its columns no more as the schema has them. */
  #isStale(error: unknown): boolean {
    return error instanceof HeadgateError && error.is(SourceError) && this.#context.dialect.classify(error.cause)?.kind === 'staleSchema';
  }

  async #list(request: ServiceRequest, known: ServiceSchema): Promise<ServiceResponse> {
    if (request.verb !== 'GET' && request.verb !== 'HEAD') throw UnsupportedVerb(request.verb, '_table', '');
    const body = recordsOf(request.body, this.#context.envelope);
    const options = new RequestOptions(request.parameters, body.options, 'query');
    const schema = options.flag('refresh') ? await this.#context.schema.refresh() : known;
    const names = namedIn(options, body);
    if (names !== undefined) {
      const tables = names.map((name) => findTable(schema, name, request));
      for (const table of tables) requireVerb(request, '_table', table.apiName);
      return listResources(
        tables.map((table) => tableEntry(table, verbsOn(request, '_table', table.apiName), true)),
        options,
      );
    }
    const inSchema = options.text('schema')?.toLowerCase();
    const shown = schema.tables.flatMap((table) => {
      const mask = verbsOn(request, '_table', table.apiName);
      return mask === 0 || (inSchema !== undefined && table.schemaName?.toLowerCase() !== inSchema) ? [] : [tableEntry(table, mask, false)];
    });
    return shown.length === 0 ? answerList([]) : listResources(shown, options);
  }
}

function findTable(schema: ServiceSchema, name: string, request: ServiceRequest): TableSchema {
  const table = schema.table(name);
  if (table) return table;
  const visible = schema.tables.filter(({ apiName }) => verbsOn(request, '_table', apiName) !== 0).map(({ apiName }) => apiName);
  const near = nearest(name, visible);
  throw TableNotFound(name).withHint(near === undefined ? undefined : `Did you mean '${near}'?`);
}

function tableEntry(table: TableSchema, mask: VerbMask, isFull: boolean): ResourceEntry {
  return {
    name: table.apiName,
    describe: () => {
      const description = isFull ? describeTable(table, undefined) : describeTableHead(table);
      return { ...asRecordSchema(description), access: verbNames(mask) };
    },
  };
}
