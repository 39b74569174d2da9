export * from './condition.js';
export type * from './state/configuration.js';
export * from './system-database.js';
export * from './tables/define-table.js';
