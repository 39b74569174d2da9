import { LOOPBACK_OF_CONTAINER, RefusedInContainer } from '../egress/loopback-of-container.js';
import type { ConnectProblem } from './dialect.js';

const HOST_UNKNOWN: ConnectProblem = { fields: ['host'], message: 'The host name cannot be resolved.' };
const HOST_SILENT: ConnectProblem = { fields: ['host', 'port'], message: 'The host does not answer.' };
const NOT_LISTENING: ConnectProblem = { fields: ['host', 'port'], message: 'Nothing accepts connections at this host and port.' };
const NOT_IN_CONTAINER: ConnectProblem = { ...NOT_LISTENING, message: `${NOT_LISTENING.message} ${LOOPBACK_OF_CONTAINER}` };
const CLOSED: ConnectProblem = {
  fields: ['port'],
  message: 'What listens at this host and port closed the connection: is it such a database?',
};

export const NO_TLS: ConnectProblem = { fields: ['sslmode'], message: 'The server does not support TLS.' };
export const TLS_WANTED: ConnectProblem = { fields: ['sslmode'], message: 'The server accepts encrypted connections alone.' };
export const BAD_CREDENTIALS: ConnectProblem = { fields: ['username', 'password'], message: 'The user name or the password is wrong.' };
export const NO_DATABASE: ConnectProblem = { fields: ['database'], message: 'The server has no database of this name.' };
export const DATABASE_FORBIDDEN: ConnectProblem = { fields: ['username', 'database'], message: 'The user may not use this database.' };
export const USER_REFUSED: ConnectProblem = { fields: ['username'], message: 'The server does not let this user in from here.' };
export const SERVER_FULL: ConnectProblem = { fields: [], message: 'The server has no connection left.' };
const CERTIFICATE: ConnectProblem = { fields: ['sslmode'], message: "The server's certificate cannot be verified." };
const OTHER_NAME: ConnectProblem = { fields: ['host', 'sslmode'], message: "The server's certificate is for another host name." };
const TLS_FAILED: ConnectProblem = { fields: ['sslmode'], message: 'No encrypted connection could be agreed upon with the server.' };

/** What the network or TLS says of a connection that did not come about. */
export function networkProblem(error: unknown): ConnectProblem | undefined {
  const code = codeOf(error);
  if (code === undefined) return undefined;
  if (code === 'ENOTFOUND' || code.startsWith('EAI_')) return HOST_UNKNOWN;
  if (code === 'ECONNREFUSED') return error instanceof RefusedInContainer ? NOT_IN_CONTAINER : NOT_LISTENING;
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'ECONNABORTED') return CLOSED;
  if (/^(?:ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|EADDRNOTAVAIL)$/.test(code)) return HOST_SILENT;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return OTHER_NAME;
  if (/^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_)/.test(code)) return CERTIFICATE;
  return /^(?:ERR_SSL_|ERR_TLS_|EPROTO$)/.test(code) ? TLS_FAILED : undefined;
}

/** The code of an error, or of what it was made from. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return 'code' in error && typeof error.code === 'string' ? error.code : codeOf(error.cause);
}
