import type { ServiceResponse } from '@headgate/core';
import { HeadgateError, InternalError } from '@headgate/core';
import { ClientGone } from './call.js';

/** How a call ended, before it is put into HTTP. */
export type Outcome =
  | { readonly kind: 'answer'; readonly response: ServiceResponse }
  /** `cause` is what was thrown where that is none of the catalogue: for the log alone. */
  | { readonly kind: 'refusal'; readonly error: HeadgateError; readonly cause: unknown }
  /** A preflight, or OPTIONS: a status and headers. */
  | { readonly kind: 'options'; readonly status: number }
  /** Nobody is there to answer. */
  | { readonly kind: 'gone' };

/** What a thrown thing means for the client. */
export function refusal(thrown: unknown): Outcome {
  if (thrown instanceof ClientGone) return { kind: 'gone' };
  if (thrown instanceof HeadgateError) return { kind: 'refusal', error: thrown, cause: undefined };
  return { kind: 'refusal', error: InternalError(), cause: thrown };
}
