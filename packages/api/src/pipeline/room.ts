import type { HeadgateError } from '@headgate/core';
import { Overloaded } from '@headgate/core';

/** Above this share of the room only administrators are let in. */
const SOFT_SHARE = 0.9;
/** `Retry-After` starts at one second and doubles for every such time (ms) of continued overload, up to `LONGEST` seconds. */
const DOUBLING = 5_000;
const LONGEST = 60;
const JITTER = 0.25;

/** How many calls are at work, and whether one more may come. */
export class Room {
  readonly #hard: number;
  readonly #soft: number;
  #inside = 0;
  #refused = 0;
  #overloadedSince: number | undefined;
  #lastRefusal = 0;
  #draining = false;
  #closed = false;

  /** `capacity`: `DF_MAX_INFLIGHT`. */
  constructor(capacity: number) {
    this.#hard = capacity;
    this.#soft = Math.max(1, Math.floor(capacity * SOFT_SHARE));
  }

  get inside(): number {
    return this.#inside;
  }

  get refused(): number {
    return this.#refused;
  }

  /** Whether the worker is about to stop: it still serves, but tells so. */
  get isDraining(): boolean {
    return this.#draining;
  }

  /** Takes a place, which `leave` gives back; throws `Overloaded` where there is none. */
  enter(): void {
    if (this.#closed || this.#inside >= this.#hard) throw this.#refusal();
    this.#inside++;
  }

  leave(): void {
    this.#inside--;
  }

  /** Refuses a call that is no administrator's when the room is nearly full. */
  checkPriority(isAdmin: boolean): void {
    if (this.#inside > this.#soft && !isAdmin) throw this.#refusal();
  }

  drain(): void {
    this.#draining = true;
  }

  /** Lets nobody in any more. */
  shut(): void {
    this.#draining = true;
    this.#closed = true;
  }

  #refusal(): HeadgateError {
    const now = performance.now();
    this.#refused++;
    if (this.#overloadedSince === undefined || now - this.#lastRefusal > DOUBLING) this.#overloadedSince = now;
    this.#lastRefusal = now;
    const seconds = Math.min(LONGEST, 2 ** Math.floor((now - this.#overloadedSince) / DOUBLING));
    const retryAfter = Math.ceil(seconds * (1 + Math.random() * JITTER));
    return Overloaded()
      .withRetryAfter(retryAfter)
      .withContext({ retry_after: retryAfter, backoff: 'exponential' })
      .withHint('Wait as long as Retry-After says, then retry with exponential backoff.');
  }
}
