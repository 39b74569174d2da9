import { type ConfigField, configField, replaceLookups, type ServiceDeps, type ServiceType, SourceRefused } from '@headgate/core';
import type { SqlEnvironment } from '../environment.js';
import { createSqlService } from '../service.js';
import { DRIVER_FIELDS, POOL_FIELDS, RECORD_FIELDS, serverFields } from '../service-type/fields.js';
import { lazyConnector } from '../service-type/lazy-connector.js';
import { probeSqlSource } from '../service-type/probe.js';
import { SQL_CONFIG_STORAGE } from '../service-type/stored-config.js';
import { type PostgresConfig, postgresConfigSchema } from './config.js';
import { postgres } from './dialect.js';
import type { PostgresSettings } from './settings.js';
import { AnswerBuffers } from './wire/answer-buffers.js';

const DEFAULT_PORT = 5432;

const FIELDS: readonly ConfigField[] = [
  ...serverFields(DEFAULT_PORT),
  configField('charset', 'string', 'Character Set', {
    description: 'Kept for DreamFactory; sessions always use UTF-8, into which the server converts.',
  }),
  configField('sslmode', 'string', 'SSL Mode', {
    description:
      "As libpq means it: disable, allow, prefer (when blank), require, verify-ca, verify-full. 'require' does not verify the server.",
  }),
  configField('timezone', 'string', 'Timezone', { description: 'The time zone of the sessions, for example Europe/Berlin. Blank: UTC.' }),
  configField('application_name', 'string', 'Application Name', { description: 'How the sessions are called in pg_stat_activity.' }),
  ...DRIVER_FIELDS,
  ...RECORD_FIELDS,
  ...POOL_FIELDS,
];

/** The service type `pgsql`. */
export function pgsqlServiceType(environment: SqlEnvironment): ServiceType<PostgresConfig> {
  // Shared by all services, so that many of them keep no more than one.
  const buffers = new AnswerBuffers();
  return {
    name: 'pgsql',
    label: 'PostgreSQL',
    description: 'Database service supporting PostgreSQL connections.',
    group: 'Database',
    singleton: false,
    status: 'works',
    fields: FIELDS,
    schema: postgresConfigSchema(environment.settings),
    storage: SQL_CONFIG_STORAGE,
    destinationFields: ['host', 'port', 'sslmode', 'options'],
    create: (config, deps) => createSqlService(connectorOf(config, deps, environment, buffers), config, deps, environment),
    probe: (config, deps) => probeSqlSource(connectorOf(config, deps, environment, buffers), config),
  };
}

/** The driver loads with the first connection. */
function connectorOf(config: PostgresConfig, deps: ServiceDeps, { egress, settings, log }: SqlEnvironment, buffers: AnswerBuffers) {
  for (const name of config.unknownOptions)
    log.once(`option:${deps.definition.name}:${name}`, `the driver option '${name}' has no effect`, { service: deps.definition.name });
  return lazyConnector(postgres, async () => {
    const { postgresConnector } = await import('./connector.js');
    return postgresConnector(settingsOf(config, deps, settings.lookupModifiers), egress, buffers);
  });
}

function settingsOf(config: PostgresConfig, { systemLookups }: ServiceDeps, modifiers: readonly string[]): PostgresSettings {
  const replaced = (text: string) => replaceLookups(text, systemLookups, { includePrivate: true, modifiers });
  return {
    host: replaced(config.host),
    port: portOf(replaced(String(config.port ?? DEFAULT_PORT))),
    database: replaced(config.database),
    username: replaced(config.username),
    password: replaced(config.password),
    sslMode: config.sslMode,
    timezone: config.timezone,
    applicationName: config.applicationName,
    statements: config.statements,
    statementTimeoutMs: config.statementTimeoutMs,
    readOnly: config.readOnly,
    connectTimeoutMs: config.connectTimeoutMs,
  };
}

/** A lookup in the port's place becomes a number only now. */
function portOf(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw SourceRefused('The port is not a number between 1 and 65535.');
  return port;
}
