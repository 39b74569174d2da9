import { systemLookups } from '@headgate/access';
import { accessSettings } from '@headgate/api';
import { HeadgateError, type Logger, type LookupSource, replaceLookupsDeep, type Settings } from '@headgate/core';
import { type ServiceTypeRegistry, withoutNulls } from '@headgate/system';
import type { Configuration } from '@headgate/system-db';
import { version } from '../configuration/version.js';
import { type Finding, ok, warning } from './finding.js';

/** Data sources asked at once, and how long each may take (ms). */
const AT_ONCE = 4;
const PATIENCE = 10_000;

type ServiceRecord = Configuration['services'] extends ReadonlyMap<number, infer Record> ? Record : never;

/** Connects to each active service's data source once. One that is down is a warning: it takes nobody else down. */
export async function checkServices(
  configuration: Configuration,
  types: ServiceTypeRegistry,
  settings: Settings,
  log: Logger,
): Promise<Finding[]> {
  const lookups = systemLookups(configuration, accessSettings(settings, settings.app.key ?? '', version()));
  const waiting = [...configuration.services.values()].filter(
    (service) => service.isActive && types.find(service.type)?.probe !== undefined,
  );
  const findings = new Map<string, Finding>();
  const names = waiting.map(({ name }) => name);
  const worker = async () => {
    for (let service = waiting.shift(); service; service = waiting.shift())
      findings.set(service.name, await checkService(service, lookups, types, settings, log));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return names.map((name) => findings.get(name)!);
}

async function checkService(
  service: ServiceRecord,
  systemLookups: LookupSource,
  types: ServiceTypeRegistry,
  settings: Settings,
  log: Logger,
): Promise<Finding> {
  const check = `service ${service.name}`;
  const type = types.find(service.type)!;
  const { lookupModifiers: modifiers } = settings.app;
  const config = replaceLookupsDeep(withoutNulls(service.config), systemLookups, { includePrivate: true, modifiers });
  const parsed = type.schema.safeParse(config);
  if (!parsed.success) {
    const fields = parsed.error.issues.map(({ path }) => path.join('.')).join(', ');
    return warning(check, `its configuration is not valid: ${fields}`, 'Correct it in the admin app, or by PATCH system/service.');
  }
  const { alwaysWrapResources, resourceWrapper } = settings.http;
  const probing = type.probe!(parsed.data, {
    definition: { id: service.id, name: service.name, label: service.label, type: service.type, isActive: true },
    envelope: { always: alwaysWrapResources, wrapper: resourceWrapper },
    log,
    systemLookups,
  });
  try {
    const { server, tables } = await within(PATIENCE, probing);
    const isReadOnly = service.config.read_only === true;
    return ok(check, `${server}, ${tables.length === 1 ? '1 table' : `${tables.length} tables`}${isReadOnly ? ', read-only' : ''}`);
  } catch (error) {
    const message = error instanceof HeadgateError ? error.message : `no answer within ${PATIENCE / 1000} s`;
    return warning(check, message, 'Start its database, or correct the service; calls to it are answered 503, others are not affected.');
  }
}

async function within<R>(milliseconds: number, work: Promise<R>): Promise<R> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('late')), milliseconds);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
