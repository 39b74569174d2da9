import type { Logger } from '@headgate/core';
import type { SqlSettings } from './config.js';
import type { EgressPolicy } from './egress/policy.js';
import type { ConnectionBudget } from './source/budget.js';
import type { ServerLimits } from './source/server-limits.js';

/** What the worker gives to all its SQL services; made once at start. */
export interface SqlEnvironment {
  readonly egress: EgressPolicy;
  /** Shared by all services: `new ConnectionBudget(settings.connectionBudget)`. */
  readonly budget: ConnectionBudget;
  /** Where there is one, it warns of pools that are larger than their server. */
  readonly limits?: ServerLimits;
  readonly settings: SqlSettings;
  readonly log: Logger;
  /** Files of Headgate's own, such as its system database: no SQLite service opens them. */
  readonly ownFiles?: readonly string[];
}
