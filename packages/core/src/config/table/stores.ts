import { choice, duration, flag, integer, path, port, secretText, text } from '../kinds.js';
import { setting, type Verdict } from '../setting.js';

/** Nothing is kept outside the process and the system database yet: these are read and checked, and wait for their use. */
const verdict: Verdict = 'accepted';
const host = () => text('a host name or address');
const redisIndex = () => integer(0, 15);

const STORES = ['array', 'file', 'database', 'redis', 'memcached', 'apc', 'octane'] as const;
const refusedStores = {
  dynamodb: 'DynamoDB is not offered as a store: use redis.',
  failover: 'A store of several stores is not offered: use redis.',
};
const inProcess = { apc: 'it acts as array (in the process)', octane: 'it acts as array (in the process)' };

export const redis = {
  url: setting('REDIS_URL', secretText(), 'Redis as one address.', { secret: true }),
  host: setting('REDIS_HOST', host(), 'The Redis of every role that names no other.', {
    defaultText: '127.0.0.1 where a driver is redis',
  }),
  port: setting('REDIS_PORT', port(), 'Its port.', { default: 6379 }),
  username: setting('REDIS_USERNAME', text(), 'Its user.', { file: true }),
  password: setting('REDIS_PASSWORD', secretText(), 'The password of that user.', { secret: true }),
  database: setting('REDIS_DATABASE', redisIndex(), 'Its index.', { default: 0, verdict }),
  tls: setting('REDIS_TLS', flag(), 'TLS to Redis.', { default: false }),
  maxRetries: setting('REDIS_MAX_RETRIES', integer(0, 1000), 'How often a command is tried again.', { default: 3, verdict }),
  backoffAlgorithm: setting('REDIS_BACKOFF_ALGORITHM', text(), 'How the pauses between tries grow.', {
    default: 'decorrelated_jitter',
    verdict,
  }),
  backoffBase: setting('REDIS_BACKOFF_BASE', duration('ms'), 'The first pause between tries.', {
    default: 100,
    verdict,
  }),
  backoffCap: setting('REDIS_BACKOFF_CAP', duration('ms'), 'The longest pause between tries.', {
    default: 1000,
    verdict,
  }),
  sentinelHost: setting('REDIS_SENTINEL_HOST', host(), 'The Sentinel that knows the Redis.', {}),
  sentinelPort: setting('REDIS_SENTINEL_PORT', port(), 'Its port.', { default: 26_379 }),
  sentinelMaster: setting('REDIS_SENTINEL_MASTER', text(), 'The name of the Redis at that Sentinel.', { default: 'mymaster' }),
} as const;

export const cache = {
  store: setting('CACHE_STORE', choice(STORES), 'Where the cache lies.', {
    default: 'array',
    aliases: ['CACHE_DRIVER'],
    verdict,
    refused: refusedStores,
    ignoredValues: inProcess,
  }),
  defaultTtl: setting('CACHE_DEFAULT_TTL', duration('s'), 'How long an entry lives.', {
    default: 18_000_000,
    aliases: ['DF_CACHE_TTL'],
    verdict,
  }),
  prefix: setting('CACHE_PREFIX', text(), 'Before every key.', { default: 'dreamfactory', fallbacks: ['REDIS_PREFIX'], verdict }),
  path: setting('CACHE_PATH', path(), 'The folder of the store `file`.', {
    defaultFrom: (resolve) => `${String(resolve('DF_DATA_DIR'))}/cache`,
    defaultText: '`cache` in the data folder',
    aliases: ['DF_CACHE_PATH'],
    verdict,
  }),
  table: setting('CACHE_TABLE', text('a table name'), 'The table of the store `database`.', {
    default: 'cache',
    aliases: ['DB_CACHE_TABLE'],
    verdict,
  }),
  host: setting('CACHE_HOST', host(), 'The host of Redis or memcached.', {
    fallbacks: ['MEMCACHED_HOST', 'REDIS_HOST'],
    defaultText: '`REDIS_HOST`',
    verdict,
  }),
  port: setting('CACHE_PORT', port(), 'Its port.', {
    fallbacks: ['MEMCACHED_PORT', 'REDIS_PORT'],
    defaultFrom: (resolve) => (resolve('CACHE_STORE') === 'memcached' ? 11_211 : 6379),
    defaultText: '6379; memcached: 11211',
    verdict,
  }),
  username: setting('CACHE_USERNAME', text(), 'Its user.', { file: true, fallbacks: ['MEMCACHED_USERNAME', 'REDIS_USERNAME'], verdict }),
  password: setting('CACHE_PASSWORD', secretText(), 'The password of that user.', {
    secret: true,
    fallbacks: ['MEMCACHED_PASSWORD', 'REDIS_PASSWORD'],
    verdict,
  }),
  database: setting('CACHE_DATABASE', redisIndex(), 'The index in Redis.', { default: 2, verdict }),
  weight: setting('CACHE_WEIGHT', integer(0, 10_000), 'The weight of the memcached server.', {
    default: 100,
    fallbacks: ['MEMCACHED_WEIGHT'],
    verdict,
  }),
  tls: setting('CACHE_TLS', flag(), 'TLS to it.', { default: false, fallbacks: ['REDIS_TLS'], verdict }),
} as const;

