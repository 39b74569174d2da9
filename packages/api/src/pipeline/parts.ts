import type { CorsPolicy, Identity } from '@headgate/access';
import type { Logger } from '@headgate/core';
import type { ClientAddresses } from '../request/address.js';
import type { ApiRules } from './api-rules.js';
import type { Recorder } from './record.js';
import type { Room } from './room.js';
import type { Services } from './services.js';

/** What the pipeline needs of the packages below it; `main.ts` fills it with the real ones, tests with small ones. */
export interface PipelineParts {
  readonly rules: ApiRules;
  readonly addresses: ClientAddresses;
  readonly room: Room;
  readonly cors: CorsPolicies;
  /** A bad token is no refusal of `identify`: `authorize` throws it. */
  readonly identity: Identity;
  readonly services: Services;
  readonly recorder: Recorder;
  readonly log: Logger;
}

export interface CorsPolicies {
  /** The policy for a call that has just come; it never rejects. */
  readonly current: CorsPolicy | Promise<CorsPolicy>;
}
