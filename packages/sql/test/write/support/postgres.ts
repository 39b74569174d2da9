import type { Connector } from '../../../src/dialect/dialect.js';
import { createEgressPolicy } from '../../../src/egress/policy.js';
import { postgresConnector } from '../../../src/postgres/connector.js';
import type { TestServer } from './servers.js';

/** A connector to a PostgreSQL database of the test's own. */
export function postgresConnectorOf(server: TestServer): Connector {
  const settings = {
    ...server,
    sslMode: 'disable',
    timezone: undefined,
    applicationName: undefined,
    statements: [],
    statementTimeoutMs: 20_000,
    readOnly: false,
    connectTimeoutMs: 10_000,
  } as const;
  return postgresConnector(settings, createEgressPolicy({ allow: ['loopback'], ownStores: [] }));
}