export const limitCache = {
  store: setting('LIMIT_CACHE_DRIVER', choice(STORES), 'Where limit counters lie.', {
    default: 'file',
    verdict,
    refused: refusedStores,
    ignoredValues: inProcess,
  }),
  prefix: setting('LIMIT_CACHE_PREFIX', text(), 'Before every key.', { default: 'dreamfactory', verdict }),
  path: setting('LIMIT_CACHE_PATH', path(), 'The folder of the store `file`.', {
    defaultFrom: (resolve) => `${String(resolve('DF_DATA_DIR'))}/limit_cache`,
    defaultText: '`limit_cache` in the data folder',
    verdict,
  }),
  table: setting('LIMIT_CACHE_TABLE', text('a table name'), 'The table of the store `database`.', { default: 'limit_cache', verdict }),
  host: setting('LIMIT_CACHE_HOST', host(), 'The host of Redis or memcached.', {
    fallbacks: ['LIMIT_CACHE_REDIS_HOST', 'REDIS_HOST'],
    defaultText: '`REDIS_HOST`',
    verdict,
  }),
  port: setting('LIMIT_CACHE_PORT', port(), 'Its port.', {
    fallbacks: ['LIMIT_CACHE_REDIS_PORT', 'REDIS_PORT'],
    defaultFrom: (resolve) => (resolve('LIMIT_CACHE_DRIVER') === 'memcached' ? 11_211 : 6379),
    defaultText: '6379; memcached: 11211',
    verdict,
  }),
  username: setting('LIMIT_CACHE_USERNAME', text(), 'Its user.', { file: true, fallbacks: ['REDIS_USERNAME'], verdict }),
  password: setting('LIMIT_CACHE_PASSWORD', secretText(), 'The password of that user.', {
    secret: true,
    fallbacks: ['LIMIT_CACHE_REDIS_PASSWORD', 'REDIS_PASSWORD'],
    verdict,
  }),
  database: setting('LIMIT_CACHE_DATABASE', redisIndex(), 'The index in Redis.', {
    default: 9,
    fallbacks: ['LIMIT_CACHE_REDIS_DATABASE'],
    verdict,
  }),
  weight: setting('LIMIT_CACHE_WEIGHT', integer(0, 10_000), 'The weight of the memcached server.', { default: 100, verdict }),
  tls: setting('LIMIT_CACHE_TLS', flag(), 'TLS to it.', { default: false, fallbacks: ['REDIS_TLS'], verdict }),
  onFailure: setting(
    'DF_LIMIT_FAIL',
    choice(['open', 'closed']),
    'What limited calls meet while the counters are away: passed (open) or refused (closed).',
    { default: 'open', verdict },
  ),
} as const;

