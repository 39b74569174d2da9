import { bool, creators, defineTable, id, int, json, secret, stamps, str, text } from './define-table.js';

export const lookupTable = defineTable('lookup', {
  id: id(),
  app_id: int().optional.to('app', 'cascade'),
  role_id: int().optional.to('role', 'cascade'),
  user_id: int().optional.to('user', 'cascade'),
  name: str(),
  value: secret().optional,
  private: bool().is(false),
  description: text().optional,
  ...stamps(),
  ...creators(),
});

export const corsConfigTable = defineTable('cors_config', {
  id: id(),
  path: str().isUnique,
  origin: str().optional,
  header: text().optional,
  method: int().is(0),
  max_age: int().is(0),
  enabled: bool().is(true),
  ...stamps(),
  ...creators(),
  description: str().optional,
  exposed_header: text().optional,
  supports_credentials: bool().is(false),
});

export const systemConfigTable = defineTable('system_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  default_app_id: int().optional.to('app', 'set null'),
  invite_email_service_id: int().optional.to('service', 'set null'),
  invite_email_template_id: int().optional.to('email_template', 'set null'),
  password_email_service_id: int().optional.to('service', 'set null'),
  password_email_template_id: int().optional.to('email_template', 'set null'),
});

export const systemCustomTable = defineTable('system_custom', {
  name: str().primaryKey,
  value: json('mediumText').optional,
  ...stamps(),
  ...creators(),
});

export const userConfigTable = defineTable('user_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  allow_open_registration: bool().is(false),
  open_reg_role_id: int().optional.to('role', 'set null'),
  open_reg_email_service_id: int().optional.to('service', 'set null'),
  open_reg_email_template_id: int().optional.to('email_template', 'set null'),
  invite_email_service_id: int().optional.to('service', 'set null'),
  invite_email_template_id: int().optional.to('email_template', 'set null'),
  password_email_service_id: int().optional.to('service', 'set null'),
  password_email_template_id: int().optional.to('email_template', 'set null'),
  alt_auth_db_service_id: int().optional.to('service', 'set null'),
  alt_auth_table: str().optional,
  alt_auth_username_field: str().optional,
  alt_auth_password_field: str().optional,
  alt_auth_email_field: str().optional,
  alt_auth_other_fields: str().optional,
  alt_auth_filter: str().optional,
});

export const instanceIdTable = defineTable('instance_id', {
  id: id(),
  instance_id: str(),
  ...stamps(),
});
