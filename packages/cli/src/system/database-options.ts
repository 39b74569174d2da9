import { systemDatabaseOptions } from '@headgate/api';
import type { Logger, Settings } from '@headgate/core';
import type { SystemDatabaseOptions } from '@headgate/system-db';
import { Failure } from '../failure.js';

/** How to open the system database that the settings name. Throws `Failure` where no key is configured. */
export function databaseOptions(settings: Settings, log: Logger): SystemDatabaseOptions {
  const { key } = settings.app;
  if (key === undefined)
    throw new Failure('no APP_KEY is configured: set the key of this installation ("headgate key" makes one for a new installation)');
  return systemDatabaseOptions(settings, key, log);
}
