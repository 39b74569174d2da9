import type { Logger } from '@headgate/core';
import { type ChangeNumber, isSame } from './change-number.js';
import { acknowledgedIn } from './hints.js';
import { Silence } from './silence.js';
import type { Acknowledgement, WorkerRegistry } from './worker-registry.js';

/** Milliseconds after a commit when no worker has an older proof left (proofs hold for 500), whether it acknowledged or not. */
export const NO_OLDER_PROOF = 600;
/** Milliseconds between two looks where no hint says that there is something to see. */
const LOOK_AGAIN = 20;

/** More than any cluster has workers. */
const MOST_TOLD = 1_000;

/** What a look found, and when it was sent, on the monotonic clock. */
interface Look {
  readonly asked: number;
  readonly workers: readonly Acknowledgement[];
}

interface Waiter {
  readonly change: ChangeNumber;
  readonly committedAt: number;
  readonly timer: NodeJS.Timeout;
  done(): void;
}

/**
 * Waits until changes hold in the other workers: until each that was registered after the commit has acknowledged the change or a later
 * one. All who wait share the looks; acknowledgements are cumulative.
 */
export class Elsewhere {
  readonly #registry: WorkerRegistry;
  readonly #log: Logger;
  readonly #own = new Set<string>();
  readonly #silence = new Silence();
  readonly #waiters = new Set<Waiter>();
  /** The last change that is known to hold everywhere. */
  #settled: ChangeNumber | undefined;
  #last: Look | undefined;
  /** Workers whose acknowledgement the last look missed. */
  readonly #missing = new Set<string>();
  /** What workers say to have acknowledged, until a look has seen to it. */
  readonly #told = new Map<string, number>();
  #looking: Promise<void> | undefined;
  #lookAfter: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(registry: WorkerRegistry, log: Logger) {
    this.#registry = registry;
    this.#log = log;
  }

  /** Workers of this process: who waits here sees to those by itself. */
  get own(): Set<string> {
    return this.#own;
  }

  /** Something was just committed that others may have to learn: looks at once who there is, while its number is still being found. */
  lookAhead(): void {
    void this.lookFromNow();
  }

  /** Resolves when `change` holds in every other worker, at the latest 600 ms after `committedAt` (monotonic clock). */
  async until(change: ChangeNumber, committedAt: number): Promise<void> {
    if (change.number === 0 || isSame(this.#settled, change)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = () => {
      this.#waiters.delete(waiter);
      resolve();
    };
    const timer = setTimeout(end, Math.max(0, committedAt + NO_OLDER_PROOF - performance.now()));
    const waiter: Waiter = {
      change,
      committedAt,
      timer,
      done: () => {
        clearTimeout(timer);
        end();
      },
    };
    this.#waiters.add(waiter);
    if (this.#last && this.#last.asked >= committedAt) this.#settle(this.#last);
    else this.lookAhead();
    this.#lookAgain();
    await promise;
  }

  /** Resolves 600 ms after a commit of which nothing more is known. */
  async longest(committedAt: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, committedAt + NO_OLDER_PROOF - performance.now())));
  }

  /** A worker says that it has acknowledged something: looks once all that were missing have said so. */
  hear(message: string): void {
    const told = acknowledgedIn(message);
    if (told === undefined) return;
    if (this.#told.size > MOST_TOLD) this.#told.clear();
    this.#told.set(told.id, told.number);
    this.#lookIfAllTold();
  }

  /** A look that is sent from now on: one under way may have read before what just happened. */
  lookFromNow(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    if (!this.#looking) return this.#lookNow();
    this.#lookAfter ??= this.#looking.then(() => {
      this.#lookAfter = undefined;
      return this.#lookNow();
    });
    return this.#lookAfter;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const waiter of [...this.#waiters]) waiter.done();
  }

  #lookNow(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
      this.#lookAgain();
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      const asked = performance.now();
      const workers = await this.#registry.acknowledgements();
      for (const silent of this.#silence.gone(workers, asked)) {
        if (this.#own.has(silent.id)) continue;
        await this.#registry.remove(silent.id, silent.beats);
        this.#log.warn('a worker has been silent for 15 seconds: nobody waits for it any more', { worker: silent.id });
      }
      this.#last = { asked, workers };
      this.#settle(this.#last);
    } catch (error) {
      this.#log.debug('the acknowledgements of the other workers cannot be read', {
        error: error instanceof Error ? error.message : String(error),
      });
    }
  }

  #lookAgain(): void {
    clearTimeout(this.#timer);
    if (this.#waiters.size === 0 || this.#closed) return;
    this.#timer = setTimeout(() => this.lookAhead(), LOOK_AGAIN);
  }

  /** Ends the wait of those whose change was committed before the look and is acknowledged by all whom it found. */
  #settle({ asked, workers }: Look): void {
    const others = workers.filter((worker) => !this.#own.has(worker.id));
    const everywhere = Math.min(...others.map((worker) => worker.acknowledged), Number.POSITIVE_INFINITY);
    let settled: ChangeNumber | undefined;
    for (const waiter of [...this.#waiters]) {
      if (asked < waiter.committedAt || waiter.change.number > everywhere) continue;
      if (!settled || settled.number < waiter.change.number) settled = waiter.change;
      waiter.done();
    }
    if (settled) this.#settled = settled;
    this.#missing.clear();
    const wanted = this.#nextWanted();
    for (const worker of others) if (worker.acknowledged < wanted) this.#missing.add(worker.id);
    this.#lookIfAllTold();
  }

  #nextWanted(): number {
    return Math.min(...[...this.#waiters].map((waiter) => waiter.change.number), Number.POSITIVE_INFINITY);
  }

  #lookIfAllTold(): void {
    if (this.#waiters.size === 0 || this.#missing.size === 0) return;
    const wanted = this.#nextWanted();
    for (const id of this.#missing) if ((this.#told.get(id) ?? 0) < wanted) return;
    // Each word is good for one look: it may not be true.
    for (const id of this.#missing) this.#told.delete(id);
    this.#missing.clear();
    this.lookAhead();
  }
}
