import type { Envelope, JsonObject, JsonValue, Logger, LookupSource, ServiceRequest, ServiceResponse } from '@headgate/core';
import {
  answer,
  answerList,
  isJsonObject,
  NoRecords,
  NotImplemented,
  RecordNotFound,
  recordsOf,
  replaceLookupsDeep,
  ValidationFailed,
} from '@headgate/core';
import type { SystemDatabase } from '@headgate/system-db';
import { equals, readServiceConfig, serviceTable } from '@headgate/system-db';
import { Problems } from '../records/record-shape.js';
import { checkedConfig, withoutNulls } from '../service-config/checked.js';
import type { ServiceTypeRegistry } from '../service-types/registry.js';

export interface TrialParts {
  readonly db: SystemDatabase;
  readonly types: ServiceTypeRegistry;
  readonly envelope: Envelope;
  readonly log: Logger;
  readonly systemLookups: () => LookupSource;
  readonly lookupModifiers: readonly string[];
  /** Whether the caller may see a service. */
  readonly maySee: (request: ServiceRequest, id: number) => boolean;
}

/** `?dry_run=true` on `system/service`: connects with the configuration that the write would store, says what is there, stores nothing. */
export async function tryService(request: ServiceRequest, id: string | undefined, parts: TrialParts): Promise<ServiceResponse> {
  const body = recordsOf(request.body, parts.envelope);
  if (id !== undefined) {
    const [record] = body.records;
    return answer(await tryStored(request, id, isJsonObject(record) ? record : {}, parts));
  }
  if (body.form === 'bare' || body.records.length === 0 || !body.records.every(isJsonObject)) throw NoRecords(parts.envelope.wrapper);
  const reports: JsonValue[] = [];
  for (const record of body.records as readonly JsonObject[])
    reports.push(await probe(parts, String(record.name ?? ''), String(record.type ?? ''), undefined, record.config));
  return answerList(reports);
}

async function tryStored(request: ServiceRequest, id: string, record: JsonObject, parts: TrialParts): Promise<JsonObject> {
  const row =
    /^\d{1,9}$/.test(id) && parts.maySee(request, Number(id)) ? await parts.db.findOne(serviceTable, equals('id', Number(id))) : undefined;
  if (row === undefined) throw RecordNotFound(id);
  const type = parts.types.find(row.type);
  const stored = type === undefined ? {} : await readServiceConfig(parts.db, row, type);
  return probe(parts, row.name, row.type, stored, record.config);
}

async function probe(
  parts: TrialParts,
  name: string,
  typeName: string,
  stored: JsonObject | undefined,
  sent: JsonValue | undefined,
): Promise<JsonObject> {
  const { types, envelope, log, systemLookups, lookupModifiers } = parts;
  const problems = new Problems();
  const type = types.find(typeName);
  if (type === undefined) throw unknownType(typeName);
  const { config } = checkedConfig(type, stored, sent, problems);
  if (!problems.isEmpty) throw ValidationFailed(problems.messages).withContext(problems.context);
  if (type.probe === undefined) throw NotImplemented(`Services of type '${typeName}' can not be tried out.`);
  const lookups = systemLookups();
  const parsed = type.schema.parse(replaceLookupsDeep(withoutNulls(config), lookups, { includePrivate: true, modifiers: lookupModifiers }));
  const definition = { id: 0, name, label: name, type: typeName, isActive: true };
  const report = await type.probe(parsed, { definition, envelope, log, systemLookups: lookups });
  return { server: report.server, tables: report.tables };
}

function unknownType(name: string) {
  const message = name === '' ? 'The type field is required.' : `Unknown service type '${name}'.`;
  return ValidationFailed([message]).withContext({ type: [message] });
}
