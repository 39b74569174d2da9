import { SILENT } from '@headgate/core';
import mysql from 'mysql2/promise';
import { mariadbServer } from '../../../../test/containers.js';
import type { Connection } from '../../src/dialect/dialect.js';
import { createEgressPolicy } from '../../src/egress/policy.js';
import { type MysqlConnectorConfig, mysqlConnector } from '../../src/mysql/connector.js';

/** How to connect to a database that these statements made; undefined where there is no server. */
export async function freshMariadb(statements: readonly string[]): Promise<MysqlConnectorConfig | undefined> {
  const server = await mariadbServer();
  if (server === undefined) return undefined;
  const url = new URL(server);
  const admin = await mysql.createConnection({ uri: server, charset: 'utf8mb4' });
  for (const statement of statements) await admin.query(statement);
  await admin.end();
  return {
    host: url.hostname,
    port: Number(url.port || 3306),
    unixSocket: undefined,
    database: url.pathname.slice(1),
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    tls: { mode: 'disable', ca: undefined, cert: undefined, key: undefined },
    connectTimeoutMs: 5_000,
    collation: undefined,
    timezone: undefined,
    modes: undefined,
    strict: undefined,
    statements: [],
    statementTimeoutMs: 10_000,
    readOnly: false,
  };
}

export function openMariadb(config: MysqlConnectorConfig): Promise<Connection> {
  return mysqlConnector(config, {
    serviceName: 'db',
    log: SILENT,
    egress: createEgressPolicy({ allow: ['loopback'], ownStores: [] }),
  }).open();
}
