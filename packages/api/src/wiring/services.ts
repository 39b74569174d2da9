import { isIdentified } from '@headgate/access';
import { answer, type Caller } from '@headgate/core';
import type { System } from '@headgate/system';
import type { ServiceRecord, SystemState } from '@headgate/system-db';
import type { FoundService, Services } from '../pipeline/services.js';

/** The services of the system, as the pipeline asks for them: in the configuration that a call started with. */
export function pipelineServices(system: System, state: Pick<SystemState, 'latest'>): Services {
  /** One object a version of a service; it dies with its record. */
  const known = new WeakMap<ServiceRecord, FoundService>();
  const configurationOf = (caller: Caller) => (isIdentified(caller) ? caller.configuration : state.latest);
  return {
    find(name, caller) {
      const record = configurationOf(caller).servicesByName.get(name);
      if (record === undefined) return undefined;
      let found = known.get(record);
      if (found === undefined) {
        found = { target: record, open: () => system.services.open(record) };
        known.set(record, found);
      }
      return found;
    },
    list: (caller, parameters) => answer(system.listServices(caller, parameters, configurationOf(caller))),
  };
}
