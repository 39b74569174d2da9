export type BreakerState = 'closed' | 'open' | 'half-open';

const FAILURES_TO_OPEN = 3;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Stops connecting to a database that does not answer: after some failures in a row it is open for a pause that doubles up to
 * 30 s, then lets one attempt through (half-open), whose outcome closes it or opens it again.
 */
export class Breaker {
  #failures = 0;
  #opened = 0;
  #reopensAt = 0;
  #isProbing = false;

  get state(): BreakerState {
    if (this.#failures < FAILURES_TO_OPEN) return 'closed';
    return performance.now() < this.#reopensAt && !this.#isProbing ? 'open' : 'half-open';
  }

  /** Whether an attempt may be made now. In `half-open` only one is under way at a time. */
  get allows(): boolean {
    return this.#failures < FAILURES_TO_OPEN || (!this.#isProbing && performance.now() >= this.#reopensAt);
  }

  /** Seconds until another attempt is worth making, at least 1. */
  get retryAfter(): number {
    return Math.max(1, Math.ceil((this.#reopensAt - performance.now()) / 1_000));
  }

  attempt(): void {
    if (this.#failures >= FAILURES_TO_OPEN) this.#isProbing = true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#opened = 0;
    this.#isProbing = false;
  }

  failed(): void {
    this.#isProbing = false;
    if (++this.#failures < FAILURES_TO_OPEN) return;
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** this.#opened, LONGEST_PAUSE_MS);
    // Spread over workers, so that they do not all come back at the same moment.
    this.#reopensAt = performance.now() + pause * (0.75 + Math.random() / 4);
    this.#opened = Math.min(this.#opened + 1, 10);
  }
}
