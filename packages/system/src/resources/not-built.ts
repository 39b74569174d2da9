import type { ServiceRequest, ServiceResponse } from '@headgate/core';
import { answerList, isTruthy, NotImplemented } from '@headgate/core';

/** Resources of the contract that this version does not have; they are not listed. */
const NOT_BUILT: ReadonlySet<string> = new Set([
  'limit',
  'limit_cache',
  'event_script',
  'script_type',
  'scheduler',
  'service_report',
  'package',
  'config_package',
  'import',
]);

/** The admin app reads these lists on pages that have nothing to do with them: an error would end the page (admin-ui-calls.md 12). */
const EMPTY_LISTS: ReadonlySet<string> = new Set(['event_script']);

/** What such a resource answers; undefined for names that the contract does not know either. */
export function answerNotBuilt(request: ServiceRequest, name: string, path: readonly string[]): ServiceResponse | undefined {
  if (!NOT_BUILT.has(name)) return undefined;
  if (EMPTY_LISTS.has(name) && request.verb === 'GET' && path.length === 0) {
    return answerList([], isTruthy(request.parameters.get('include_count')) ? { count: 0 } : undefined);
  }
  throw NotImplemented(`The resource 'system/${name}' is not implemented in this version.`);
}
