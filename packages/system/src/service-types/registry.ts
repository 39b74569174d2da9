import type { ServiceType } from '@headgate/core';
import type { ServiceTypeInfo } from '@headgate/system-db';
import { apiDocsServiceType, systemServiceType, userServiceType } from './built-in.js';
import { neverServiceTypes } from './never.js';
import { plannedServiceTypes } from './planned/index.js';

/** Every type of service that this installation knows, those that only have a form so far included (system-service.md 3). */
export interface ServiceTypeRegistry {
  find(name: string): ServiceType | undefined;
  /** Sorted by name, in natural order. */
  readonly all: readonly ServiceType[];
  /** How configurations of a type are stored: what the system database asks when it reads them. */
  readonly configOf: (name: string) => ServiceTypeInfo | undefined;
}

/** Registers the types that work and, beside them, the planned ones of the same catalogue; a name that works hides the plan for it. */
export function createServiceTypes(types: readonly ServiceType[]): ServiceTypeRegistry {
  const byName = new Map<string, ServiceType>();
  for (const type of [...plannedServiceTypes, systemServiceType, userServiceType, apiDocsServiceType, ...types]) {
    if (neverServiceTypes.some((never) => never.name === type.name))
      throw new Error(`the service type ${type.name} is listed as never served`);
    byName.set(type.name, type);
  }
  const order = new Intl.Collator('en', { numeric: true });
  const all = Object.freeze([...byName.values()].sort((left, right) => order.compare(left.name, right.name)));
  return { all, find: (name) => byName.get(name), configOf: (name) => byName.get(name) };
}
