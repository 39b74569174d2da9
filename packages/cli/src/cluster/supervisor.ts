import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { Logger } from '@headgate/core';
import type { MetricSnapshot } from '@headgate/metrics';
import type { Rotation } from './rotation.js';
import { Slot } from './slot.js';
import { type WorkerCommand, WorkerProcess } from './worker-process.js';

export interface SupervisorOptions {
  readonly workers: number;
  readonly command: WorkerCommand;
  readonly rotation: Rotation;
  readonly log: Logger;
  /** `DF_SHUTDOWN_SECONDS`, in milliseconds. */
  readonly shutdown: number;
  /** What a worker process is given beside its calls; called for each, before it runs. */
  onProcess(worker: WorkerProcess): void;
}

/** Keeps N worker processes running. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #slots: Slot[];
  /** The sockets of the workers; only this user may enter it. */
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'headgate-cluster-'));
  readonly #removeFolder = () => rmSync(this.#folder, { recursive: true, force: true });
  readonly #ready = Promise.withResolvers<void>();
  #started = 0;
  #stillborn = 0;
  #hasBeenReady = false;
  #rolling: Promise<void> | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    const { rotation, log, shutdown } = options;
    // Also where this process is ended without waiting for its workers.
    process.once('exit', this.#removeFolder);
    this.#slots = Array.from(
      { length: options.workers },
      (_, index) =>
        new Slot({
          name: String(index + 1),
          rotation,
          log,
          shutdown,
          startProcess: (name) => this.#startProcess(name),
          onReady: () => this.#onReady(),
          onStillborn: (how) => this.#onStillborn(how),
        }),
    );
  }

  /** Starts the workers. Resolves when the first is ready; rejects when as many as there should be ended before any was. */
  async start(): Promise<void> {
    for (const slot of this.#slots) slot.start();
    await this.#ready.promise;
  }

  /** Replaces the workers one by one, each when its successor is ready. Stops at the first that does not become so; the rest stay as they are. */
  roll(): Promise<void> {
    this.#rolling ??= this.#roll().finally(() => {
      this.#rolling = undefined;
    });
    return this.#rolling;
  }

  /** The metrics of each worker, by its name. */
  async metrics(): Promise<ReadonlyMap<string, readonly MetricSnapshot[]>> {
    const workers = this.#slots.map(({ worker }) => worker).filter((worker) => worker !== undefined);
    return new Map(await Promise.all(workers.map(async (worker) => [worker.target.name, await worker.metrics()] as const)));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#slots.map((slot) => slot.stop()));
    process.off('exit', this.#removeFolder);
    this.#removeFolder();
  }

  async #roll(): Promise<void> {
    for (const slot of this.#slots) await slot.replace();
  }

  #startProcess(name: string): WorkerProcess {
    const worker = new WorkerProcess(name, path.join(this.#folder, `${++this.#started}.sock`), this.#options.command);
    this.#options.onProcess(worker);
    return worker;
  }

  #onReady(): void {
    this.#hasBeenReady = true;
    this.#ready.resolve();
  }

  /** What keeps every worker from starting will not go away by trying again. */
  #onStillborn(how: string): void {
    this.#stillborn++;
    if (!this.#hasBeenReady && this.#stillborn >= this.#slots.length) {
      this.#ready.reject(new Error(`no worker could start (${how}): the lines above say why`));
    }
  }
}
