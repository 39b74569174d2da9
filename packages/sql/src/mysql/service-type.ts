import { type ConfigField, configField, replaceLookupsDeep, type ServiceDeps, type ServiceType, SourceRefused } from '@headgate/core';
import type { Connector } from '../dialect/dialect.js';
import type { SqlEnvironment } from '../environment.js';
import { createSqlService } from '../service.js';
import { DRIVER_FIELDS, POOL_FIELDS, RECORD_FIELDS, serverFields } from '../service-type/fields.js';
import { lazyConnector } from '../service-type/lazy-connector.js';
import { probeSqlSource } from '../service-type/probe.js';
import { SQL_CONFIG_STORAGE } from '../service-type/stored-config.js';
import { type MysqlConfig, mysqlConfigSchema, SSL_MODES } from './config.js';
import { mysql } from './dialect.js';

const DEFAULT_PORT = 3306;

export function mysqlServiceType(environment: SqlEnvironment): ServiceType<MysqlConfig> {
  return serviceType('mysql', 'MySQL', 'Database service supporting MySQL connections.', environment);
}

/** The same as `mysql` under the name of its fork. */
export function mariadbServiceType(environment: SqlEnvironment): ServiceType<MysqlConfig> {
  return serviceType('mariadb', 'MariaDB', 'Database service supporting MariaDB connections.', environment);
}

function serviceType(name: string, label: string, description: string, environment: SqlEnvironment): ServiceType<MysqlConfig> {
  const connect = (config: MysqlConfig, deps: ServiceDeps) => connectorOf(config, deps, environment);
  return {
    name,
    label,
    description,
    group: 'Database',
    singleton: false,
    status: 'works',
    fields: FIELDS,
    schema: mysqlConfigSchema(environment.settings),
    storage: SQL_CONFIG_STORAGE,
    create: (config, deps) => createSqlService(connect(config, deps), config, deps, environment),
    probe: (config, deps) => probeSqlSource(connect(config, deps), config),
    destinationFields: ['host', 'port', 'unix_socket', 'options', 'sslmode', 'ssl_ca'],
  };
}

const FIELDS: readonly ConfigField[] = [
  ...serverFields(DEFAULT_PORT),
  configField('charset', 'string', 'Character Set', { description: 'Kept for DreamFactory; connections always use utf8mb4.' }),
  configField('collation', 'string', 'Character Set Collation', {
    description: 'The collation of the connection, the default of the server if blank.',
  }),
  configField('timezone', 'string', 'Timezone', { description: 'The time zone of the session, the default of the server if blank.' }),
  configField('modes', 'string', 'Modes', {
    description: 'SQL modes of the session, separated by commas. They go before the strict setting.',
  }),
  configField('strict', 'boolean', 'Strict Mode', {
    description: 'Whether the session uses strict SQL modes; as the server has it if not set.',
  }),
  configField('unix_socket', 'string', 'Socket Connection', { description: 'The path of a unix socket, instead of host and port.' }),
  ...DRIVER_FIELDS,
  ...RECORD_FIELDS,
  ...POOL_FIELDS,
  configField('sslmode', 'picklist', 'TLS Mode', {
    description: 'require encrypts and verifies nothing, verify-ca verifies the certificate, verify-full the name of the server too.',
    values: [{ label: 'As the driver options say', name: '' }, ...SSL_MODES.map((mode) => ({ label: mode, name: mode }))],
  }),
  configField('ssl_ca', 'text', 'TLS Certificate Authority', {
    description: 'The certificate of the authority in PEM form; the known authorities if blank.',
  }),
];

function connectorOf(config: MysqlConfig, deps: ServiceDeps, { egress, settings }: SqlEnvironment): Connector {
  const { definition, log, systemLookups } = deps;
  const { host, port, database, username, password } = replaceLookupsDeep(
    {
      host: config.host,
      port: config.port ?? DEFAULT_PORT,
      database: config.database,
      username: config.username,
      password: config.password,
    },
    systemLookups,
    { includePrivate: true, modifiers: settings.lookupModifiers },
  );
  if (config.unknownOptions.length > 0) {
    log.once(`driver options ${definition.id}`, 'driver options without effect', {
      service: definition.name,
      options: config.unknownOptions,
    });
  }
  return lazyConnector(mysql, async () => {
    const { mysqlConnector } = await import('./connector.js');
    return mysqlConnector(
      { ...config, host, port: portOf(port), database, username, password },
      { serviceName: definition.name, log, egress },
    );
  });
}

/** A lookup in the port's place becomes a number only now. */
function portOf(port: number | string): number {
  const number = Number(port);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) throw SourceRefused('The port is not a number between 1 and 65535.');
  return number;
}
