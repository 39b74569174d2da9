import type { Identity } from '@headgate/access';
import type { Caller } from '@headgate/core';
import type { Received } from './received.js';

/** Finds out who calls. Synchronous where the credentials are known already. */
export function identify(received: Received, identity: Identity): Caller | Promise<Caller> {
  return identity.identify(received.credentials);
}
