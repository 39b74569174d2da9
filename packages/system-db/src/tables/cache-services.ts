import { defineTable, int, json, secret, signedInt, str } from './define-table.js';

export const redisConfigTable = defineTable('redis_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  host: str(),
  port: signedInt().is(6379),
  password: secret('longText').optional,
  database_index: signedInt().is(0),
  default_ttl: signedInt().is(300),
  options: json('mediumText').optional,
});

export const memcachedConfigTable = defineTable('memcached_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  host: str(),
  port: signedInt().is(11211),
  default_ttl: signedInt().is(300),
});

export const localCacheConfigTable = defineTable('local_cache_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  store: str(),
  default_ttl: signedInt(),
});
