import { systemServiceSuites } from './suites/index.js';

await systemServiceSuites('sqlite');
