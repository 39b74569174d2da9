import { migrationSuite } from './migration-suite.ts';
import { stateSuite } from './state-suite.ts';
import { systemDatabaseSuite } from './system-database-suite.ts';

await systemDatabaseSuite('sqlite');
await migrationSuite('sqlite');
await stateSuite('sqlite');
