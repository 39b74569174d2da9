import { Overloaded } from '@headgate/core';

/** Lets a bounded number of tasks run at once and a bounded number wait; throws `Overloaded` beyond. */
export class Semaphore {
  readonly #concurrency: number;
  readonly #longestQueue: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(concurrency: number, longestQueue: number) {
    this.#concurrency = concurrency;
    this.#longestQueue = longestQueue;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#concurrency) {
      if (this.#waiting.length >= this.#longestQueue) throw Overloaded().withRetryAfter(2);
      // The task that ends hands its place over, so that `#running` stays as it is.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running++;
    }
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
