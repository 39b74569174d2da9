import type { AccessTarget } from '@headgate/access';
import type { Caller, Parameters, Service, ServiceResponse } from '@headgate/core';

/** The services of an installation, as the pipeline asks for them. */
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
