import { define } from './define.js';

/** Refusals of identify and authorize: statuses and texts of rest-core.md 3.8. */

export const TokenExpired = define(
  {
    reason: 'token_expired',
    status: 401,
    when: 'The session token has expired.',
    remedy: 'Refresh it (PUT user/session) or log in again.',
  },
  () => 'Token has expired: Session expired. Please refresh your token (if still within refresh window) or re-login.',
);
export const TokenRevoked = define(
  { reason: 'token_revoked', status: 403, when: 'The session was ended.', remedy: 'Log in again.' },
  () => 'The token has been blacklisted: Session terminated. Please re-login.',
);
export const TokenInvalid = define(
  { reason: 'token_invalid', status: 401, when: 'The session token is not one of this installation.', remedy: 'Log in again.' },
  (reason: string) => `Invalid token: ${reason}`,
);
export const RefreshFailed = define(
  { reason: 'refresh_failed', status: 401, when: 'A session token cannot be refreshed.', remedy: 'Log in again.' },
  (reason: string) => `Token refresh failed. ${reason}`,
);
export const AppInactive = define(
  { reason: 'app_inactive', status: 403, when: 'The app of the API key is not active.', remedy: 'Activate the app.' },
  () => 'App is not active.',
);
export const UserInactive = define(
  { reason: 'user_inactive', status: 403, when: 'The user of the token is not active.', remedy: 'Activate the user.' },
  () => 'User is not active.',
);
export const UserGone = define(
  { reason: 'user_gone', status: 404, when: 'The user of the token does not exist any more.', remedy: 'Log in as an existing user.' },
  () => 'User not found.',
);
export const NoCredentials = define(
  {
    reason: 'no_credentials',
    status: 400,
    when: 'A call without API key and session token.',
    remedy: 'Send an API key, a session token, or both.',
  },
  () =>
    'No session token (JWT) or API Key detected in request. Please send in X-DreamFactory-Session-Token and/or X-DreamFactory-API-Key request header. You can also use URL query parameters session_token and/or api_key.',
);
export const NoApiKey = define(
  {
    reason: 'no_api_key',
    status: 400,
    when: 'A user without a role calls without API key.',
    remedy: 'Send the API key of an app for which the user has a role.',
  },
  () => "No API Key provided. Please provide a valid API Key using X-DreamFactory-API-Key request header or 'api_key' url query parameter.",
);
export const NoSessionToken = define(
  {
    reason: 'no_session_token',
    status: 400,
    when: 'The API key is unknown, or its app has no default role.',
    remedy: 'Check the key, give its app a role, or send a session token too.',
  },
  () =>
    "No session token (JWT) provided. Please provide a valid JWT using X-DreamFactory-Session-Token request header or 'session_token' url query parameter.",
);
export const NoRole = define(
  {
    reason: 'no_role',
    status: 403,
    when: 'The user has no role for the app and the app has no default role.',
    remedy: 'Assign a role to the user or to the app.',
  },
  () => 'Role not found. A role may not be assigned to you or your application.',
);
export const RoleInactive = define(
  { reason: 'role_inactive', status: 403, when: 'The role of the caller is not active.', remedy: 'Activate the role.' },
  () => 'Access Forbidden. The role assigned to you or your application or the default role of your application is not active.',
);
export const NotAuthenticated = define(
  {
    reason: 'not_authenticated',
    status: 401,
    when: 'The role of the API key does not allow the call.',
    remedy: 'Give the role the access, or log in as a user who has it.',
  },
  () => 'Unauthorized. User is not authenticated.',
);
/** `deep`: a check inside a handler, whose text has no prefix (rest-core.md 3.8). */
export const AccessForbidden = define(
  { reason: 'access_forbidden', status: 403, when: "The user's role does not allow the call.", remedy: 'Give the role the access.' },
  (verb: string, component: string, service: string, deep = false) =>
    `${deep ? '' : 'Access Forbidden. '}${verb} access to ${component === '' ? '' : `component '${component}' of `}service '${service}' is not allowed by this user's role.`,
);
export const FieldsForbidden = define(
  {
    reason: 'fields_forbidden',
    status: 403,
    when: "A record would lie outside the record filter of the caller's role.",
    remedy: 'Write only records that the role may see.',
  },
  () => 'Denied access to some of the requested fields.',
);
export const Forbidden = define(
  { reason: 'forbidden', status: 403, when: 'The call is not allowed, whatever the role.', remedy: 'Read the message.' },
  (message: string) => message,
);
export const InvalidCredentials = define(
  {
    reason: 'invalid_credentials',
    status: 401,
    when: 'User name or password are wrong, or the account is not active.',
    remedy: 'Check both.',
  },
  () => 'Invalid credentials supplied.',
);
export const TooManyFailures = define(
  {
    reason: 'too_many_failures',
    status: 429,
    when: 'Too many failed logins from this address or for this account.',
    remedy: 'Wait as long as Retry-After says; an operator can run headgate password --unlock.',
  },
  (seconds: number) => `Too many failed logins. Please try again in ${seconds} second${seconds === 1 ? '' : 's'}.`,
);
export const NoSession = define(
  { reason: 'no_session', status: 401, when: 'The call needs a logged-in user.', remedy: 'Log in.' },
  () => 'There is no valid session for the current request.',
);
export const Unauthorized = define(
  { reason: 'unauthorized', status: 401, when: 'The session is not one that may do this.', remedy: 'Log in as someone who may.' },
  (message: string) => message,
);
export const SessionRoleInactive = define(
  {
    reason: 'session_role_inactive',
    status: 403,
    when: 'A user logs in with an API key for whose app the role is not active.',
    remedy: 'Activate the role.',
  },
  () => 'Role is not active.',
);
export const LoginIncomplete = define(
  { reason: 'login_incomplete', status: 400, when: 'A login lacks a field.', remedy: 'Send the field that the message names.' },
  (field: string) => `Login request is missing required ${field}.`,
);
export const RegistrationInvalid = define(
  {
    reason: 'registration_invalid',
    status: 400,
    when: 'Fields of a registration break their rules.',
    remedy: 'Correct the fields that context names.',
  },
  () => 'Validation failed',
);
export const RegistrationClosed = define(
  {
    reason: 'registration_closed',
    status: 403,
    when: 'Somebody registers and open registration is off.',
    remedy: 'Let an administrator create the account or allow open registration.',
  },
  () => 'Open Registration is not enabled.',
);
export const SetupRefused = define(
  {
    reason: 'setup_refused',
    status: 403,
    when: 'The first administrator is set up with a wrong or expired token, or there is an administrator already.',
    remedy: 'Run headgate setup for a new token, or log in as an administrator.',
  },
  (message: string) => message,
);
