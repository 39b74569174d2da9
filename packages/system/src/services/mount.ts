import type { SystemResource } from '@headgate/core';

/** A resource as a service mounts it, with the verbs that it fires events for. */
export interface Mount {
  readonly resource: SystemResource;
  readonly verbs: readonly string[];
  /** Records below it, as API documents name their identifier: `id`. */
  readonly member?: string;
}
