import { describe } from 'vitest';
import { postgresConnectorOf } from './support/postgres.js';
import { postgresServer } from './support/servers.js';
import { writeSuite } from './support/write-suite.js';

const server = await postgresServer();

describe.skipIf(!server)('on PostgreSQL', () => writeSuite('postgres', () => ({ connector: postgresConnectorOf(server!) })));
