import { bigint, bool, creators, datetime, defineTable, id, int, json, stamps, str, text, timestamp } from './define-table.js';

/** `username` is unique by code only, as in the original. */
export const userTable = defineTable('user', {
  id: id(),
  name: str(),
  username: str().optional,
  first_name: str().optional,
  last_name: str().optional,
  last_login_date: datetime().optional,
  email: str().isUnique,
  password: text().optional,
  is_sys_admin: bool().is(false),
  is_active: bool().is(true),
  phone: str(32).optional,
  security_question: str().optional,
  security_answer: text().optional,
  confirm_code: str().optional,
  default_app_id: int().optional,
  remember_token: str(100).optional,
  ...stamps(),
  ...creators(),
  oauth_provider: str(50).optional,
  ldap_username: str().optional,
  adldap: str(50).optional,
  saml: str(50).optional,
  is_root_admin: bool().is(false),
});

export const passwordResetsTable = defineTable('password_resets', {
  email: str().isIndexed,
  token: str().isIndexed,
  created_date: timestamp().optional,
});

export const userToAppToRoleTable = defineTable('user_to_app_to_role', {
  id: id(),
  user_id: int().to('user', 'cascade'),
  app_id: int().to('app', 'cascade'),
  role_id: int().to('role', 'cascade'),
});

export const userCustomTable = defineTable('user_custom', {
  id: id(),
  user_id: int().to('user', 'cascade'),
  name: str(),
  value: json('longText').optional,
  ...stamps(),
});

/** Tokens of the original; no primary key. */
export const tokenMapTable = defineTable('token_map', {
  user_id: int().to('user', 'cascade'),
  token: text(),
  iat: int(),
  exp: int(),
});

/** Which tokens of a user are alive: `session_number` for ours, `revoked_before` (seconds since 1970) for those of the original. */
export const userSessionTable = defineTable('headgate_user_session', {
  user_id: int().primaryKey.to('user', 'cascade'),
  session_number: int().is(0),
  revoked_before: bigint().is(0),
});

/** The sessions of a user that may be listed and revoked; times in seconds since 1970. */
export const sessionTable = defineTable('headgate_session', {
  jti: str(64).primaryKey,
  user_id: int().isIndexed.to('user', 'cascade'),
  app_id: int().optional,
  issued_at: bigint(),
  expires_at: bigint().isIndexed,
  address: str(64).optional,
  user_agent: str().optional,
});

export const revokedTokenTable = defineTable('headgate_revoked_token', {
  jti: str(64).primaryKey,
  user_id: int().optional,
  expires_at: bigint().isIndexed,
});
