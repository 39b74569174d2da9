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
  /** Beyond those, none may join while the one that waits longest has waited for longer than this, in milliseconds. */
  readonly longestMs: number;
}

/**
 * The calls that wait for a connection of one service, first come, first served. The queue is bounded by time rather than by number: how many
 * are too many depends on how quickly connections come free, and how long the first has waited shows just that.
 */
export class WaitingCalls {
  readonly #bounds: WaitingBounds;
  readonly #calls = new Map<WaitingCall, number>();

  constructor(bounds: WaitingBounds) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#calls.size;
  }

  get first(): WaitingCall | undefined {
    return this.#calls.keys().next().value;
  }

  /** Whether one more would wait for nothing but a late refusal. */
  get isFull(): boolean {
    const { most, unquestioned, longestMs } = this.#bounds;
    const { size } = this.#calls;
    if (size < unquestioned) return false;
    return size >= most || performance.now() - this.#calls.values().next().value! > longestMs;
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
      take(connection) {
        settle();
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
    this.#calls.set(call, performance.now());
    return promise;
  }

  refuseAll(error: HeadgateError): void {
    for (const call of [...this.#calls.keys()]) call.refuse(error);
  }
}
