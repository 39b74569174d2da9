import {
  answer,
  answerList,
  type BodyRecords,
  type JsonObject,
  JsonText,
  type JsonValue,
  numberOf,
  RecordNotFound,
  RequestOptions,
  recordsOf,
  type ServiceRequest,
  type ServiceResponse,
} from '@headgate/core';
import type { QueryResult } from '../dialect/dialect.js';
import { asRecordSchema, describeTable } from '../schema/shapes.js';
import type { TableSchema } from '../schema/table-schema.js';
import type { TableContext } from '../table-context.js';
import { KeyReader } from '../write/record-key.js';
import { readByIdentifiers } from './by-identifiers.js';
import { checkParameters } from './known-parameters.js';
import { type BoundStatement, type PreparedList, type PreparedRecord, prepareList, prepareRecord } from './prepared-read.js';
import { type ReadOptions, readOptions } from './read-options.js';
import { Reuse } from './reuse.js';
import { listEntry, recordOf } from './rows.js';

const NO_OPTIONS: JsonObject = Object.freeze({});
const NO_RECORDS: BodyRecords = Object.freeze({ records: [], form: 'none', options: NO_OPTIONS });

/** GET of records: by identifier in the path, by `ids`, by records of the body, by filter (database-services.md 4.3). */
export class TableReads {
  readonly #context: TableContext;
  readonly #lists = new Reuse<PreparedList>();
  readonly #records = new Reuse<PreparedRecord>();

  constructor(context: TableContext) {
    this.#context = context;
  }

  /** `path`: what follows the table. */
  handle(request: ServiceRequest, table: TableSchema, path: readonly string[]): Promise<ServiceResponse> {
    return path.length > 0 ? this.#record(request, table, path.join('/')) : this.#collection(request, table);
  }

  async #record(request: ServiceRequest, table: TableSchema, id: string): Promise<ServiceResponse> {
    const key = this.#records.keyOf('r', request, table);
    let prepared = key === undefined ? undefined : this.#records.get(key);
    if (!prepared) {
      prepared = prepareRecord(this.#context, request, table, this.#options(request, this.#body(request)));
      if (key !== undefined) this.#records.keep(key, prepared);
    }
    const { columns, identifiers, output, statement, rest } = prepared;
    const { bound } = new KeyReader(table, identifiers, this.#context.dialect).fromText(id);
    const { rows } = await this.#run({ statement, values: rest.length === 0 ? bound : [...bound, ...rest] }, request);
    const row = rows[0];
    if (!row) throw RecordNotFound(id);
    if (output === 'rows') return oneRow(answer(recordOf(columns, row, this.#context.dialect, prepared.options.style)));
    if (row[0] === '0') throw RecordNotFound(id);
    return oneRow(answer(jsonOf(row).onlyItem));
  }

  async #collection(request: ServiceRequest, table: TableSchema): Promise<ServiceResponse> {
    const key = this.#lists.keyOf('l', request, table);
    const known = key === undefined ? undefined : this.#lists.get(key);
    if (known) return this.#list(known, request);

    const body = this.#body(request);
    const sent = new RequestOptions(request.parameters, body.options, 'query');
    const ids = sent.raw('ids');
    const names = isPresent(ids) ? ids : body.form === 'list' || body.form === 'wrapped' ? body.records : undefined;
    const options = this.#options(request, body);
    if (names !== undefined && (!Array.isArray(names) || names.length > 0)) {
      return readByIdentifiers(this.#context, request, table, options, names, (bound) => this.#run(bound, request));
    }
    const prepared = prepareList(this.#context, request, table, options);
    if (key !== undefined) this.#lists.keep(key, prepared);
    return this.#list(prepared, request);
  }

  async #list(prepared: PreparedList, request: ServiceRequest): Promise<ServiceResponse> {
    const { options, columns, limit, table } = prepared;
    if (options.countOnly) return answer(numberOf(await this.#count(prepared, request)) ?? 0);
    // A list of a table that has neither a name nor a key.
    if (columns.length === 0) return answerList([]);
    const result = await this.#run(prepared.page, request);
    const { items, length } = this.#items(prepared, result);
    const total = await this.#total(prepared, length, request);
    const meta: Record<string, JsonValue> = {};
    if (total !== undefined && (options.includeCount || total > limit)) {
      meta.count = total;
      if (total > options.offset + limit) meta.next = options.offset + limit;
    }
    if (options.includeSchema) meta.schema = asRecordSchema(describeTable(table, undefined));
    const response = answerList(items, Object.keys(meta).length > 0 ? meta : undefined);
    const mayContinue = length === limit && (total === undefined || total > options.offset + length);
    return mayContinue ? { ...response, rows: length, nextOffset: options.offset + length } : { ...response, rows: length };
  }

  #items({ options, columns, output }: PreparedList, { rows }: QueryResult): { items: JsonText | JsonValue[]; length: number } {
    if (output === 'text') return { items: jsonOf(rows[0]!), length: Number(rows[0]![0]) };
    const shape = options.asList ? listEntry : recordOf;
    return { items: rows.map((row) => shape(columns, row, this.#context.dialect, options.style)), length: rows.length };
  }

  /** How many records match, where that will be shown: read off the page when it holds the last of them, else counted. */
  async #total(prepared: PreparedList, length: number, request: ServiceRequest): Promise<number | undefined> {
    const { options, limit } = prepared;
    const mayExceed = options.limit === undefined && (length === limit || options.offset > 0);
    if (!options.includeCount && !mayExceed) return undefined;
    if (length < limit && (length > 0 || options.offset === 0)) return options.offset + length;
    return Number(await this.#count(prepared, request));
  }

  async #count({ count }: PreparedList, request: ServiceRequest): Promise<string> {
    const { rows } = await this.#run(count, request);
    return String(rows[0]![0]);
  }

  #run({ statement, values }: BoundStatement, request: ServiceRequest): Promise<QueryResult> {
    return this.#context.source.use((connection) => connection.run(statement, values), request);
  }

  #body(request: ServiceRequest): BodyRecords {
    return request.body.value === undefined ? NO_RECORDS : recordsOf(request.body, this.#context.envelope);
  }

  #options(request: ServiceRequest, body: BodyRecords): ReadOptions {
    const { maxRecords, config } = this.#context;
    checkParameters(request, this.#context);
    return readOptions(new RequestOptions(request.parameters, body.options, 'query'), request, maxRecords, config.types);
  }
}

/** The JSON in the row of a statement that writes it. */
function jsonOf(row: readonly unknown[]): JsonText {
  const written = row[1] as string | JsonText;
  return typeof written === 'string' ? new JsonText(written) : written;
}

function isPresent(value: JsonValue | undefined): value is JsonValue {
  return value !== undefined && value !== null && value !== '';
}

function oneRow(response: ServiceResponse): ServiceResponse {
  return { ...response, rows: 1 };
}
