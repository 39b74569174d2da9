import type { Capabilities } from '../dialect/dialect.js';

/** What MySQL and MariaDB both can: one path for the two. MariaDB's RETURNING is not used. */
export const mysqlCapabilities: Capabilities = {
  jsonText: false,
  returning: false,
  arrayParameters: false,
  nullsOrdering: true,
  xor: true,
  schemas: true,
  routines: true,
  failureAbortsTransaction: false,
};
