import { bool, creators, defineTable, id, int, json, secret, signedInt, stamps, str, text } from './define-table.js';

/** Shared by all SQL types. Members `username` and `password` of `connection` are encrypted one by one. */
export const sqlDbConfigTable = defineTable('sql_db_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  connection: json().optional,
  options: json().optional,
  attributes: json().optional,
  statements: json().optional,
});

export const mongodbConfigTable = defineTable('mongodb_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  host: str().optional,
  port: signedInt().optional,
  database: str().optional,
  username: secret().optional,
  password: secret().optional,
  dsn: str().optional,
  options: json().optional,
  driver_options: json().optional,
});

export const documentdbConfigTable = defineTable('documentdb_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  uri: str(),
  key: secret(),
  database: str(),
});

export const cassandraConfigTable = defineTable('cassandra_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  hosts: str(),
  port: signedInt().is(9042),
  username: str().optional,
  password: secret('longText').optional,
  keyspace: str(),
  options: json('mediumText').optional,
});

export const couchdbConfigTable = defineTable('couchdb_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  dsn: str().optional.is('0'),
  options: json().optional,
});

export const dbTableExtrasTable = defineTable('db_table_extras', {
  id: id(),
  service_id: int().to('service', 'cascade'),
  table: str(),
  label: str().optional,
  plural: str().optional,
  name_field: str(128).optional,
  model: str().optional,
  description: text().optional,
  ...stamps(),
  ...creators(),
  alias: str().optional,
});

export const dbFieldExtrasTable = defineTable('db_field_extras', {
  id: id(),
  service_id: int().to('service', 'cascade'),
  table: str(),
  field: str(),
  label: str().optional,
  extra_type: str().optional,
  description: text().optional,
  picklist: text().optional,
  validation: text().optional,
  client_info: text().optional,
  ...stamps(),
  ...creators(),
  alias: str().optional,
  db_function: text().optional,
  is_virtual: bool().is(false),
  is_aggregate: bool().is(false),
});

export const dbRelationshipExtrasTable = defineTable('db_relationship_extras', {
  id: id(),
  service_id: int().to('service', 'cascade'),
  table: str(),
  relationship: str(),
  alias: str().optional,
  label: str().optional,
  description: text().optional,
  always_fetch: bool().is(false),
  flatten: bool().is(false),
  flatten_drop_prefix: bool().is(false),
  ...stamps(),
  ...creators(),
});

export const dbVirtualRelationshipTable = defineTable('db_virtual_relationship', {
  id: id(),
  type: str(),
  service_id: int().to('service', 'cascade'),
  table: str(),
  field: str(),
  ref_service_id: int().to('service', 'cascade'),
  ref_table: str(),
  ref_field: str(),
  ref_on_update: str().optional,
  ref_on_delete: str().optional,
  junction_service_id: int().optional.to('service', 'cascade'),
  junction_table: str().optional,
  junction_field: str().optional,
  junction_ref_field: str().optional,
  ...stamps(),
  ...creators(),
});
