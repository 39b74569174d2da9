import type { Envelope } from '@headgate/core';

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