export const queue = {
  connection: setting('QUEUE_CONNECTION', choice(['sync', 'database', 'redis', 'null', 'beanstalkd', 'sqs']), 'Where queued work waits.', {
    aliases: ['QUEUE_DRIVER'],
    defaultFrom: (resolve) =>
      ['QUEUE_HOST', 'REDIS_URL', 'REDIS_SENTINEL_HOST'].some((name) => resolve(name) !== undefined) ? 'redis' : 'database',
    defaultText: 'redis where a Redis host is set, else database',
    ignoredValues: { beanstalkd: 'it acts as redis', sqs: 'it acts as redis', null: 'queued work is discarded' },
  }),
  name: setting('QUEUE_NAME', text(), 'The queue of scripts.', { default: 'default', verdict }),
  retryAfter: setting('QUEUE_RETRY_AFTER', duration('s'), 'How long a worker holds a job without renewing.', {
    default: 90_000,
  }),
  table: setting('QUEUE_TABLE', text('a table name'), 'The table of the queue `database`.', { default: 'jobs', verdict }),
  host: setting('QUEUE_HOST', host(), 'The host of Redis.', { fallbacks: ['REDIS_HOST'], defaultText: '`REDIS_HOST`' }),
  port: setting('QUEUE_PORT', port(), 'Its port.', { default: 6379, fallbacks: ['REDIS_PORT'] }),
  password: setting('QUEUE_PASSWORD', secretText(), 'Its password.', { secret: true, fallbacks: ['REDIS_PASSWORD'] }),
  database: setting('QUEUE_DATABASE', redisIndex(), 'The index in Redis.', { default: 3 }),
  tls: setting('QUEUE_TLS', flag(), 'TLS to it.', { default: false, fallbacks: ['REDIS_TLS'] }),
} as const;

export const bus = {
  connection: setting('BROADCAST_CONNECTION', choice(['null', 'log', 'redis', 'pusher']), 'Whether API events are published.', {
    default: 'null',
    aliases: ['BROADCAST_DRIVER'],
    verdict,
    ignoredValues: { pusher: 'nothing is sent to Pusher' },
  }),
  host: setting('BROADCAST_HOST', host(), 'The Redis of the bus between workers.', {
    fallbacks: ['QUEUE_HOST', 'LIMIT_CACHE_HOST', 'REDIS_HOST'],
    defaultText: '`QUEUE_HOST`, `LIMIT_CACHE_HOST` or `REDIS_HOST`',
    verdict,
  }),
  port: setting('BROADCAST_PORT', port(), 'Its port.', {
    default: 6379,
    fallbacks: ['QUEUE_PORT', 'LIMIT_CACHE_PORT', 'REDIS_PORT'],
    verdict,
  }),
  password: setting('BROADCAST_PASSWORD', secretText(), 'Its password.', {
    secret: true,
    fallbacks: ['QUEUE_PASSWORD', 'LIMIT_CACHE_PASSWORD', 'REDIS_PASSWORD'],
    verdict,
  }),
  database: setting('BROADCAST_DATABASE', redisIndex(), 'The index in Redis.', { default: 1, verdict }),
  tls: setting('BROADCAST_TLS', flag(), 'TLS to it.', { default: false, fallbacks: ['REDIS_TLS'], verdict }),
} as const;

export const mail = {
  mailer: setting('MAIL_MAILER', text(), 'How mails are sent.', { default: 'smtp', verdict }),
  host: setting('MAIL_HOST', host(), 'The mail server.', { verdict }),
  port: setting('MAIL_PORT', port(), 'Its port.', { default: 587, verdict }),
  username: setting('MAIL_USERNAME', text(), 'Its user.', { file: true, verdict }),
  password: setting('MAIL_PASSWORD', secretText(), 'The password of that user.', { secret: true, verdict }),
  encryption: setting('MAIL_ENCRYPTION', text(), 'TLS to it.', { aliases: ['MAIL_SCHEME'], verdict }),
  fromAddress: setting('MAIL_FROM_ADDRESS', text('an e-mail address'), 'The sender.', { verdict }),
  fromName: setting('MAIL_FROM_NAME', text(), 'The name of the sender.', { verdict }),
} as const;

/** Default credentials of S3 file services. */
export const aws = {
  accessKeyId: setting('AWS_ACCESS_KEY_ID', text(), 'Default credentials of S3 file services.', { file: true, verdict }),
  secretAccessKey: setting('AWS_SECRET_ACCESS_KEY', secretText(), 'Default credentials of S3 file services.', { secret: true, verdict }),
  region: setting('AWS_DEFAULT_REGION', text('a region'), 'Default region of S3 file services.', { default: 'us-east-1', verdict }),
} as const;
