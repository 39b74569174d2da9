import { choice, duration, flag, integer, matching, path, port, secretText, text } from '../kinds.js';
import { type Resolve, setting, type Verdict } from '../setting.js';

/** Read and checked, and waiting for what will use it. */
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
  url: setting('REDIS_URL', secretText(), 'Redis as one address; its index is not looked at, each role has its own.', { secret: true }),
  host: setting('REDIS_HOST', host(), 'The Redis of every role that names no other.', {
    defaultText: '127.0.0.1 where a driver is redis',
  }),
  port: setting('REDIS_PORT', port(), 'Its port.', { default: 6379 }),
  username: setting('REDIS_USERNAME', text(), 'Its user.', { file: true }),
  password: setting('REDIS_PASSWORD', secretText(), 'The password of that user.', { secret: true }),
  database: setting('REDIS_DATABASE', redisIndex(), 'Has no effect: each role has an index of its own.', {
    default: 0,
    verdict: 'ignored',
  }),
  tls: setting('REDIS_TLS', flag(), 'TLS to Redis. The certificate and the name of the server are always verified.', { default: false }),
  sslCa: setting('REDIS_SSL_CA', path(), "A file of certificates (PEM) to trust for Redis and Sentinel instead of the system's."),
  maxRetries: setting('REDIS_MAX_RETRIES', integer(0, 1000), 'Has no effect: a command is never sent twice.', {
    default: 3,
    verdict: 'ignored',
  }),
  backoffAlgorithm: setting(
    'REDIS_BACKOFF_ALGORITHM',
    choice(['decorrelated_jitter', 'equal_jitter', 'exponential', 'uniform', 'constant', 'default']),
    'How the pauses between tries to connect grow.',
    { default: 'decorrelated_jitter' },
  ),
  backoffBase: setting('REDIS_BACKOFF_BASE', duration('ms'), 'The first pause between tries to connect.', { default: 100 }),
  backoffCap: setting('REDIS_BACKOFF_CAP', duration('ms'), 'The longest pause between tries to connect.', { default: 1000 }),
  sentinelHost: setting(
    'REDIS_SENTINEL_HOST',
    text('host names or addresses, with :port where it differs, by commas'),
    'The Sentinels that know the Redis; wins over REDIS_URL and REDIS_HOST.',
  ),
  sentinelPort: setting('REDIS_SENTINEL_PORT', port(), 'Their port.', { default: 26_379 }),
  sentinelMaster: setting('REDIS_SENTINEL_MASTER', text(), 'The name of the Redis at those Sentinels.', { default: 'mymaster' }),
  sentinelPassword: setting('REDIS_SENTINEL_PASSWORD', secretText(), 'The password of the Sentinels.', { secret: true }),
} as const;

/** Where the cache lies in memcached; `CACHE_*` come first. */
export const memcached = {
  host: setting(
    'MEMCACHED_HOST',
    text('host names or addresses, with :port where it differs, by commas'),
    'The servers of the store `memcached`.',
    {
      default: '127.0.0.1',
    },
  ),
  port: setting('MEMCACHED_PORT', port(), 'Their port.', { default: 11_211 }),
  username: setting('MEMCACHED_USERNAME', text(), 'Their user (SASL).', { file: true }),
  password: setting('MEMCACHED_PASSWORD', secretText(), 'The password of that user.', { secret: true }),
} as const;

const ofCacheStore = <T>(resolve: Resolve, name: string) =>
  resolve(`${resolve('CACHE_STORE') === 'memcached' ? 'MEMCACHED' : 'REDIS'}_${name}`) as T | undefined;

export const cache = {
  store: setting('CACHE_STORE', choice(STORES), 'Where the cache lies.', {
    default: 'array',
    aliases: ['CACHE_DRIVER'],
    refused: refusedStores,
    ignoredValues: inProcess,
  }),
  defaultTtl: setting('CACHE_DEFAULT_TTL', duration('s'), 'How long an entry lives.', {
    default: 18_000_000,
    aliases: ['DF_CACHE_TTL'],
    verdict,
  }),
  prefix: setting('CACHE_PREFIX', text(), 'Before every key.', { default: 'dreamfactory', fallbacks: ['REDIS_PREFIX'] }),
  path: setting('CACHE_PATH', path(), 'The folder of the store `file`.', {
    defaultFrom: (resolve) => `${String(resolve('DF_DATA_DIR'))}/cache`,
    defaultText: '`cache` in the data folder',
    aliases: ['DF_CACHE_PATH'],
  }),
  table: setting(
    'CACHE_TABLE',
    matching(/^[a-z_][a-z0-9_]{0,62}$/i, 'a table name of letters, digits and _'),
    'The table of the store `database`.',
    {
      default: 'cache',
      aliases: ['DB_CACHE_TABLE'],
    },
  ),
  host: setting('CACHE_HOST', host(), 'The host of Redis or memcached.', {
    defaultFrom: (resolve) => ofCacheStore<string>(resolve, 'HOST'),
    defaultText: '`REDIS_HOST`, or `MEMCACHED_HOST` where the store is memcached',
  }),
  port: setting('CACHE_PORT', port(), 'Its port.', {
    defaultFrom: (resolve) => ofCacheStore<number>(resolve, 'PORT') ?? 6379,
    defaultText: '`REDIS_PORT`, or `MEMCACHED_PORT`',
  }),
  username: setting('CACHE_USERNAME', text(), 'Its user.', {
    file: true,
    defaultFrom: (resolve) => ofCacheStore<string>(resolve, 'USERNAME'),
    defaultText: '`REDIS_USERNAME`, or `MEMCACHED_USERNAME`',
  }),
  password: setting('CACHE_PASSWORD', secretText(), 'The password of that user.', {
    secret: true,
    defaultFrom: (resolve) => ofCacheStore<string>(resolve, 'PASSWORD'),
    defaultText: '`REDIS_PASSWORD`, or `MEMCACHED_PASSWORD`',
  }),
  database: setting('CACHE_DATABASE', redisIndex(), 'The index in Redis.', { default: 2 }),
  weight: setting('CACHE_WEIGHT', integer(0, 10_000), 'Has no effect: all memcached servers weigh the same.', {
    default: 100,
    fallbacks: ['MEMCACHED_WEIGHT'],
    verdict: 'ignored',
  }),
  tls: setting('CACHE_TLS', flag(), 'TLS to it (Redis only).', { default: false, fallbacks: ['REDIS_TLS'] }),
} as const;

