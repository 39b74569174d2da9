export * from './access-log.js';
export * from './logger.js';
export { redact } from './redact.js';
