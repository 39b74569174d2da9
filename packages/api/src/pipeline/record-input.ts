import type { Caller } from '@headgate/core';
import type { Authorized } from './authorize.js';
import type { Call } from './call.js';
import type { Received } from './received.js';
import type { Sent } from './respond.js';

/** What is to be recorded of a call that has ended. */
export interface RecordInput {
  readonly call: Call;
  readonly received: Received | undefined;
  readonly caller: Caller | undefined;
  readonly authorized: Authorized | undefined;
  readonly sent: Sent;
}
