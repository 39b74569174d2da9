import type { Logger, Settings } from '@headgate/core';
import { ConnectionBudget, createEgressPolicy, sqlServiceTypes } from '@headgate/sql';
import { createServiceTypes, type ServiceTypeRegistry } from '@headgate/system';
import { ownFiles, ownStores, sqlSettings } from '../settings/packages.js';

/** Every service type of this installation, under its egress policy and its budget of connections. */
export function installedServiceTypes(settings: Settings, log: Logger): ServiceTypeRegistry {
  const egress = createEgressPolicy({
    allow: settings.egress.allow,
    ownStores: ownStores(settings),
    inContainer: settings.app.inContainer,
  });
  const sql = sqlSettings(settings);
  const budget = new ConnectionBudget(sql.connectionBudget);
  return createServiceTypes(sqlServiceTypes({ egress, budget, settings: sql, log, ownFiles: ownFiles(settings) }));
}
