import { SILENT } from '@headgate/core';
import { createEgressPolicy } from '../../src/egress/policy.js';
import { mysqlConnector } from '../../src/mysql/connector.js';
import { mariadbServer } from './support/servers.js';
import { writeSuite } from './support/write-suite.js';

writeSuite('mariadb', async () => {
  const { host, port, database, username, password, stop } = await mariadbServer();
  const connector = mysqlConnector(
    {
      host,
      port,
      database,
      username,
      password,
      unixSocket: undefined,
      tls: { mode: 'disable', ca: undefined, cert: undefined, key: undefined },
      connectTimeoutMs: 10_000,
      collation: undefined,
      timezone: undefined,
      modes: undefined,
      strict: undefined,
      statements: [],
      statementTimeoutMs: 20_000,
      readOnly: false,
    },
    { serviceName: 'db', log: SILENT, egress: createEgressPolicy({ allow: ['loopback'], ownStores: [] }) },
  );
  return { connector, stop };
});
