import { type Logger, type Settings, systemDatabaseTarget } from '@headgate/core';
import { ConnectionBudget, createEgressPolicy, sqlServiceTypes } from '@headgate/sql';
import { createServiceTypes, type ServiceTypeRegistry } from '@headgate/system';

/** The service types of this installation, under its egress policy. */
export function serviceTypes(settings: Settings, log: Logger): ServiceTypeRegistry {
  const { egress, sql, app } = settings;
  const target = systemDatabaseTarget(settings);
  return createServiceTypes(
    sqlServiceTypes({
      egress: createEgressPolicy({
        allow: egress.allow,
        ownStores: target.dialect === 'sqlite' ? [] : [{ host: target.host, port: target.port }],
      }),
      budget: new ConnectionBudget(sql.connectionBudget),
      settings: {
        maxRecordsCap: sql.maxRecords,
        defaultPoolMax: sql.servicePoolMax,
        defaultAcquireTimeoutMs: sql.acquireTimeout,
        defaultStatementTimeoutMs: sql.statementTimeout,
        connectionBudget: sql.connectionBudget,
        sqliteStorage: sql.sqliteStorage,
        lookupModifiers: app.lookupModifiers,
      },
      log,
    }),
  );
}
