import type { ConfigField, ConfigStorage } from '@headgate/core';

/** What of a service type says how its configurations are stored. */
export interface ServiceTypeInfo {
  readonly storage: ConfigStorage;
  readonly fields: readonly ConfigField[];
}

export type ConfigOf = (type: string) => ServiceTypeInfo | undefined;
