import { CallCancelled, type HeadgateError } from '@headgate/core';
import type { Connection } from '../dialect/dialect.js';

/** A call that waits for a connection. */
export interface WaitingCall {
  readonly signal: AbortSignal | undefined;
  take(connection: Connection): void;
  refuse(error: HeadgateError): void;
}

export interface WaitingBounds {
  /** Calls that may wait at all. */
  readonly most: number;
  /** So many always may, however long it takes. */
  readonly unquestioned: number;
  /** Beyond those, none may join who would likely wait for longer than this, in milliseconds. */
  readonly longestMs: number;
}

/** The mean interval in which connections come free is of about so many. */
const REMEMBERED = 32;

/**
 * The calls that wait for a connection of one service, first come, first served. The queue is bounded by time rather than by number: how many
 * are too many depends on how quickly connections come free. What counts is how long who comes now would wait, not how long the first has
 * waited: in a queue that grows quickly the first came when it was short, and tells too late.
 */
export class WaitingCalls {
  readonly #bounds: WaitingBounds;
  readonly #calls = new Set<WaitingCall>();
  /** Milliseconds from one call that got a connection to the next, while others waited. */
  #meanInterval = 0;
  #intervals = 0;
  /** When a call last got a connection, or the first began to wait. */
  #lastProgress = 0;
  /** Whether nobody got a connection since the first began to wait: how long that takes says nothing of the next ones, as where connections are made first. */
  #isFirstToCome = true;

  constructor(bounds: WaitingBounds) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#calls.size;
  }

  get first(): WaitingCall | undefined {
    return this.#calls.values().next().value;
  }

  /** Whether one more would wait for nothing but a late refusal. */
  get isFull(): boolean {
    const { most, unquestioned, longestMs } = this.#bounds;
    const { size } = this.#calls;
    if (size < unquestioned) return false;
    return size >= most || (size + 1) * this.#meanInterval > longestMs || performance.now() - this.#lastProgress > longestMs;
  }

  /** Waits until the call is given a connection, is refused, is cancelled or has waited for `timeoutMs`: then it is refused with `late()`. */
  wait(signal: AbortSignal | undefined, timeoutMs: number, late: () => HeadgateError): Promise<Connection> {
    const { promise, resolve, reject } = Promise.withResolvers<Connection>();
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      this.#calls.delete(call);
    };
    const call: WaitingCall = {
      signal,
      take: (connection) => {
        settle();
        this.#progress();
        resolve(connection);
      },
      refuse(error) {
        settle();
        reject(error);
      },
    };
    const onAbort = () => call.refuse(CallCancelled());
    const timer = setTimeout(() => call.refuse(late()), timeoutMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (this.#calls.size === 0) {
      this.#lastProgress = performance.now();
      this.#isFirstToCome = true;
    }
    this.#calls.add(call);
    return promise;
  }

  refuseAll(error: HeadgateError): void {
    for (const call of [...this.#calls]) call.refuse(error);
  }

  #progress(): void {
    const now = performance.now();
    if (!this.#isFirstToCome) {
      this.#intervals = Math.min(this.#intervals + 1, REMEMBERED);
      this.#meanInterval += (now - this.#lastProgress - this.#meanInterval) / this.#intervals;
    }
    this.#isFirstToCome = false;
    this.#lastProgress = now;
  }
}
