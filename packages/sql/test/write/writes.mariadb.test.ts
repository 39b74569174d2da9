import { SILENT } from '@headgate/core';
import { describe } from 'vitest';
import { createEgressPolicy } from '../../src/egress/policy.js';
import { mysqlConnector } from '../../src/mysql/connector.js';
import { mariadbServer } from './support/servers.js';
import { writeSuite } from './support/write-suite.js';

const server = await mariadbServer();

const openMariadb = () => ({
  connector: mysqlConnector(
    {
      ...server!,
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
  ),
});

describe.skipIf(!server)('on MariaDB', () => writeSuite('mariadb', openMariadb));
