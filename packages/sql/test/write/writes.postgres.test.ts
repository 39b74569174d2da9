import { openPostgres } from './support/postgres.js';
import { writeSuite } from './support/write-suite.js';

writeSuite('postgres', openPostgres);
