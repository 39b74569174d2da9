import type { DriverProblem } from '../dialect/dialect.js';
import { isNetworkError } from '../dialect/network-errors.js';

export const TIMED_OUT = 'HEADGATE_TIMEOUT';
export const CANCELLED = 'HEADGATE_CANCELLED';

/** What the connection itself says of a statement it gave up. */
export function mysqlFailure(code: typeof TIMED_OUT | typeof CANCELLED, message: string): Error {
  return Object.assign(new Error(message), { code });
}

const DUPLICATE = new Set([1022, 1062, 1169, 1557, 1586, 1761, 1762]);
const REFERENCE = new Set([1216, 1217, 1451, 1452]);
const VALUE = new Set([
  1139, 1264, 1265, 1267, 1270, 1271, 1292, 1300, 1365, 1366, 1367, 1406, 1411, 1416, 1425, 1426, 1441, 1525, 1526, 1582, 1690, 1748, 3037,
  3140, 3141, 3143, 3144, 3146, 3147, 3154, 3156, 3157, 3854, 3988, 4079,
]);
const READ_ONLY = new Set([1290, 1792, 1836]);
const STALE = new Set([1051, 1054, 1146, 1347]);
const FORBIDDEN = new Set([1044, 1142, 1143, 1227, 1370, 1449]);
/** Statements, rows and packets that are too large, and conditions that are too many. */
const LIMIT = new Set([1104, 1118, 1153, 1301, 1390, 1436, 3170, 3673]);
/** Views that cannot be written, and what an engine cannot do. */
const UNSUPPORTED = new Set([1031, 1036, 1178, 1235, 1288, 1348, 1393, 1394, 1395, 1471, 1906]);
const TIMEOUT = new Set([1969, 3024]);
const SERIALIZATION = new Set([1020, 1205, 1206, 1213, 3572]);
const UNAVAILABLE = new Set([
  1021, 1037, 1038, 1040, 1041, 1045, 1049, 1053, 1114, 1129, 1130, 1135, 1152, 1158, 1159, 1160, 1161, 1203, 1226, 1250, 1251, 1698, 1927,
  2002, 2003, 2006, 2013, 3118, 3159, 4151,
]);
/** A subquery of two rows: see the compiler's ON DUPLICATE KEY. */
const OTHER_UNIQUE_KEY = 1242;

/** https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html, https://mariadb.com/kb/en/mariadb-error-code-reference/ */
export function classify(error: unknown): DriverProblem | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  if (error.code === TIMED_OUT) return { kind: 'timeout' };
  if (error.code === CANCELLED) return { kind: 'cancelled' };
  if (isBrokenBy(error)) return { kind: 'unavailable', detail: error.message };
  const number = 'errno' in error && typeof error.errno === 'number' ? error.errno : 0;
  return byNumber(number, error.message);
}

/** Whether the connection is of no more use after this error. */
export function isBrokenBy(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('fatal' in error && error.fatal === true) return true;
  return isNetworkError(error) || ('code' in error && typeof error.code === 'string' && /^(PROTOCOL_|HANDSHAKE_|AUTH_)/.test(error.code));
}

function byNumber(number: number, message: string): DriverProblem | undefined {
  if (DUPLICATE.has(number) || number === OTHER_UNIQUE_KEY) return { kind: 'duplicate', columns: [] };
  if (REFERENCE.has(number)) return { kind: 'reference', columns: number === 1452 ? foreignKeyColumns(message) : [] };
  if (number === 1263) return { kind: 'null', column: /column '([^']+)'/.exec(message)?.[1] };
  if (number === 1048) return { kind: 'null', column: /^Column '([^']+)'/.exec(message)?.[1] };
  if (number === 1364) return { kind: 'null', column: /^Field '([^']+)'/.exec(message)?.[1] };
  // The check option of a view; signalled by a trigger.
  if (number === 1369 || number === 1644) return { kind: 'check', constraint: undefined };
  if (number === 3819) return { kind: 'check', constraint: /^Check constraint '([^']+)'/.exec(message)?.[1] };
  // MariaDB names the check of a column by table and column: `t.c`.
  if (number === 4025) return { kind: 'check', constraint: /^CONSTRAINT `(?:[^`.]*\.)?([^`.]+)` failed/.exec(message)?.[1] };
  if (VALUE.has(number)) return { kind: 'value', column: /for column (?:`[^`]*`\.)*[`']([^`']+)[`']/.exec(message)?.[1] };
  if (READ_ONLY.has(number)) return { kind: 'readOnly' };
  if (FORBIDDEN.has(number)) return { kind: 'forbidden' };
  if (LIMIT.has(number)) return { kind: 'limit' };
  if (UNSUPPORTED.has(number)) return { kind: 'unsupported' };
  if (STALE.has(number)) return { kind: 'staleSchema' };
  if (TIMEOUT.has(number)) return { kind: 'timeout' };
  if (number === 1317) return { kind: 'cancelled' };
  if (SERIALIZATION.has(number)) return { kind: 'serialization' };
  return UNAVAILABLE.has(number) ? { kind: 'unavailable', detail: message } : undefined;
}

function foreignKeyColumns(message: string): string[] {
  const list = /FOREIGN KEY \(([^)]*)\)/.exec(message)?.[1];
  return list === undefined ? [] : list.split(',').map((name) => name.trim().replace(/^`|`$/g, '').replaceAll('``', '`'));
}
