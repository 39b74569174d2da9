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

/** The contract of writing, on a real database. `open` makes the connector; what it started is ended by `stop`. */
export function writeSuite(name: string, open: () => Promise<{ readonly connector: Connector; stop(): Promise<void> }>): void {
  const tools = new WriteTools();
  let client: WriteClient | undefined;
  let stop: (() => Promise<void>) | undefined;

  beforeAll(async () => {
    const opened = await open();
    stop = opened.stop;
    client = new WriteClient(opened.connector);
    tools.use(client);
  });
  beforeEach(() => tools.client.reset());
  afterAll(async () => {
    await client?.close();
    await stop?.();
  });

  creatingRecords(name, tools);
  batches(name, tools);
  updatingRecords(name, tools);
  upserting(name, tools);
  deletingRecords(name, tools);
  hostileInput(name, tools);
  roleFilter(name, tools);
}
