import { type ConnectionReport, HeadgateError, type Logger, NO_LOOKUPS, type ServiceType, type Settings } from '@headgate/core';
import { Failure } from '../failure.js';
import type { DatabaseService } from './database-url.js';

/** Connects to a database as the service would, and says what is there. The operator of the machine sees the network's own words. */
export async function findOut(
  type: ServiceType,
  { config }: DatabaseService,
  name: string,
  settings: Settings,
  log: Logger,
): Promise<ConnectionReport> {
  if (type.probe === undefined) throw new Failure(`services of type ${type.name} cannot be tried out`);
  const parsed = type.schema.safeParse(config);
  if (!parsed.success) throw new Failure(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
  const { alwaysWrapResources, resourceWrapper } = settings.http;
  try {
    return await type.probe(parsed.data, {
      definition: { id: 0, name, label: name, type: type.name, isActive: true },
      envelope: { always: alwaysWrapResources, wrapper: resourceWrapper },
      log,
      systemLookups: NO_LOOKUPS,
    });
  } catch (error) {
    if (error instanceof HeadgateError && error.detail !== undefined) throw new Failure(`${error.message} ${error.detail}`);
    throw error;
  }
}
