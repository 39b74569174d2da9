import type { Logger, Settings } from '@headgate/core';
import { ConnectionBudget, createEgressPolicy, ServerLimits, sqlServiceTypes } from '@headgate/sql';
import { createServiceTypes, type ServiceTypeRegistry } from '@headgate/system';
import { ownFiles, ownStores, sqlSettings } from '../settings/packages.js';

/**
 * Every service type of this installation, under its egress policy and its budget of connections. With `countWorkers` the pools of all workers
 * are compared with what their servers give.
 */
export function installedServiceTypes(settings: Settings, log: Logger, countWorkers?: () => Promise<number>): ServiceTypeRegistry {
  const egress = createEgressPolicy({
    allow: settings.egress.allow,
    ownStores: ownStores(settings),
    inContainer: settings.app.inContainer,
  });
  const sql = sqlSettings(settings);
  const budget = new ConnectionBudget(sql.connectionBudget);
  const limits = countWorkers && new ServerLimits({ budget: sql.connectionBudget, countWorkers, log });
  return createServiceTypes(
    sqlServiceTypes({ egress, budget, ...(limits && { limits }), settings: sql, log, ownFiles: ownFiles(settings) }),
  );
}
