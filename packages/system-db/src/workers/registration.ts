import type { JsonObject, Logger } from '@headgate/core';
import type { WorkerIdentity } from './member.js';
import type { WorkerRegistry } from './worker-registry.js';

export interface RegistrationOptions {
  readonly identity: WorkerIdentity;
  /** What the worker says of itself with each sign of life. */
  readonly report: (() => JsonObject) | undefined;
  readonly log: Logger;
  /** Milliseconds between two signs of life; 5000 without. */
  readonly beatMs?: number | undefined;
}

const BEAT = 5_000;
/** After one that failed. */
const BEAT_AGAIN = 1_000;
/** Less than what others wait before they remove a silent worker, by more than clocks drift apart in that time. */
const REGISTERED_FOR = 14_000;
const MAX_REPORT = 256 * 1024;

/**
 * The row by which others know that this worker answers from memory and must acknowledge their changes. Whoever is not sure to have one
 * must not answer: nobody would wait for it.
 */
export class Registration {
  readonly #registry: WorkerRegistry;
  readonly #options: RegistrationOptions;
  #beats = 0;
  /** When the last sign of life that reached the row was sent, on the monotonic clock. */
  #confirmedAt = Number.NEGATIVE_INFINITY;
  #doubtedAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> | undefined;
  #closed = false;

  constructor(registry: WorkerRegistry, options: RegistrationOptions) {
    this.#registry = registry;
    this.#options = options;
  }

  get id(): string {
    return this.#options.identity.id;
  }

  /** Whether others are sure to wait for this worker. */
  get holds(): boolean {
    return performance.now() - this.#confirmedAt < REGISTERED_FOR;
  }

  /** Makes sure of the row. False where it was not there (any more): everything older than this is then to be forgotten. */
  async confirm(): Promise<boolean> {
    const asked = performance.now();
    if (this.#beats > 0 && (await this.#registry.beat(this.id, ++this.#beats, this.#report()))) {
      this.#isThere(asked);
      return true;
    }
    const isNew = this.#beats === 0;
    const registering = performance.now();
    await this.#registry.register(this.#options.identity, ++this.#beats);
    this.#isThere(registering);
    if (!isNew) this.#options.log.warn('this worker was taken for gone: it has registered anew and loads everything');
    return false;
  }

  /** The row is gone, or nothing is known of it: `confirm` before the next answer. */
  doubt(): void {
    this.#doubtedAt = performance.now();
    this.#confirmedAt = Number.NEGATIVE_INFINITY;
  }

  /** Gives signs of life from now on; `after` is called after each that arrived. */
  keep(after: () => Promise<void>): void {
    const again = (milliseconds: number) => {
      if (this.#closed) return;
      this.#timer = setTimeout(() => {
        this.#beating = this.#beat(after).then((arrived) => again(arrived ? (this.#options.beatMs ?? BEAT) : BEAT_AGAIN));
      }, milliseconds);
      this.#timer.unref();
    };
    // The first at once: it brings the first report.
    again(0);
  }

  /** Takes the row away, so that nobody waits for this worker. To be called when it answers nothing from memory any more. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#beating;
    this.doubt();
    await this.#registry.remove(this.id).catch((error: unknown) => {
      this.#options.log.debug('the row of this worker could not be removed', {
        error: error instanceof Error ? error.message : String(error),
      });
    });
  }

  async #beat(after: () => Promise<void>): Promise<boolean> {
    try {
      const asked = performance.now();
      if (await this.#registry.beat(this.id, ++this.#beats, this.#report())) this.#isThere(asked);
      else this.doubt();
      await after();
      return true;
    } catch (error) {
      this.#options.log.debug('a sign of life did not reach the system database', {
        error: error instanceof Error ? error.message : String(error),
      });
      return false;
    }
  }

  /** A statement sent at `asked` has found the row. */
  #isThere(asked: number): void {
    if (asked >= this.#doubtedAt && asked > this.#confirmedAt) this.#confirmedAt = asked;
  }

  #report(): string | undefined {
    try {
      const report = JSON.stringify(this.#options.report?.() ?? {});
      return report.length > MAX_REPORT ? undefined : report;
    } catch (error) {
      this.#options.log.once('worker report', 'the report of this worker could not be made', {
        error: error instanceof Error ? error.message : String(error),
      });
      return undefined;
    }
  }
}
