import { configField, replaceLookups, type ServiceDeps, type ServiceType } from '@headgate/core';
import type { Connector } from '../dialect/dialect.js';
import type { SqlEnvironment } from '../environment.js';
import { createSqlService } from '../service.js';
import { DRIVER_FIELDS, POOL_FIELDS, RECORD_FIELDS } from '../service-type/fields.js';
import { probeSqlSource } from '../service-type/probe.js';
import { SQL_CONFIG_STORAGE } from '../service-type/stored-config.js';
import { type SqliteConfig, sqliteConfigSchema } from './config.js';
import { sqliteConnector } from './connector.js';

/** SQLite files inside the storage folder as services. */
export function sqliteServiceType(environment: SqlEnvironment): ServiceType<SqliteConfig> {
  const connect = (config: SqliteConfig, deps: ServiceDeps) => connectorOf(config, deps, environment);
  return {
    name: 'sqlite',
    label: 'SQLite',
    description: 'Database service supporting SQLite connections.',
    group: 'Database',
    singleton: false,
    status: 'works',
    fields: [
      configField('database', 'string', 'Database', {
        description: 'The name of the database file. It lies in the folder that DF_SQLITE_STORAGE names. This can be a lookup key.',
        required: true,
      }),
      ...DRIVER_FIELDS,
      ...RECORD_FIELDS,
      ...POOL_FIELDS,
    ],
    schema: sqliteConfigSchema(environment.settings),
    storage: SQL_CONFIG_STORAGE,
    create: (config, deps) => createSqlService(connect(config, deps), config, deps, environment),
    probe: (config, deps) => probeSqlSource(connect(config, deps), config),
    destinationFields: [],
  };
}

function connectorOf(config: SqliteConfig, deps: ServiceDeps, { settings, ownFiles = [] }: SqlEnvironment): Connector {
  return sqliteConnector(
    {
      database: replaceLookups(config.database, deps.systemLookups, { includePrivate: true, modifiers: settings.lookupModifiers }),
      storage: settings.sqliteStorage,
      statements: config.statements,
      statementTimeoutMs: config.statementTimeoutMs,
      readOnly: config.readOnly,
      ownFiles,
    },
    { serviceName: deps.definition.name, log: deps.log },
  );
}
