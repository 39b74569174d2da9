import type { AccessTarget, CorsPolicy, Identity } from '@headgate/access';
import type { Caller, Logger, Parameters, Service, ServiceResponse } from '@headgate/core';
import type { ClientAddresses } from '../request/address.js';
import type { ApiRules } from './api-rules.js';
import type { Recorder } from './record.js';
import type { Room } from './room.js';

/** What the pipeline needs of the packages below it; `main.ts` fills it with the real ones, tests with small ones. */
export interface PipelineParts {
  readonly rules: ApiRules;
  readonly addresses: ClientAddresses;
  readonly room: Room;
  readonly cors: { readonly current: CorsPolicy };
  /** A bad token is no refusal of `identify`: `authorize` throws it. */
  readonly identity: Identity;
  readonly services: Services;
  readonly recorder: Recorder;
  readonly log: Logger;
}

export interface Services {
  /** The service of this name (lower case) in the configuration that the caller's call works with, or undefined. */
  find(name: string, caller: Caller): FoundService | undefined;
  /** `GET /api/v2` (rest-core.md 1.4). */
  list(caller: Caller, parameters: Parameters): ServiceResponse | Promise<ServiceResponse>;
}

export interface FoundService {
  readonly target: AccessTarget;
  /** The working instance; throws where the service cannot work (a planned type, a broken configuration). */
  open(): Service | Promise<Service>;
}
