import type { ServiceRequest, ServiceResponse, Verb } from '@headgate/core';
import { answerList, isTruthy, NotImplemented, UnsupportedVerb } from '@headgate/core';

/** Resources of the contract that this version does not have, with the verbs that the contract gives them; they are not listed. */
const NOT_BUILT: ReadonlyMap<string, readonly Verb[]> = new Map([
  ['limit', ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']],
  ['limit_cache', ['GET', 'DELETE']],
  ['event_script', ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']],
  ['script_type', ['GET']],
  ['scheduler', ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']],
  ['service_report', ['GET']],
  ['package', ['GET', 'POST']],
  ['config_package', ['GET', 'POST']],
  ['import', ['POST']],
]);

/** The admin app reads these lists on pages that have nothing to do with them: an error would end the page (admin-ui-calls.md 12). */
const EMPTY_LISTS: ReadonlySet<string> = new Set(['event_script']);

/** What such a resource answers; undefined for names that the contract does not know either. */
export function answerNotBuilt(request: ServiceRequest, name: string, path: readonly string[]): ServiceResponse | undefined {
  const verbs = NOT_BUILT.get(name);
  if (verbs === undefined) return undefined;
  if (!verbs.includes(request.verb)) throw UnsupportedVerb(request.verb, name, path.join('/'));
  if (EMPTY_LISTS.has(name) && request.verb === 'GET' && path.length === 0) {
    return answerList([], isTruthy(request.parameters.get('include_count')) ? { count: 0 } : undefined);
  }
  throw NotImplemented(`The resource 'system/${name}' is not implemented in this version.`);
}
