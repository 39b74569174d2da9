import type { Capabilities } from '../dialect/dialect.js';

export const sqliteCapabilities: Capabilities = {
  jsonText: false,
  returning: true,
  arrayParameters: false,
  nullsOrdering: true,
  xor: true,
  schemas: false,
  routines: false,
  failureAbortsTransaction: false,
};