/** Counters are either in memory or in Redis. */
const countedInMemory = 'counters are kept in memory and start anew with the process; several workers need redis';

export const limitCache = {
  store: setting('LIMIT_CACHE_DRIVER', choice(STORES), 'Where limit counters lie: redis, or anything else for the memory of the process.', {
    default: 'file',
    refused: refusedStores,
    ignoredValues: { ...inProcess, database: countedInMemory, memcached: countedInMemory, file: countedInMemory },
  }),
  prefix: setting('LIMIT_CACHE_PREFIX', text(), 'Before every key; of the keys of the bus and of locks too.', { default: 'dreamfactory' }),
  path: setting('LIMIT_CACHE_PATH', path(), 'Has no effect: counters are not kept in files.', {
    defaultFrom: (resolve) => `${String(resolve('DF_DATA_DIR'))}/limit_cache`,
    defaultText: '`limit_cache` in the data folder',
    verdict: 'ignored',
  }),
  table: setting('LIMIT_CACHE_TABLE', text('a table name'), 'Has no effect: counters are not kept in a table.', {
    default: 'limit_cache',
    verdict: 'ignored',
  }),
  host: setting('LIMIT_CACHE_HOST', host(), 'The host of Redis.', {
    fallbacks: ['LIMIT_CACHE_REDIS_HOST', 'REDIS_HOST'],
    defaultText: '`REDIS_HOST`',
  }),
  port: setting('LIMIT_CACHE_PORT', port(), 'Its port.', {
    default: 6379,
    fallbacks: ['LIMIT_CACHE_REDIS_PORT', 'REDIS_PORT'],
  }),
  username: setting('LIMIT_CACHE_USERNAME', text(), 'Its user.', { file: true, fallbacks: ['REDIS_USERNAME'] }),
  password: setting('LIMIT_CACHE_PASSWORD', secretText(), 'The password of that user.', {
    secret: true,
    fallbacks: ['LIMIT_CACHE_REDIS_PASSWORD', 'REDIS_PASSWORD'],
  }),
  database: setting('LIMIT_CACHE_DATABASE', redisIndex(), 'The index in Redis.', {
    default: 9,
    fallbacks: ['LIMIT_CACHE_REDIS_DATABASE'],
  }),
  weight: setting('LIMIT_CACHE_WEIGHT', integer(0, 10_000), 'Has no effect: counters are not kept in memcached.', {
    default: 100,
    verdict: 'ignored',
  }),
  tls: setting('LIMIT_CACHE_TLS', flag(), 'TLS to it.', { default: false, fallbacks: ['REDIS_TLS'] }),
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
  password: setting('QUEUE_PASSWORD', secretText(), 'The password of that user.', { secret: true, fallbacks: ['REDIS_PASSWORD'] }),
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
  host: setting('BROADCAST_HOST', host(), 'The Redis of the bus between workers, and of their locks.', {
    fallbacks: ['QUEUE_HOST', 'LIMIT_CACHE_HOST', 'REDIS_HOST'],
    defaultText: '`QUEUE_HOST`, `LIMIT_CACHE_HOST` or `REDIS_HOST`; without any, both stay in the process',
  }),
  port: setting('BROADCAST_PORT', port(), 'Its port.', {
    default: 6379,
    fallbacks: ['QUEUE_PORT', 'LIMIT_CACHE_PORT', 'REDIS_PORT'],
  }),
  username: setting('BROADCAST_USERNAME', text(), 'Its user.', {
    file: true,
    fallbacks: ['LIMIT_CACHE_USERNAME', 'REDIS_USERNAME'],
  }),
  password: setting('BROADCAST_PASSWORD', secretText(), 'The password of that user.', {
    secret: true,
    fallbacks: ['QUEUE_PASSWORD', 'LIMIT_CACHE_PASSWORD', 'REDIS_PASSWORD'],
  }),
  database: setting('BROADCAST_DATABASE', redisIndex(), 'The index in Redis (locks; messages know none).', { default: 1 }),
  tls: setting('BROADCAST_TLS', flag(), 'TLS to it.', { default: false, fallbacks: ['QUEUE_TLS', 'LIMIT_CACHE_TLS', 'REDIS_TLS'] }),
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
