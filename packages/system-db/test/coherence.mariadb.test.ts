import { coherenceSuite } from './cluster/coherence-suite.ts';

await coherenceSuite('mysql');
