import type { BodyRecords, JsonValue, Logger, ServiceRequest } from '@headgate/core';
import { COMMON_OPTIONS, isJsonObject, nearest, RequestOptions, UnknownParameter } from '@headgate/core';
import { storedTime } from './field.js';
import type { RecordCall, RecordResource } from './record-shape.js';

const LONGEST_NAME_SHOWN = 100;

/** What calls of an installation have in common. */
export interface CallParts {
  readonly log: Logger;
  readonly lookupModifiers: readonly string[];
}

/** Options stand in the query and beside the records of a body; a bare object is options only where no record is expected. */
export function callOf(request: ServiceRequest, body: BodyRecords, { log, lookupModifiers }: CallParts): RecordCall {
  const takesRecord = request.verb === 'POST' || request.verb === 'PUT' || request.verb === 'PATCH';
  const options = body.form === 'bare' && takesRecord ? {} : body.options;
  return {
    request,
    caller: request.caller,
    options: new RequestOptions(request.parameters, options, 'body'),
    log,
    lookupModifiers,
    now: storedTime(new Date()),
  };
}

/** In CSV an empty cell is no value at all. */
export function withoutEmptyCells(record: JsonValue): JsonValue {
  if (!isJsonObject(record)) return record;
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== '' && value !== 'null'));
}

/** Looks for parameters that nothing reads: refused where the client asked for that, else told to the log once. */
export function checkParameters({ request, log }: RecordCall, resource: RecordResource): void {
  for (const sent of request.parameters.names()) {
    if (COMMON_OPTIONS.includes(sent) || resource.parameters?.includes(sent)) continue;
    const name = sent.slice(0, LONGEST_NAME_SHOWN);
    if (request.strict) {
      const near = nearest(sent, [...COMMON_OPTIONS, ...(resource.parameters ?? [])]);
      throw UnknownParameter(name).withHint(near === undefined ? undefined : `Did you mean '${near}'?`);
    }
    log.once(`parameter:system/${resource.name}:${name}`, `nothing reads the parameter '${name}'`, { resource: resource.name });
  }
}
