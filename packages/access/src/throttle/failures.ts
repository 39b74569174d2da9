/** How many failures are free and how the delay grows after them: it doubles, up to a bound. */
export interface DelayRule {
  readonly free: number;
  readonly firstDelay: number;
  readonly longestDelay: number;
  /** Milliseconds without a failure after which all is forgotten. */
  readonly forgetAfter: number;
}

interface Count {
  failures: number;
  /** Attempts whose outcome is open. */
  pending: number;
  last: number;
  blockedUntil: number;
}

/** So many attempts may be under way for a key that has not failed yet: parallel guesses must not slip through before the first fails. */
const MOST_PENDING = 50;

/** Failures by key, in bounded memory: the key that was touched longest ago goes first. Times in milliseconds. */
export class Failures {
  readonly #counts = new Map<string, Count>();
  readonly #rule: DelayRule;
  readonly #limit: number;

  constructor(rule: DelayRule, limit: number) {
    this.#rule = rule;
    this.#limit = limit;
  }

  /** Milliseconds until the key may try again; 0 when it may now. */
  wait(key: string, now: number): number {
    const count = this.#counts.get(key);
    if (count === undefined) return 0;
    if (count.pending === 0 && now - count.last > this.#rule.forgetAfter) {
      this.#counts.delete(key);
      return 0;
    }
    const free = count.failures === 0 ? Math.max(this.#rule.free, MOST_PENDING) : this.#rule.free;
    // Beyond the free ones, one attempt at a time.
    if (count.failures + count.pending >= free && count.pending > 0) return Math.max(this.#rule.firstDelay, count.blockedUntil - now);
    return Math.max(0, count.blockedUntil - now);
  }

  begin(key: string, now: number): void {
    const count = this.#counts.get(key) ?? { failures: 0, pending: 0, last: now, blockedUntil: 0 };
    count.pending++;
    this.#counts.delete(key);
    if (this.#counts.size >= this.#limit) {
      const oldest = this.#counts.keys().next();
      if (!oldest.done) this.#counts.delete(oldest.value);
    }
    this.#counts.set(key, count);
  }

  end(key: string, outcome: 'failed' | 'succeeded' | 'neutral', now: number): void {
    const count = this.#counts.get(key);
    if (count === undefined) return;
    count.pending = Math.max(0, count.pending - 1);
    if (outcome === 'failed') {
      count.failures++;
      count.last = now;
      const beyond = count.failures - this.#rule.free;
      if (beyond >= 0) count.blockedUntil = now + Math.min(this.#rule.longestDelay, this.#rule.firstDelay * 2 ** Math.min(beyond, 30));
    } else if (count.failures === 0 && count.pending === 0) {
      this.#counts.delete(key);
    }
  }

  forget(key: string): void {
    this.#counts.delete(key);
  }

  get size(): number {
    return this.#counts.size;
  }
}
