import {
  BadRequest,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  NotImplemented,
  type RequestOptions,
  type ServiceRequest,
} from '@headgate/core';
import type { TypeStyle } from '../plan/nodes.js';

/** The options of one read of records (database-services.md 4.2), as sent; names are looked up against the table later. */
export interface ReadOptions {
  /** `undefined`: all; empty: the identifying fields. */
  readonly fields: readonly string[] | undefined;
  readonly filter: JsonValue | undefined;
  readonly group: readonly string[] | undefined;
  readonly order: string | undefined;
  /** `undefined` unless it is a number within the maximum. */
  readonly limit: number | undefined;
  readonly offset: number;
  readonly idField: readonly string[] | undefined;
  readonly countOnly: boolean;
  readonly includeCount: boolean;
  readonly includeSchema: boolean;
  readonly asList: boolean;
  readonly continues: boolean;
  readonly style: TypeStyle;
  readonly params: Readonly<Record<string, JsonValue | undefined>> | undefined;
}

/** Throws `NotImplemented` for what this version would otherwise answer wrongly, `BadRequest` for what has no meaning. */
export function readOptions(options: RequestOptions, request: ServiceRequest, maxRecords: number, defaultStyle: TypeStyle): ReadOptions {
  refuseUnbuilt(options);
  const limit = options.integer('limit');
  const filter = options.raw('filter');
  return {
    fields: options.list('fields'),
    filter: filter === '' || filter === null ? undefined : filter,
    group: present(options.list('group')),
    order: options.list('order')?.join(','),
    limit: limit !== undefined && limit > 0 && limit <= maxRecords ? limit : undefined,
    offset: Math.max(0, options.integer('offset') ?? 0),
    idField: options.list('id_field'),
    countOnly: options.flag('count_only'),
    includeCount: options.flag('include_count'),
    includeSchema: options.flag('include_schema'),
    asList: options.flag('as_list'),
    continues: options.flag('continue'),
    style: styleOf(options.text('types'), defaultStyle),
    params: paramsOf(options, request),
  };
}

const present = (names: readonly string[] | undefined) => (names === undefined || names.length === 0 ? undefined : names);

function refuseUnbuilt(options: RequestOptions): void {
  for (const name of ['having', 'related']) {
    if ((options.list(name)?.length ?? 0) > 0) throw NotImplemented(`The parameter '${name}' is not implemented in this version.`);
  }
}

function styleOf(text: string | undefined, fallback: TypeStyle): TypeStyle {
  if (text === undefined) return fallback;
  if (text === 'native' || text === 'contract') return text;
  throw BadRequest("The parameter 'types' must be 'contract' or 'native'.");
}

/** `params[:a]=1` of the query, and the object of a body; of the same name the query's counts. */
function paramsOf(options: RequestOptions, request: ServiceRequest): JsonObject | undefined {
  const given = options.raw('params');
  const inBody = isJsonObject(given) ? given : undefined;
  const inQuery = request.parameters.map('params');
  return inBody && inQuery ? { ...inBody, ...inQuery } : (inQuery ?? inBody);
}
