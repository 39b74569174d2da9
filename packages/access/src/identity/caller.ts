import type { Caller, HeadgateError } from '@headgate/core';
import type { Configuration, UserRecord } from '@headgate/system-db';
import type { SessionClaims } from '../tokens/claims.js';

/** Who calls, as `identify` found out; `authorize` and the sign-on resources read more of it than services may. */
export interface IdentifiedCaller extends Caller {
  /** What the whole call works with, whatever changes meanwhile. */
  readonly configuration: Configuration;
  /** What is wrong with the session token; thrown by `authorize`, also for public calls (rest-core.md 3.8 rows 1 to 3). */
  readonly tokenProblem: HeadgateError | undefined;
  /** Of the verified session token. */
  readonly claims: SessionClaims | undefined;
  readonly userRecord: UserRecord | undefined;
}

export function isIdentified(caller: Caller): caller is IdentifiedCaller {
  return 'configuration' in caller;
}
