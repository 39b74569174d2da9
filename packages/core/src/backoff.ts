import type { HeadgateError } from './errors/define.js';

/** `Retry-After` starts at one second and doubles for every such time (ms) of continued refusals, up to `LONGEST` seconds. */
const DOUBLING = 5_000;
const LONGEST = 60;
const JITTER = 0.25;

const HINT = 'Wait as long as Retry-After says, then retry with exponential backoff.';

/** Tells refused clients how long to wait: the longer it goes on the longer, and not all of them the same (operations.md 7.5). */
export class Backoff {
  #since: number | undefined;
  #last = 0;

  /** Seconds, a whole number. After 5 s without a refusal it starts anew. */
  seconds(): number {
    const now = performance.now();
    if (this.#since === undefined || now - this.#last > DOUBLING) this.#since = now;
    this.#last = now;
    const seconds = Math.min(LONGEST, 2 ** Math.floor((now - this.#since) / DOUBLING));
    return Math.min(LONGEST, Math.round(seconds * (1 + Math.random() * JITTER)));
  }

  /** The refusal with all that its client has to know. */
  advise(refusal: HeadgateError): HeadgateError {
    const seconds = this.seconds();
    return refusal.withRetryAfter(seconds).withContext({ retry_after: seconds, backoff: 'exponential' }).withHint(HINT);
  }
}
