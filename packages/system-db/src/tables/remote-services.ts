import { bool, defineTable, id, int, json, mediumText, secret, signedInt, str } from './define-table.js';

export const rwsConfigTable = defineTable('rws_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  base_url: mediumText(),
  options: json().optional,
  replace_link: bool().is(false),
  implements_access_list: bool().is(false),
  preserve_forward_trailing_slash: bool().is(false),
});

export const rwsParametersConfigTable = defineTable('rws_parameters_config', {
  id: id(),
  service_id: int().to('service', 'cascade'),
  name: str(),
  value: mediumText().optional,
  exclude: bool().is(false),
  outbound: bool().is(false),
  cache_key: bool().is(false),
  action: signedInt().is(0),
});

export const rwsHeadersConfigTable = defineTable('rws_headers_config', {
  id: id(),
  service_id: int().to('service', 'cascade'),
  name: str(),
  value: mediumText().optional,
  pass_from_client: bool().is(false),
  action: signedInt().is(0),
});

export const soapConfigTable = defineTable('soap_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  wsdl: str().optional.is('0'),
  options: json().optional,
  headers: json().optional,
  wsse_username_token: str().optional.is('0'),
});

export const mqttConfigTable = defineTable('mqtt_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  host: str(),
  port: signedInt(),
  client_id: str(),
  username: str().optional,
  password: secret().optional,
  use_tls: bool().is(false),
  capath: str().optional,
});

export const amqpConfigTable = defineTable('amqp_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  host: str(),
  port: signedInt().is(5672),
  username: str().optional,
  password: secret().optional,
  vhost: str().is('/'),
});
