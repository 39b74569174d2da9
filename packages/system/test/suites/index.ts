import type { SystemDialect } from '@headgate/system-db';
import { describe } from 'vitest';
import { emptyDatabase, install } from '../support/installation.js';
import { accountsSuite } from './accounts.js';
import { apiDocsSuite } from './api-docs.js';
import { readingRecordsSuite } from './reading-records.js';
import { rightsSuite } from './rights.js';
import { servicesSuite } from './services.js';
import { settingsRecordsSuite } from './settings-records.js';
import { systemResourcesSuite } from './system-resources.js';
import { writingRecordsSuite } from './writing-records.js';

const SUITES = {
  'reading records': readingRecordsSuite,
  'writing records': writingRecordsSuite,
  accounts: accountsSuite,
  settings: settingsRecordsSuite,
  services: servicesSuite,
  rights: rightsSuite,
  'API documents': apiDocsSuite,
  'other resources': systemResourcesSuite,
};

/** What the system and user services promise, whatever the system database runs on. */
export async function systemServiceSuites(dialect: SystemDialect): Promise<void> {
  const isThere = (await emptyDatabase(dialect)) !== undefined;
  for (const [name, suite] of Object.entries(SUITES)) {
    describe.skipIf(!isThere)(`${name}, on ${dialect}`, () => suite(() => install(dialect)));
  }
}
