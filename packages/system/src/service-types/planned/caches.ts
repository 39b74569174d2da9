import type { ServiceType } from '@headgate/core';
import { host, integer, map, picklist, port, secret } from './fields.js';
import { planned, table } from './planned-type.js';

const lifetime = integer('default_ttl', 'Default TTL', { default: 300, description: 'The time in seconds that a value is kept.' });
const destinationFields = ['host', 'port'];

export const cacheTypes: readonly ServiceType[] = [
  planned('cache_local', 'Local Cache', 'Cache', 'Local cache service.', table('local_cache_config'), [
    picklist(
      'store',
      'Store',
      [
        ['File', 'file'],
        ['Database', 'database'],
        ['Memory', 'array'],
      ],
      { required: true, default: 'file', description: 'Where the values are kept.' },
    ),
    lifetime,
  ]),
  planned('cache_memcached', 'Memcached', 'Cache', 'Memcached service.', table('memcached_config'), [host(), port(11211), lifetime], {
    destinationFields,
  }),
  planned(
    'cache_redis',
    'Redis',
    'Cache',
    'Redis cache service.',
    table('redis_config'),
    [
      host(),
      port(6379),
      secret('password', 'Password'),
      integer('database_index', 'Database Index', { default: 0 }),
      lifetime,
      map('options', 'Options'),
    ],
    { destinationFields },
  ),
];
