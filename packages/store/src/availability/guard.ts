import { type Logger, StoreUnavailable } from '@headgate/core';
import type { Health, StoreTrouble } from './health.js';

/** No command waits longer for a store, in milliseconds: calls stand behind it. */
export const DEADLINE = 250;
/** After so many failures in a row a store is not asked any more but by one probe a second. */
const FAILURES_TO_OPEN = 5;
const PROBE_EVERY = 1000;
/** While a store is away it is logged this often, in milliseconds. */
const LOG_EVERY = 10_000;

export interface GuardOptions {
  /** What the store is used for and what it is, as logged. */
  readonly store: string;
  readonly driver: string;
  readonly log: Logger;
  readonly troubleOf: (error: unknown) => StoreTrouble;
  /** Whether the error is an answer: what refuses one command does not make the others wait. */
  readonly isAnswer?: (error: unknown) => boolean;
  /** Called when a probe of a store that is away ran out of time: the connection may be dead without a sign. */
  readonly onSilence?: () => void;
  readonly deadlineMs?: number;
}

/** Stands before every command of a store that may fail: bounds its time, answers at once while the store is away, and knows how it fares. */
export class Guard {
  readonly #options: GuardOptions;
  #health: Health = { state: 'connecting', since: new Date().toISOString(), lastError: null, lastErrorAt: null };
  #failures = 0;
  #probedAt = Number.NEGATIVE_INFINITY;
  #loggedAt = Number.NEGATIVE_INFINITY;

  constructor(options: GuardOptions) {
    this.#options = options;
  }

  get health(): Health {
    return this.#health;
  }

  /**
   * Rejects with `StoreUnavailable` alone. Where it does, whether the command was carried out is unknown. `deadlineMs`: for what no call stands
   * behind.
   */
  async run<T>(command: () => Promise<T>, deadlineMs = this.#options.deadlineMs ?? DEADLINE): Promise<T> {
    const isOpen = this.#failures >= FAILURES_TO_OPEN;
    if (isOpen) {
      const now = performance.now();
      if (now - this.#probedAt < PROBE_EVERY) throw this.#unavailable(this.#health.lastError ?? 'failed');
      this.#probedAt = now;
    }
    try {
      const answer = await within(deadlineMs, command());
      this.succeeded();
      return answer;
    } catch (error) {
      const trouble = error instanceof DeadlinePassed ? 'timeout' : this.#options.troubleOf(error);
      const isAnswer = this.#options.isAnswer?.(error) ?? false;
      if (!isAnswer) this.#failures++;
      this.failed(trouble);
      if (isOpen && trouble === 'timeout') this.#options.onSilence?.();
      throw this.#unavailable(trouble);
    }
  }

  succeeded(): void {
    this.#failures = 0;
    if (this.#health.state === 'connected') return;
    if (this.#health.state === 'failing') {
      // Whoever read that it is away has to read this.
      this.#options.log.warn('a store answers again', { store: this.#options.store, driver: this.#options.driver });
      this.#loggedAt = Number.NEGATIVE_INFINITY;
    }
    this.#health = { ...this.#health, state: 'connected', since: new Date().toISOString() };
  }

  failed(trouble: StoreTrouble): void {
    const at = new Date().toISOString();
    const since = this.#health.state === 'failing' ? this.#health.since : at;
    this.#health = { state: 'failing', since, lastError: trouble, lastErrorAt: at };
    const now = performance.now();
    if (now - this.#loggedAt < LOG_EVERY) return;
    this.#loggedAt = now;
    this.#options.log.warn('a store does not answer', { store: this.#options.store, driver: this.#options.driver, problem: trouble });
  }

  #unavailable(trouble: StoreTrouble) {
    return StoreUnavailable(this.#options.store).withDetail(`${this.#options.driver}: ${trouble}`).withRetryAfter(5);
  }
}

class DeadlinePassed extends Error {}

function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new DeadlinePassed()), milliseconds);
    work.then(
      (answer) => {
        clearTimeout(timer);
        resolve(answer);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
