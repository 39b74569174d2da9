import { choice, duration, flag, integer, path, port, secretText, text } from '../kinds.js';
import { setting } from '../setting.js';

export const database = {
  connection: setting(
    'DB_CONNECTION',
    choice(['sqlite', 'pgsql', 'mysql', 'mariadb'], { postgres: 'pgsql', postgresql: 'pgsql' }),
    'The kind of the system database.',
    {
      default: 'sqlite',
      aliases: ['DB_DRIVER'],
      refused: {
        sqlsrv: 'SQL Server as system database is not offered: move it to PostgreSQL or MySQL (export a package there, import it here).',
      },
    },
  ),
  url: setting(
    'DB_URL',
    secretText(),
    'The system database as one address (`postgres://user:password@host:5432/name`); its parts win over the other `DB_*` names.',
    { secret: true },
  ),
  host: setting('DB_HOST', text('a host name or address'), 'The host of the system database.', { default: '127.0.0.1' }),
  port: setting('DB_PORT', port(), 'The port of the system database.', {
    defaultFrom: (resolve) => (resolve('DB_CONNECTION') === 'pgsql' ? 5432 : 3306),
    defaultText: '5432 (pgsql), 3306 (mysql, mariadb)',
  }),
  name: setting('DB_DATABASE', text('a database name, or a path for sqlite'), 'The name of the system database; for SQLite its file.', {
    defaultFrom: (resolve) =>
      resolve('DB_CONNECTION') === 'sqlite' ? `${String(resolve('DF_DATA_DIR'))}/headgate.sqlite` : 'dreamfactory',
    defaultText: 'dreamfactory; for sqlite `headgate.sqlite` in the data folder',
  }),
  username: setting('DB_USERNAME', text(), 'The user of the system database.', { file: true }),
  password: setting('DB_PASSWORD', secretText(), 'The password of that user.', { secret: true }),
  sslMode: setting(
    'DB_SSLMODE',
    choice(['disable', 'prefer', 'require', 'verify-ca', 'verify-full']),
    'TLS to the system database, in the words of libpq (`require` does not verify the certificate).',
    { default: 'prefer' },
  ),
  sslCa: setting('DB_SSL_CA', path(), 'The certificates that may sign the certificate of the system database.', {
    aliases: ['MYSQL_ATTR_SSL_CA'],
  }),
  poolMax: setting('DB_POOL_MAX', integer(1, 1000), 'The most connections of one worker to the system database.', { default: 10 }),
  schemaWait: setting(
    'DF_SCHEMA_WAIT',
    duration('s'),
    'How long a starting worker waits for `headgate migrate` where the system database is not there yet, empty, or older than it needs; then it ends with exit code 1.',
    { default: 60_000 },
  ),
  queryLog: setting('DB_QUERY_LOG_ENABLED', flag(), 'Logs each statement of a database service at DEBUG, values left out.', {
    default: false,
  }),
  readHost: setting('DB_READ_HOST', text('a host name or address'), 'A replica of the system database for reads that may lag.', {
    verdict: 'accepted',
  }),
  serveStale: setting(
    'DF_SERVE_STALE',
    duration('s'),
    'How long a worker goes on with what it last knew while the system database is away; a revoked key may live as long.',
    { default: 0 },
  ),
} as const;

/** The SQL services of this worker. */
export const sql = {
  maxRecords: setting(
    'DB_MAX_RECORDS_RETURNED',
    integer(1, 100_000_000),
    'The most records of one answer; the `max_records` of a service (1000 by default) lies below it.',
    { default: 100_000, aliases: ['DF_DB_MAX_RECORDS_RETURNED'] },
  ),
  sqliteStorage: setting('DF_SQLITE_STORAGE', path(), 'The folder of SQLite services whose database is not an absolute path.', {
    defaultFrom: (resolve) => `${String(resolve('DF_DATA_DIR'))}/databases`,
    defaultText: '`databases` in the data folder',
  }),
  statementTimeout: setting(
    'DF_STATEMENT_TIMEOUT',
    duration('ms'),
    'How long one statement of a service may run, unless the service says otherwise; 0 for no bound.',
    { default: 30_000 },
  ),
  acquireTimeout: setting(
    'DF_ACQUIRE_TIMEOUT',
    duration('ms'),
    'How long a call waits for a connection of its service before it is answered 503.',
    { default: 5000 },
  ),
  servicePoolMax: setting(
    'DF_SERVICE_POOL_MAX',
    integer(1, 1000),
    'The most connections of one service in one worker, unless the service says otherwise.',
    { default: 10 },
  ),
  connectionBudget: setting(
    'DF_CONNECTIONS_MAX',
    integer(1, 100_000),
    'The most connections of all services together in one worker; each service may always have one.',
    { default: 50 },
  ),
  relatedMaxDepth: setting('DF_RELATED_MAX_DEPTH', integer(0, 20), 'How deep related records may be nested.', {
    default: 5,
    verdict: 'accepted',
  }),
} as const;
