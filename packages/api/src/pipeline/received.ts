import type { Credentials } from '@headgate/access';
import type { Parameters, RequestBody, Verb } from '@headgate/core';
import type { Route } from '../request/route.js';

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
