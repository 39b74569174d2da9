import { type CorsPolicy, compileCors } from '@headgate/access';
import type { Logger } from '@headgate/core';
import type { SystemState } from '@headgate/system-db';

/**
 * The CORS policy under a fresh proof, as everything else that a call is answered by; compiled anew when the rules change. Where no proof
 * can be had, the policy that held last: the refusal that follows is to be read by the browser too.
 */
export function currentCors(
  state: Pick<SystemState, 'current' | 'latest' | 'onChange'>,
  extraOrigins: readonly string[],
  log: Logger,
): { readonly current: CorsPolicy | Promise<CorsPolicy> } {
  let rules = state.latest.cors;
  let current = compileCors(rules, extraOrigins, log);
  state.onChange((configuration) => {
    if (configuration.cors === rules) return;
    rules = configuration.cors;
    current = compileCors(rules, extraOrigins, log);
  });
  return {
    get current() {
      const proven = state.current();
      if (!(proven instanceof Promise)) return current;
      const policy = () => current;
      return proven.then(policy, policy);
    },
  };
}
