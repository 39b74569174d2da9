import { bool, creators, defineTable, id, int, json, mediumText, stamps, str, text } from './define-table.js';

export const serviceTable = defineTable('service', {
  id: id(),
  name: str(40).isUnique,
  label: str(80),
  description: str().optional,
  is_active: bool().is(false),
  type: str(40),
  mutable: bool().is(true),
  deletable: bool().is(true),
  ...stamps(),
  ...creators(),
  config: json().optional,
});

/** `format`: 0 JSON, 1 YAML. */
export const serviceDocTable = defineTable('service_doc', {
  service_id: int().primaryKey.to('service', 'cascade'),
  format: int().is(0),
  content: mediumText().optional,
  ...stamps(),
});

export const serviceCacheConfigTable = defineTable('service_cache_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  cache_enabled: bool().is(false),
  cache_ttl: int().is(0),
});

export const serviceEventMapTable = defineTable('service_event_map', {
  id: id(),
  service_id: int().to('service', 'cascade'),
  event: str(),
  data: text().optional,
});

/** The role that an app gives to users whom a service registers or signs on. */
export const appRoleMapTable = defineTable('app_role_map', {
  id: id(),
  service_id: int().to('service', 'cascade'),
  app_id: int().optional.to('app', 'set null'),
  role_id: int().optional.to('role', 'set null'),
});
