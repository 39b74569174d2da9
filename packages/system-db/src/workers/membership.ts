import { isJsonObject, type JsonObject, type Logger } from '@headgate/core';
import { Acknowledger } from './acknowledger.js';
import type { ChangeNumber } from './change-number.js';
import type { Elsewhere } from './elsewhere.js';
import { acknowledged, acknowledgedIn, changed } from './hints.js';
import type { ChangeHints, Member, WorkerIdentity } from './member.js';
import { Registration } from './registration.js';
import type { WorkerRegistry, WorkerRow } from './worker-registry.js';

/** What workers tell each other of changes. */
const TOPIC = 'change';

export interface MembershipOptions {
  readonly worker?: WorkerIdentity;
  readonly hints?: ChangeHints;
  readonly report?: () => JsonObject;
  readonly log: Logger;
}

/** One state's part in the cluster: its row, its acknowledgements, and what it tells the others and hears from them. */
export class Membership {
  readonly #registry: WorkerRegistry;
  readonly #elsewhere: Elsewhere;
  readonly #hints: ChangeHints | undefined;
  readonly #sender: string;
  readonly #registration: Registration | undefined;
  readonly #acknowledger: Acknowledger | undefined;
  #stopListening: (() => void) | undefined;

  constructor(
    { registry, elsewhere }: { readonly registry: WorkerRegistry; readonly elsewhere: Elsewhere },
    { worker, hints, report, log }: MembershipOptions,
  ) {
    this.#registry = registry;
    this.#elsewhere = elsewhere;
    this.#hints = hints;
    this.#sender = worker?.id ?? 'nobody';
    if (worker === undefined) return;
    this.#registration = new Registration(registry, { identity: worker, report, log });
    this.#acknowledger = new Acknowledger(
      registry,
      this.#registration,
      (change) => hints?.publish(TOPIC, acknowledged(worker.id, change)),
      log,
    );
    elsewhere.own.add(worker.id);
  }

  /** Whether the others are sure to wait for this worker; always so for one that did not say who it is. */
  get holds(): boolean {
    return this.#registration?.holds ?? true;
  }

  /** Makes sure that they do. False where they did not (any more): what is known here may be older than what they were told. */
  async confirm(): Promise<boolean> {
    if (this.#registration === undefined || this.#registration.holds) return true;
    const wasThere = await this.#registration.confirm();
    if (!wasThere) this.#acknowledger?.forget();
    return wasThere;
  }

  /** Nothing is known of the row any more: the database went back in time. */
  doubt(): void {
    this.#registration?.doubt();
    this.#acknowledger?.forget();
  }

  /** Gives signs of life from now on, and calls `moved` where another says that something may have moved. */
  start(moved: () => void): void {
    this.#registration?.keep(() => this.#elsewhere.lookFromNow());
    this.#hints?.onReconnect(moved);
    this.#stopListening = this.#hints?.subscribe(TOPIC, (message) => {
      if (acknowledgedIn(message)) this.#elsewhere.hear(message);
      else if (message !== changed(this.#sender)) moved();
    });
  }

  tellChanged(): void {
    this.#hints?.publish(TOPIC, changed(this.#sender));
  }

  acknowledge(change: ChangeNumber): void {
    this.#acknowledger?.acknowledge(change);
  }

  async members(): Promise<readonly Member[]> {
    return (await this.#registry.rows()).map(memberOf);
  }

  /** To be called when nothing is answered from memory any more. */
  async close(): Promise<void> {
    this.#stopListening?.();
    await this.#acknowledger?.close();
    await this.#registration?.close();
    if (this.#registration) this.#elsewhere.own.delete(this.#registration.id);
  }
}

function memberOf(row: WorkerRow): Member {
  return {
    identity: { id: row.id, role: row.role === 'worker' ? 'worker' : 'api', host: row.host, version: row.version },
    startedAt: row.startedAt,
    seenAt: row.seenAt,
    silentSeconds: row.silentSeconds,
    acknowledged: row.acknowledged,
    lag: Math.max(0, row.newest - row.acknowledged),
    report: reportOf(row.report),
  };
}

function reportOf(text: string | null): JsonObject {
  try {
    const report: unknown = JSON.parse(text ?? '{}');
    return isJsonObject(report) ? report : {};
  } catch {
    return {};
  }
}
