import { define } from './define.js';

/** Errors of what workers share beside the system database. */

export const StoreUnavailable = define(
  {
    reason: 'store_unavailable',
    status: 503,
    when: 'A shared store (cache, counters, lock) does not answer, and the call cannot do without.',
    remedy: 'Try again later; the operator finds the cause in the log.',
  },
  (store: string) => `The shared store '${store}' is not available.`,
);
