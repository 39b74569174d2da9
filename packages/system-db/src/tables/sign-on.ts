import { bool, defineTable, id, int, longText, secret, str, text } from './define-table.js';

export const oauthConfigTable = defineTable('oauth_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  default_role: int().optional.to('role', 'none'),
  client_id: str(),
  client_secret: secret('longText'),
  redirect_url: str().optional,
  icon_class: str().optional,
  tenant_id: str().optional,
  authority_url: str().optional,
  scopes: text().optional,
  grant_type: str().is('authorization_code'),
  is_client_credentials: bool().is(false),
  custom_provider: bool().is(false),
  allow_new_users: bool().is(true),
  map_group_to_role: bool().is(false),
});

export const oauthTokenMapTable = defineTable('oauth_token_map', {
  id: id(),
  user_id: int().isIndexed.to('user', 'cascade'),
  service_id: int().isIndexed.to('service', 'cascade'),
  token: text(),
  response: longText().optional,
});

export const roleGoogleTable = defineTable('role_google', {
  role_id: int().primaryKey.to('role', 'cascade'),
  group_email: str().isIndexed,
});

/** `username`, `password` and `map_group_hierarchy` are of Active Directory only. */
export const ldapConfigTable = defineTable('ldap_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  default_role: int().optional.isIndexed.to('role', 'none'),
  host: str(),
  base_dn: str(),
  account_suffix: str().optional,
  map_group_to_role: bool().is(false),
  map_group_hierarchy: bool().is(false),
  username: str(50).optional,
  password: secret('longText').optional,
});

export const roleAdldapTable = defineTable('role_adldap', {
  role_id: int().primaryKey.to('role', 'cascade'),
  dn: text(),
});

export const oidcConfigTable = defineTable('oidc_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  default_role: int().optional.to('role', 'none'),
  discovery_document: str().optional,
  auth_endpoint: str().optional,
  token_endpoint: str().optional,
  user_endpoint: str().optional,
  validate_id_token: bool().is(false),
  jwks_uri: str().optional,
  scopes: str().optional,
  client_id: str(),
  client_secret: secret('longText'),
  redirect_url: str(),
  icon_class: str().optional,
});

/** The mixed case of the names is the original's. */
export const samlConfigTable = defineTable('saml_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  default_role: int().optional.to('role', 'none'),
  sp_nameIDFormat: str().optional,
  sp_x509cert: text().optional,
  sp_privateKey: text().optional,
  relay_state: str().optional,
  idp_entityId: str(),
  idp_singleSignOnService_url: str(),
  idp_x509cert: text(),
  icon_class: str().optional,
});

export const azureAdConfigTable = defineTable('azure_ad_config', {
  service_id: int().primaryKey.to('service', 'cascade'),
  default_role: int().optional.to('role', 'none'),
  client_id: str(),
  client_secret: secret('longText').optional,
  redirect_url: str(),
  icon_class: str().optional,
  tenant_id: str(),
  resource: str().is('https://graph.microsoft.com/'),
});
