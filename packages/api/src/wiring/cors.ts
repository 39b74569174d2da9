import { type CorsPolicy, compileCors } from '@headgate/access';
import type { Logger } from '@headgate/core';
import type { SystemState } from '@headgate/system-db';

/** The CORS policy of the configuration at hand; compiled anew when the rules change. */
export function currentCors(
  state: Pick<SystemState, 'latest' | 'onChange'>,
  extraOrigins: readonly string[],
  log: Logger,
): { readonly current: CorsPolicy } {
  let rules = state.latest.cors;
  let current = compileCors(rules, extraOrigins, log);
  state.onChange((configuration) => {
    if (configuration.cors === rules) return;
    rules = configuration.cors;
    current = compileCors(rules, extraOrigins, log);
  });
  return {
    get current() {
      return current;
    },
  };
}
