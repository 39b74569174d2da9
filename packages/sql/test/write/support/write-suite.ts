import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { Connector } from '../../../src/dialect/dialect.js';
import { batches } from './suites/batches.js';
import { creatingRecords } from './suites/creating.js';
import { deletingRecords } from './suites/deleting.js';
import { hostileInput } from './suites/hostile-input.js';
import { roleFilter } from './suites/role-filter.js';
import { updatingRecords } from './suites/updating.js';
import { upserting } from './suites/upserting.js';
import { WriteClient } from './write-client.js';
import { WriteTools } from './write-tools.js';

/** A database that the suite may do with as it likes. */
export interface OpenedDatabase {
  readonly connector: Connector;
  stop?(): Promise<void>;
}

/** The contract of writing, on a real database. `open` makes the connector; what it started is ended by `stop`. */
export function writeSuite(name: string, open: () => OpenedDatabase | Promise<OpenedDatabase>): void {
  const tools = new WriteTools();
  let client: WriteClient | undefined;
  let opened: OpenedDatabase | undefined;

  beforeAll(async () => {
    opened = await open();
    client = new WriteClient(opened.connector);
    tools.use(client);
  });
  beforeEach(() => tools.client.reset());
  afterAll(async () => {
    await client?.close();
    await opened?.stop?.();
  });

  creatingRecords(name, tools);
  batches(name, tools);
  updatingRecords(name, tools);
  upserting(name, tools);
  deletingRecords(name, tools);
  hostileInput(name, tools);
  roleFilter(name, tools);
}
