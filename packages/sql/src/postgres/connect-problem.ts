import {
  BAD_CREDENTIALS,
  codeOf,
  DATABASE_FORBIDDEN,
  NO_DATABASE,
  NO_TLS,
  networkProblem,
  SERVER_FULL,
  TLS_WANTED,
  USER_REFUSED,
} from '../dialect/connect-problem.js';
import type { ConnectProblem } from '../dialect/dialect.js';

const STARTING: ConnectProblem = { fields: [], message: 'The server is starting up or shutting down.' };
const NO_POSTGRES: ConnectProblem = { fields: ['port'], message: 'What listens at this host and port is no PostgreSQL server.' };
const SILENT_SERVER: ConnectProblem = { fields: ['host', 'port'], message: 'The server did not answer in time.' };
const BAD_TIMEZONE: ConnectProblem = { fields: ['timezone'], message: 'The server does not know this time zone.' };
const BAD_STATEMENT: ConnectProblem = { fields: ['statements'], message: 'One of the statements after connecting failed.' };

/** Why connecting to a PostgreSQL server failed. */
export function connectProblem(error: unknown): ConnectProblem | undefined {
  if (!(error instanceof Error)) return undefined;
  switch (codeOf(error)) {
    case '28P01':
      return BAD_CREDENTIALS;
    case '28000':
      return /no encryption|SSL off/i.test(error.message)
        ? TLS_WANTED
        : /role .* does not exist/i.test(error.message)
          ? BAD_CREDENTIALS
          : USER_REFUSED;
    case '3D000':
      return NO_DATABASE;
    case '42501':
      return DATABASE_FORBIDDEN;
    case '53300':
      return SERVER_FULL;
    case '57P01':
    case '57P02':
    case '57P03':
      return STARTING;
    case 'SESSION_SETUP':
      return codeOf(error.cause) === '22023' && /TimeZone/i.test(error.message) ? BAD_TIMEZONE : BAD_STATEMENT;
    case undefined:
      return byMessage(error.message);
    default:
      return networkProblem(error);
  }
}

/** What the driver says itself has no code. */
function byMessage(message: string): ConnectProblem | undefined {
  if (message === 'The server does not support SSL connections') return NO_TLS;
  if (/timeout expired/.test(message)) return SILENT_SERVER;
  // PostgreSQL asks for a password where it needs one: an empty one was given.
  if (/password must be a string|SASL/.test(message)) return BAD_CREDENTIALS;
  return /^(?:Connection terminated|There was an error establishing an SSL|unexpected message|received invalid response)/i.test(message)
    ? NO_POSTGRES
    : undefined;
}
