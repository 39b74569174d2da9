import type { Identity } from '@headgate/access';
import type { Caller } from '@headgate/core';
import type { Call } from './call.js';
import type { Received } from './received.js';

/** Finds out who calls. Synchronous where the credentials are known already. */
export function identify(call: Call, received: Received, identity: Identity): Caller | Promise<Caller> {
  return identity.identify(received.credentials, call);
}
