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

const OTHER_LOG_IN: ConnectProblem = { fields: ['username'], message: 'The user logs in by a method that is not supported.' };
const NO_MYSQL: ConnectProblem = { fields: ['port'], message: 'What listens at this host and port is no MySQL server.' };

const BY_NUMBER: Readonly<Record<number, ConnectProblem>> = {
  1040: SERVER_FULL,
  1203: SERVER_FULL,
  1226: SERVER_FULL,
  1044: DATABASE_FORBIDDEN,
  1045: BAD_CREDENTIALS,
  1698: BAD_CREDENTIALS,
  1049: NO_DATABASE,
  1129: USER_REFUSED,
  1130: USER_REFUSED,
  3118: USER_REFUSED,
  4151: USER_REFUSED,
  1251: OTHER_LOG_IN,
  1193: { fields: ['statements'], message: 'One of the settings of the session is not known to the server.' },
  1231: { fields: ['modes', 'timezone', 'statements'], message: 'The server refuses a setting of the session.' },
  1298: { fields: ['timezone'], message: 'The server does not know this time zone.' },
  1273: { fields: ['collation'], message: 'The server does not know this collation.' },
  1253: { fields: ['collation'], message: 'The collation is not one of the character set utf8mb4.' },
  3159: TLS_WANTED,
};

/** Why connecting to a MySQL or MariaDB server failed. */
export function connectProblem(error: unknown): ConnectProblem | undefined {
  if (!(error instanceof Error)) return undefined;
  const number = 'errno' in error && typeof error.errno === 'number' ? error.errno : 0;
  const known = BY_NUMBER[number];
  if (known) return known;
  const code = codeOf(error) ?? '';
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT') return NO_TLS;
  if (code === 'HANDSHAKE_SSL_ERROR')
    return networkProblem(error.cause) ?? { fields: ['sslmode'], message: 'No encrypted connection could be agreed upon with the server.' };
  if (code.startsWith('AUTH_')) return OTHER_LOG_IN;
  if (code.startsWith('PROTOCOL_') || code.startsWith('HANDSHAKE_')) return NO_MYSQL;
  return networkProblem(error);
}
