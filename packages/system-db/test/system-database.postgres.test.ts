import { migrationSuite } from './migration-suite.ts';
import { stateSuite } from './state-suite.ts';
import { systemDatabaseSuite } from './system-database-suite.ts';

await systemDatabaseSuite('postgres');
await migrationSuite('postgres');
await stateSuite('postgres');
