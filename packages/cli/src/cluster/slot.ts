import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '@headgate/core';
import type { Rotation } from './rotation.js';
import type { WorkerProcess } from './worker-process.js';

export interface SlotParts {
  readonly name: string;
  readonly rotation: Rotation;
  readonly log: Logger;
  startProcess(name: string): WorkerProcess;
  /** How long a worker may take for the calls that it has, in milliseconds (`DF_SHUTDOWN_SECONDS`). */
  readonly shutdown: number;
  onReady(): void;
  /** A process ended before it was ready. */
  onStillborn(how: string): void;
}

const CHECK_EVERY = 1_000;
const CHECK_WHILE_STARTING = 50;
/** Checks that must fail one after another before a worker gets no more calls. */
const FALL = 2;
/** How long a successor may take to become ready. */
const LONGEST_START = 120_000;
/** A process that lived longer than this died by accident, and is followed at once; those that die sooner are followed ever later. */
const LONG_LIFE = 10_000;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 10_000;
/** Beyond the time for its calls: to close its pools and its log. */
const CLOSING = 10_000;

/** One of the N places for a worker: always has a process, a new one when it died, and a successor for one that is to go. */
export class Slot {
  readonly #parts: SlotParts;
  #current: WorkerProcess | undefined;
  #successor: WorkerProcess | undefined;
  /** Deaths one soon after another. */
  #deaths = 0;
  /** Processes that are to end. */
  readonly #retired = new Map<WorkerProcess, Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(parts: SlotParts) {
    this.#parts = parts;
  }

  /** The process that has this place. */
  get worker(): WorkerProcess | undefined {
    return this.#current;
  }

  start(): void {
    const worker = this.#spawn();
    this.#current = worker;
    this.#untilReady(worker).then(
      () => this.#admit(worker),
      // Its end is dealt with where all ends are.
      () => {},
    );
  }

  /**
   * A new process takes the place of the present one, which finishes what it has. Rejects, and changes nothing, where the new one does not
   * become ready. Does nothing where a new one is about to come anyway.
   */
  async replace(): Promise<void> {
    const old = this.#current;
    if (this.#isStopping || this.#successor !== undefined || old === undefined || old.hasEnded) return;
    const successor = this.#spawn();
    this.#successor = successor;
    try {
      await this.#untilReady(successor);
    } catch (error) {
      this.#successor = undefined;
      await this.#retire(successor);
      // The old one died meanwhile, and left its place to this one.
      if (this.#current?.hasEnded) this.#followUp();
      throw error;
    }
    this.#successor = undefined;
    this.#current = successor;
    this.#admit(successor);
    await this.#retire(old);
  }

  /** Ends what runs, without a successor. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const worker of [this.#current, this.#successor]) if (worker !== undefined) void this.#retire(worker);
    await Promise.all(this.#retired.values());
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  #spawn(): WorkerProcess {
    const worker = this.#parts.startProcess(this.#parts.name);
    void worker.ended.then((how) => this.#onEnd(worker, how));
    worker.onLeaving(() => {
      this.replace().catch((error: unknown) =>
        this.#parts.log.error(`worker ${this.#parts.name} cannot be replaced`, { error: String(error) }),
      );
    });
    return worker;
  }

  /** From now on it gets calls, for as long as it says that it is ready. */
  #admit(worker: WorkerProcess): void {
    if (this.#isStopping) return;
    worker.wasReady = true;
    this.#parts.rotation.add(worker.target);
    this.#parts.log.info(`worker ${this.#parts.name} takes calls`, { pid: worker.pid });
    this.#parts.onReady();
    void this.#watch(worker);
  }

  async #watch(worker: WorkerProcess): Promise<void> {
    const isOurs = () => !worker.hasEnded && !this.#retired.has(worker);
    for (let failed = 0; isOurs(); ) {
      await wait(CHECK_EVERY, undefined, { ref: false });
      const isReady = isOurs() && (await worker.isReady());
      if (!isOurs()) return;
      failed = isReady ? 0 : failed + 1;
      if (isReady) this.#parts.rotation.add(worker.target);
      else if (failed === FALL) this.#parts.rotation.remove(worker.target);
    }
  }

  #onEnd(worker: WorkerProcess, how: string): void {
    this.#parts.rotation.remove(worker.target);
    if (this.#retired.has(worker)) return;
    const { name, log } = this.#parts;
    log.error(`worker ${name} ended unexpectedly: ${how}`, { pid: worker.pid });
    if (!worker.wasReady) this.#parts.onStillborn(how);
    if (worker === this.#current && this.#successor === undefined) this.#followUp();
  }

  /** A new process after one that died. */
  #followUp(): void {
    const lived = performance.now() - (this.#current?.startedAt ?? 0);
    this.#deaths = lived > LONG_LIFE ? 1 : this.#deaths + 1;
    const pause = this.#deaths === 1 ? 0 : Math.min(FIRST_PAUSE * 2 ** (this.#deaths - 2), LONGEST_PAUSE);
    wait(pause, undefined, { signal: this.#stopping.signal }).then(
      () => this.start(),
      () => {},
    );
  }

  /** No further calls; what it has is finished, then it ends. */
  #retire(worker: WorkerProcess): Promise<void> {
    let retired = this.#retired.get(worker);
    if (retired === undefined) {
      this.#parts.rotation.remove(worker.target);
      retired = this.#end(worker).finally(() => this.#retired.delete(worker));
      this.#retired.set(worker, retired);
    }
    return retired;
  }

  async #end(worker: WorkerProcess): Promise<void> {
    const patience = new AbortController();
    const { signal } = patience;
    await Promise.race([worker.ended, worker.target.untilIdle(), wait(this.#parts.shutdown, undefined, { signal }).catch(() => {})]);
    patience.abort();
    await worker.stop(this.#parts.shutdown + CLOSING);
  }

  async #untilReady(worker: WorkerProcess): Promise<void> {
    const deadline = performance.now() + LONGEST_START;
    await worker.listening;
    while (!(await worker.isReady())) {
      if (worker.hasEnded) throw new Error('it ended before it was ready');
      if (performance.now() > deadline) throw new Error('it did not become ready');
      await wait(CHECK_WHILE_STARTING);
    }
  }
}
