import { type ConfigField, configField, secretField } from '@headgate/core';

/** Config fields that SQL service types share, in the order of system-service.md 3.4. */

/** Where a database server is and who logs in. `port` is the driver's default, named in the description. */
export function serverFields(port: number): readonly ConfigField[] {
  return [
    configField('host', 'string', 'Host', { description: 'The name of the database host, i.e. localhost, 192.168.1.1, etc.' }),
    configField('port', 'integer', 'Port Number', { description: `The number of the database host port, ${port} by default.` }),
    configField('database', 'string', 'Database', {
      description: 'The name of the database to connect to on the given server. This can be a lookup key.',
    }),
    secretUsername(),
    secretField('password', 'Password', {
      description: 'The password for the user account used to connect to the database. This can be a lookup key.',
    }),
    configField('schema', 'string', 'Schema', {
      description:
        "Leave blank or 'all' to work with all available schemas, 'default' for the connection's own schema, or name one schema.",
    }),
  ];
}

/** Stored encrypted, as the password is, but shown. */
function secretUsername(): ConfigField {
  return configField('username', 'string', 'Username', {
    description: 'The name of the database user. This can be a lookup key.',
    encrypted: true,
  });
}

export const DRIVER_FIELDS: readonly ConfigField[] = [
  configField('options', 'object', 'Driver Options', {
    description: 'Options of the driver by name; names and numbers of PHP (PDO::ATTR_TIMEOUT, PDO::MYSQL_ATTR_SSL_CA) are understood.',
    object: { key: { label: 'Name', type: 'string' }, value: { label: 'Value', type: 'string' } },
  }),
  configField('attributes', 'object', 'Driver Attributes', {
    description: 'Kept for DreamFactory; without effect.',
    object: { key: { label: 'Name', type: 'string' }, value: { label: 'Value', type: 'string' } },
  }),
  configField('statements', 'array', 'Additional SQL Statements', {
    description: 'SQL statements that are run after each connect.',
    items: 'string',
  }),
];

export const RECORD_FIELDS: readonly ConfigField[] = [
  configField('allow_upsert', 'boolean', 'Allow Upsert', {
    description: 'PUT and PATCH create the record where none has the given identifier.',
    default: false,
  }),
  configField('max_records', 'integer', 'Maximum Records', { description: 'The most records that one answer holds.', default: 1000 }),
  configField('cache_enabled', 'boolean', 'Data Retrieval Caching Enabled', {
    description: 'Keep answers for repeated GET calls.',
    default: false,
  }),
  configField('cache_ttl', 'integer', 'Cache Time To Live (seconds)', {
    description: 'How long a kept answer is used. 0 keeps none.',
    default: 0,
  }),
];

/** New beside the original's. */
export const POOL_FIELDS: readonly ConfigField[] = [
  configField('pool_max', 'integer', 'Pool Size', { description: 'The most connections of each worker. Blank: DF_SERVICE_POOL_MAX.' }),
  configField('acquire_timeout', 'integer', 'Acquire Timeout (seconds)', {
    description: 'How long a call waits for a connection before it is answered 503. Blank: DF_ACQUIRE_TIMEOUT.',
  }),
  configField('statement_timeout', 'integer', 'Statement Timeout (seconds)', {
    description: 'How long one statement may run. Blank: DF_STATEMENT_TIMEOUT. 0: without limit.',
  }),
  configField('read_only', 'boolean', 'Read Only', {
    description: 'Refuse every write, in Headgate and in the database session.',
    default: false,
  }),
  configField('types', 'picklist', 'Value Types', {
    description: 'How values are written in answers when a call does not say so with types=.',
    default: 'contract',
    values: [
      { label: 'As DreamFactory writes them', name: 'contract' },
      { label: 'Native: JSON as JSON, 64-bit integers and decimals as text, times as RFC 3339', name: 'native' },
    ],
  }),
];
