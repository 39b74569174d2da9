import type { AccessTarget, CorsPolicy, Credentials, Identity } from '@headgate/access';
import type { Caller, Envelope, Logger, Parameters, RequestBody, Service, ServiceResponse, Verb } from '@headgate/core';
import type { ClientAddresses } from '../request/address.js';
import type { Route } from '../request/route.js';
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

/** Settings of the wire format. */
export interface ApiRules {
  /** `/api`. */
  readonly prefix: string;
  readonly envelope: Envelope;
  /** `DF_CONTENT_TYPE`: the format where the call asks for none. */
  readonly contentType: string;
  readonly xmlRoot: string;
  /** `DF_MAX_BODY`, bytes. */
  readonly maxBody: number;
  /** `APP_DEBUG`: adds `error.trace` and `Server-Timing`. */
  readonly debug: boolean;
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

/** What `receive` makes of an exchange. */
export interface Received {
  readonly route: Route;
  readonly verb: Verb;
  readonly parameters: Parameters;
  readonly credentials: Credentials;
  readonly body: RequestBody;
  /** `Prefer: handling=strict`. */
  readonly strict: boolean;
  readonly address: string;
  /** The header `wrap` (rest-core.md 2.5). */
  readonly wrapHeader: string | undefined;
}
