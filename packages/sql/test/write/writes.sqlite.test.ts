import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SILENT } from '@headgate/core';
import { sqliteConnector } from '../../src/sqlite/connector.js';
import { writeSuite } from './support/write-suite.js';

writeSuite('sqlite', async () => {
  const storage = await mkdtemp(path.join(tmpdir(), 'headgate-writes-'));
  const config = { database: 'writes.db', storage, statements: [], statementTimeoutMs: 20_000, readOnly: false };
  return { connector: sqliteConnector(config, { serviceName: 'db', log: SILENT }), stop: () => rm(storage, { recursive: true }) };
});
