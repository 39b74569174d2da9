import { COMMON_OPTIONS, nearest, type ServiceRequest, UnknownParameter } from '@headgate/core';
import type { TableContext } from '../table-context.js';

const KNOWN = new Set(COMMON_OPTIONS);
const LONGEST_NAME_SHOWN = 100;

/** Looks for parameters that nothing reads: refused where the call asked for strict handling, else told to the log once a service. */
export function checkParameters(request: ServiceRequest, { definition, log }: Pick<TableContext, 'definition' | 'log'>): void {
  for (const sent of request.parameters.names()) {
    if (KNOWN.has(sent)) continue;
    const name = sent.slice(0, LONGEST_NAME_SHOWN);
    if (request.strict) {
      const known = nearest(sent, COMMON_OPTIONS);
      throw UnknownParameter(name).withHint(known === undefined ? undefined : `Did you mean '${known}'?`);
    }
    log.once(`parameter:${definition.name}:${name}`, `nothing reads the parameter '${name}'`, { service: definition.name });
  }
}
