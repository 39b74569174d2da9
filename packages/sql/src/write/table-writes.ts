import {
  BadRequest,
  NotWritable,
  ReadOnlyService,
  RequestOptions,
  recordsOf,
  type ServiceRequest,
  type ServiceResponse,
} from '@headgate/core';
import type { TableSchema } from '../schema/table-schema.js';
import type { TableContext } from '../table-context.js';
import { createRecords } from './create-records.js';
import { deleteRecords } from './delete-records.js';
import { readWriteCall } from './read-write-call.js';
import { updateRecords } from './update-records.js';

/** Writes the records of tables: POST, PUT, PATCH and DELETE below `_table` (database-services.md 6). */
export interface TableWrites {
  /** `path`: what follows the table's name, an identifier or nothing. */
  handle(request: ServiceRequest, table: TableSchema, path: readonly string[]): Promise<ServiceResponse>;
}

export function tableWrites(context: TableContext): TableWrites {
  return { handle: (request, table, path) => write(context, request, table, path) };
}

async function write(
  context: TableContext,
  request: ServiceRequest,
  table: TableSchema,
  path: readonly string[],
): Promise<ServiceResponse> {
  const { definition, config, envelope } = context;
  if (config.readOnly) throw ReadOnlyService(definition.name);
  if (!table.isWritable) throw NotWritable(table.apiName);
  // As in reads: an identifier may hold slashes.
  const id = path.length > 0 ? path.join('/') : undefined;
  if (request.verb === 'POST' && id !== undefined) throw BadRequest('Create record by identifier not currently supported.');
  const body = recordsOf(request.body, envelope);
  // The members of a bare record are fields, even where one of them is called `filter`.
  const isRecord = id !== undefined && body.form === 'bare' && request.verb !== 'DELETE';
  const call = readWriteCall(context, request, table, new RequestOptions(request.parameters, isRecord ? {} : body.options, 'query'));
  if (request.verb === 'POST') return createRecords(call, body);
  return request.verb === 'DELETE' ? deleteRecords(call, body, id) : updateRecords(call, body, id);
}
