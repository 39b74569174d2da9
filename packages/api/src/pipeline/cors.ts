import type { CorsHeaders, CorsPolicy } from '@headgate/access';
import { refusedOriginHint } from '@headgate/access';
import type { Logger } from '@headgate/core';
import type { Call } from './call.js';
import type { CorsPolicies } from './parts.js';

/** What CORS has to say to a call: headers for its answer, and for a preflight the answer itself. */
export interface CorsOutcome {
  readonly headers: CorsHeaders | undefined;
  /** The status of a preflight's answer: the call ends here. */
  readonly preflight: number | undefined;
}

const NO_CORS: CorsOutcome = Object.freeze({ headers: undefined, preflight: undefined });

/** Comes before everything else, so that every answer to an allowed origin can be read by the browser (rest-core.md 3.9). */
export function cors(call: Call, policies: CorsPolicies, prefix: string, log: Logger): CorsOutcome | Promise<CorsOutcome> {
  const { origin } = call.request.headers;
  const method = call.method === 'OPTIONS' ? call.request.headers['access-control-request-method'] : undefined;
  if (origin === undefined) return method === undefined ? NO_CORS : { headers: undefined, preflight: 405 };
  const judge = (policy: CorsPolicy) => judged(call, policy, { origin, method }, prefix, log);
  const policy = policies.current;
  return policy instanceof Promise ? policy.then(judge) : judge(policy);
}

function judged(
  call: Call,
  policy: CorsPolicy,
  { origin, method }: { readonly origin: string; readonly method: string | undefined },
  prefix: string,
  log: Logger,
): CorsOutcome {
  if (!policy.allows(call.pathname, origin)) reportRefused(call, origin, prefix, log);
  if (method === undefined) return { headers: policy.headers(call.pathname, origin), preflight: undefined };
  const { status, headers } = policy.preflight(call.pathname, {
    origin,
    method,
    headers: call.request.headers['access-control-request-headers'],
  });
  return { headers, preflight: status };
}

/** Pages of this very server send an `Origin` with their writes too, and need no permission. */
function reportRefused(call: Call, origin: string, prefix: string, log: Logger): void {
  const { host } = call.request.headers;
  if (host !== undefined && (origin === `http://${host}` || origin === `https://${host}`)) return;
  log.once(`cors:${origin.slice(0, 200)}`, refusedOriginHint(call.pathname, origin, prefix));
}
