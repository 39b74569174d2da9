import type { BodyRecords, JsonValue, ServiceRequest } from '@headgate/core';
import { COMMON_OPTIONS, isJsonObject, nearest, RequestOptions, UnknownParameter } from '@headgate/core';
import { storedTime } from './field.js';
import type { RecordCall, RecordResource } from './record-shape.js';

/** Options stand in the query and beside the records of a body; a bare object is options only where no record is expected. */
export function callOf(request: ServiceRequest, body: BodyRecords, lookupModifiers: readonly string[]): RecordCall {
  const takesRecord = request.verb === 'POST' || request.verb === 'PUT' || request.verb === 'PATCH';
  const options = body.form === 'bare' && takesRecord ? {} : body.options;
  return {
    request,
    caller: request.caller,
    options: new RequestOptions(request.parameters, options, 'body'),
    lookupModifiers,
    now: storedTime(new Date()),
  };
}

/** In CSV an empty cell is no value at all. */
export function withoutEmptyCells(record: JsonValue): JsonValue {
  if (!isJsonObject(record)) return record;
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== '' && value !== 'null'));
}

/** Refuses what nothing reads, where the client asked for that. */
export function refuseUnknownParameters(request: ServiceRequest, resource: RecordResource): void {
  const known = [...COMMON_OPTIONS, ...(resource.parameters ?? [])];
  const unknown = request.parameters.names().find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const near = nearest(unknown, known);
  throw UnknownParameter(unknown).withHint(near === undefined ? undefined : `Did you mean '${near}'?`);
}
