export * from './access.js';
export * from './database.js';
export * from './define.js';
export { errorDocument } from './document.js';
export * from './filter.js';
export * from './record.js';
export * from './request.js';
export * from './service.js';
export * from './store.js';
