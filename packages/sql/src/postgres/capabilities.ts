import type { Capabilities } from '../dialect/dialect.js';

export const postgresCapabilities: Capabilities = Object.freeze({
  jsonText: true,
  returning: true,
  arrayParameters: true,
  nullsOrdering: true,
  xor: false,
  schemas: true,
  grouping: true,
  routines: true,
  failureAbortsTransaction: true,
});
