const REDACTED = '***REDACTED***';

/** Names whose values are never logged, at any depth, in any case (operations.md 3.5). */
const SECRET_NAMES: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'set-cookie',
  'x-dreamfactory-session-token',
  'x-dreamfactory-api-key',
  'x-dreamfactory-script-token',
  'x-mcp-internal-key',
  'session_token',
  'api_key',
  'password',
  'password_confirmation',
  'new_password',
  'old_password',
  'secret',
  'client_secret',
  'access_token',
  'refresh_token',
  'id_token',
  'security_answer',
  'code',
  'session_id',
  'token',
  'jwt',
  'script_token',
  'private_key',
  'passphrase',
  'connection_string',
  'dsn',
]);

const URL_PARAMETER = /([?&](?:api_key|session_token|script_token|token|password|code)=)[^&\s"'<>]*/gi;
const URL_CREDENTIALS = /([a-z][a-z0-9+.-]*:\/\/)[^\s@/]*:[^\s@/]+@/gi;
const BEARER = /\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi;
const JSON_WEB_TOKEN = /\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g;
/** What the network and databases say of connections: where to, and as whom. */
const NETWORK_TARGET =
  /\b((?:connect |getaddrinfo |read |write )?E(?:CONN[A-Z]+|NOTFOUND|AI_[A-Z]+|TIMEDOUT|PIPE|HOSTUNREACH|NETUNREACH)) [\w.:[\]%-]+/g;
const QUOTED_NAME = /\b(user|role|database|host) (?:"[^"]{1,200}"|'[^']{1,200}'(?:@'[^']{1,200}')?)/gi;
const MAX_DEPTH = 8;

/** A copy of what is about to be logged, with secrets replaced: values by their names, and what texts hold of them. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? String(value) : value;
  if (depth >= MAX_DEPTH) return '...';
  if (value instanceof Error) return redactText(value.stack ?? value.message);
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, SECRET_NAMES.has(name.toLowerCase()) ? REDACTED : redact(member, depth + 1)]),
  );
}

/** Texts of other packages' errors may quote addresses, names of users, headers or tokens. */
export function redactText(text: string): string {
  return text
    .replace(URL_PARAMETER, `$1${REDACTED}`)
    .replace(URL_CREDENTIALS, `$1${REDACTED}@`)
    .replace(BEARER, `$1 ${REDACTED}`)
    .replace(JSON_WEB_TOKEN, REDACTED)
    .replace(NETWORK_TARGET, `$1 ${REDACTED}`)
    .replace(QUOTED_NAME, `$1 ${REDACTED}`);
}
