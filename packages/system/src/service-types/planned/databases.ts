import type { ConfigField, JsonObject, ServiceType } from '@headgate/core';
import { databaseFields, flag, integer, list, longText, map, port, secret, text, userName } from './fields.js';
import { connection, planned, table } from './planned-type.js';

const HOST_AND_DATABASE = 'Database connection information must contain at least host and database name.';

const needsHostAndDatabase = (config: JsonObject): Record<string, string> => {
  const missing = ['host', 'database'].find((name) => !config[name]);
  return missing === undefined ? {} : { [missing]: HOST_AND_DATABASE };
};

const driverFields: readonly ConfigField[] = [
  map('options', 'Driver Options', 'Name', 'Value', { description: 'Options of the driver.' }),
  map('attributes', 'Driver Attributes', 'Name', 'Value', { description: 'Attributes of the driver.' }),
  list('statements', 'Additional SQL Statements', 'string', { description: 'Statements to run after each connect.' }),
  ...databaseFields,
];

/** Required by the rule on host and database, which has a text of its own. */
const server = (portNumber: number): ConfigField[] => [
  text('host', 'Host', { description: 'The host name or address of the database server.' }),
  port(portNumber),
  text('database', 'Database', { description: 'The name of the database.' }),
  userName('username', 'Username'),
  secret('password', 'Password'),
  text('schema', 'Schema', { description: 'Serve this schema only.' }),
];

const sqlServer = (name: string, label: string, portNumber: number, fields: readonly ConfigField[]): ServiceType =>
  planned(
    name,
    label,
    'Database',
    `Database service supporting ${label} connections.`,
    connection(),
    [...server(portNumber), ...fields, ...driverFields],
    {
      rules: needsHostAndDatabase,
      destinationFields: ['host', 'port', 'sslmode'],
    },
  );

const postgresFields = [
  text('charset', 'Character Set'),
  text('sslmode', 'SSL Mode'),
  text('timezone', 'Timezone'),
  text('application_name', 'Application Name'),
];

const mongoNeedsDatabase = (config: JsonObject): Record<string, string> => {
  const options = config.options;
  const inOptions = typeof options === 'object' && options !== null && 'database' in options;
  const inDsn = typeof config.dsn === 'string' && /^[a-z+]+:\/\/[^/]+\/[^?]+/.test(config.dsn);
  return config.database || inOptions || inDsn
    ? {}
    : { database: "Database name must be provided or included in the dsn or as an 'option' attribute." };
};

export const databaseTypes: readonly ServiceType[] = [
  sqlServer('alloydb', 'AlloyDB', 5432, postgresFields),
  sqlServer('aws_redshift_db', 'AWS Redshift DB', 5439, postgresFields),
  sqlServer('sqlsrv', 'SQL Server', 1433, [
    text('readonly', 'Application Intent'),
    text('pooling', 'Pooling'),
    flag('encrypt', 'Encrypt'),
    flag('trust_server_certificate', 'Trust Server Certificate', { default: true }),
    text('appname', 'Application Name'),
  ]),
  sqlServer('oracle', 'Oracle', 1521, [text('charset', 'Character Set'), text('service_name', 'Service Name'), text('tns', 'TNS')]),
  sqlServer('firebird', 'Firebird', 3050, [text('charset', 'Character Set')]),
  planned(
    'snowflake',
    'Snowflake',
    'Database',
    'Database service supporting Snowflake connections.',
    connection(),
    [
      text('hostname', 'Hostname'),
      text('account', 'Account', { required: true }),
      userName('username', 'Username'),
      { ...secret('key', 'Private Key'), type: 'file_certificate_api' },
      secret('password', 'Password'),
      secret('passcode', 'Passcode'),
      text('role', 'Role'),
      text('database', 'Database', { required: true }),
      text('warehouse', 'Warehouse'),
      text('schema', 'Schema'),
      ...databaseFields,
    ],
    { destinationFields: ['hostname', 'account'] },
  ),
  planned(
    'mongodb',
    'MongoDB',
    'Database',
    'Database service for MongoDB connections.',
    table('mongodb_config', { inService: ['allow_upsert', 'max_records'], cached: true }),
    [
      text('host', 'Host'),
      integer('port', 'Port', { default: 27017 }),
      text('database', 'Database'),
      userName('username', 'Username'),
      secret('password', 'Password'),
      text('dsn', 'Connection String'),
      map('options', 'Options'),
      map('driver_options', 'Driver Options'),
      ...databaseFields,
    ],
    { rules: mongoNeedsDatabase, destinationFields: ['host', 'port', 'dsn'] },
  ),
  planned(
    'aws_dynamodb',
    'AWS DynamoDB',
    'Database',
    'A database service supporting AWS DynamoDB.',
    table('aws_config', { inService: ['allow_upsert', 'max_records'], cached: true }),
    [
      userName('key', 'Access Key ID'),
      secret('secret', 'Secret Access Key'),
      text('region', 'Region', { required: true }),
      text('proxy', 'Proxy'),
      ...databaseFields,
    ],
  ),
  planned(
    'azure_documentdb',
    'Azure DocumentDB',
    'Database',
    'Database service supporting Azure DocumentDB.',
    table('documentdb_config', { inService: ['allow_upsert', 'max_records'], cached: true }),
    [
      text('uri', 'Account Endpoint', { required: true }),
      secret('key', 'Account Key', { required: true }),
      text('database', 'Database', { required: true }),
      ...databaseFields,
    ],
    { destinationFields: ['uri'] },
  ),
  planned(
    'azure_table',
    'Azure Table Storage',
    'Database',
    'Database service supporting Azure Table Storage.',
    table('azure_config', { inService: ['allow_upsert', 'max_records'], cached: true }),
    [
      userName('account_name', 'Account Name'),
      secret('account_key', 'Account Key', { required: true }),
      text('protocol', 'Protocol', { required: true, default: 'https' }),
      ...databaseFields,
    ],
    { required: ['account_name'] },
  ),
  planned(
    'cassandra',
    'Cassandra',
    'Database',
    'Database service for Cassandra connections.',
    table('cassandra_config', { inService: ['allow_upsert', 'max_records'], cached: true }),
    [
      text('hosts', 'Hosts', { required: true, default: '127.0.0.1' }),
      port(9042),
      text('username', 'Username'),
      secret('password', 'Password'),
      text('keyspace', 'Keyspace', { required: true }),
      map('options', 'Options'),
      ...databaseFields,
    ],
    { destinationFields: ['hosts', 'port'] },
  ),
  planned(
    'couchdb',
    'CouchDB',
    'Database',
    'Database service for CouchDB connections.',
    table('couchdb_config', { inService: ['allow_upsert', 'max_records'], cached: true }),
    [
      longText('dsn', 'Connection String', { default: 'http://username:password@localhost:5984/db' }),
      map('options', 'Options'),
      ...databaseFields,
    ],
  ),
  planned('salesforce_db', 'Salesforce', 'Database', 'Database service with SOAP and/or OAuth authentication.', connection(), [
    userName('username', 'Username'),
    secret('password', 'Password'),
    secret('security_token', 'Security Token'),
    text('wsdl', 'WSDL'),
    text('version', 'API Version'),
    ...databaseFields,
  ]),
];
