import type { Connector } from '../../../src/dialect/dialect.js';
import { createEgressPolicy } from '../../../src/egress/policy.js';
import { postgresConnector } from '../../../src/postgres/connector.js';
import { postgresServer } from './servers.js';

/** A connector to a PostgreSQL of the test's own. */
export async function openPostgres(): Promise<{ readonly connector: Connector; stop(): Promise<void> }> {
  const { host, port, database, username, password, stop } = await postgresServer();
  const settings = {
    host,
    port,
    database,
    username,
    password,
    sslMode: 'disable',
    timezone: undefined,
    applicationName: undefined,
    statements: [],
    statementTimeoutMs: 20_000,
    readOnly: false,
    connectTimeoutMs: 10_000,
  } as const;
  return { connector: postgresConnector(settings, createEgressPolicy({ allow: ['loopback'], ownStores: [] })), stop };
}
