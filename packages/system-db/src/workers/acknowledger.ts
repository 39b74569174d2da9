import type { Logger } from '@headgate/core';
import { type ChangeNumber, isSame } from './change-number.js';
import type { Registration } from './registration.js';
import type { WorkerRegistry } from './worker-registry.js';

/** Writes up to which change nothing older is in use in this worker. One statement at a time: what comes meanwhile goes with the next. */
export class Acknowledger {
  readonly #registry: WorkerRegistry;
  readonly #registration: Registration;
  readonly #told: (change: ChangeNumber) => void;
  readonly #log: Logger;
  #written: ChangeNumber | undefined;
  #latest: ChangeNumber | undefined;
  #writing: Promise<void> | undefined;

  /** `told` is called with each change whose acknowledgement others can read. */
  constructor(registry: WorkerRegistry, registration: Registration, told: (change: ChangeNumber) => void, log: Logger) {
    this.#registry = registry;
    this.#registration = registration;
    this.#told = told;
    this.#log = log;
  }

  /** Nothing older than `change` is in use here from now on. Waits for nothing; what fails is tried again by the next call. */
  acknowledge(change: ChangeNumber): void {
    this.#latest = change;
    if (isSame(this.#written, change)) return;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
  }

  /** The row is new: it says nothing yet. */
  forget(): void {
    this.#written = undefined;
  }

  async close(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    try {
      for (let change = this.#latest; change && !isSame(this.#written, change); change = this.#latest) {
        if (!(await this.#registry.acknowledge(this.#registration.id, change))) {
          this.#registration.doubt();
          return;
        }
        this.#written = change;
        this.#told(change);
      }
    } catch (error) {
      this.#log.debug('an acknowledgement did not reach the system database', {
        error: error instanceof Error ? error.message : String(error),
      });
    }
  }
}
