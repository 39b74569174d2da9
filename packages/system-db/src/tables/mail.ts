import { bool, creators, defineTable, id, int, json, mediumText, secret, stamps, str, text } from './define-table.js';

/** `to`, `cc`, `bcc`, `attachment`: a text, or JSON. */
export const emailTemplateTable = defineTable('email_template', {
  id: id(),
  name: str(64).isUnique,
  description: str().optional,
  to: json().optional,
  cc: json().optional,
  bcc: json().optional,
  subject: str(80).optional,
  body_text: text().optional,
  body_html: text().optional,
  from_name: str(80).optional,
  from_email: str().optional,
  reply_to_name: str(80).optional,
  reply_to_email: str().optional,
  defaults: json().optional,
  ...stamps(),
  ...creators(),
  attachment: json().optional,
});

/** `port` is text, as in the original. */
export const smtpConfigTable = defineTable('smtp_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  host: str(),
  port: str().is('587'),
  encryption: str().optional,
  username: secret().optional,
  password: secret().optional,
});

export const cloudEmailConfigTable = defineTable('cloud_email_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  domain: str().optional,
  key: secret(),
  region_endpoint: str().optional,
});

export const localEmailConfigTable = defineTable('local_email_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
});

export const emailParametersConfigTable = defineTable('email_parameters_config', {
  id: id(),
  service_id: int().to('service', 'cascade'),
  name: str(),
  value: mediumText().optional,
  active: bool().is(true),
});
