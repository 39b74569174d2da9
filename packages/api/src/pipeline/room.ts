import { Backoff, type HeadgateError, Overloaded, SourceBusy } from '@headgate/core';
import { isShareTaken, ServiceShare } from './service-share.js';

/** Above this share of the room only administrators are let in. */
const SOFT_SHARE = 0.9;
/** The event loop is late when it comes so late (ms) to what is due. */
const LATE_MS = 200;
/** So many rounds in a row have to be late: one long pause is no overload. */
const LATE_ROUNDS = 2;
/** What is left of the room after another late round, and what it grows by after one that is not. */
const SHRINK = 0.7;
const GROWTH = 1.25;
/** However late the event loop is, this share of the capacity stays. */
const LEAST_SHARE = 0.05;

/** Why calls were refused. */
export type RefusalReason = 'capacity' | 'service' | 'closed';

/** What is known of a call when it asks for a place, before it is read. */
export interface Arrival {
  /** Whether it may turn out to be an administrator's: it brings a session token or a user's credentials. */
  readonly mayBeAdmin: boolean;
  /** The service that its path names, if calls of it were served before. */
  readonly share: ServiceShare | undefined;
}

/**
 * How many calls are at work, and whether one more may come (docs/decisions/0009-overload.md). The capacity is an upper bound; while the event
 * loop is late the room is smaller, down to what the worker can do.
 */
export class Room {
  readonly #capacity: number;
  readonly #least: number;
  readonly #backoff = new Backoff();
  readonly #shares = new Map<string, ServiceShare>();
  readonly #refused: Record<RefusalReason, number> = { capacity: 0, service: 0, closed: 0 };
  #limit: number;
  #soft: number;
  #lateRounds = 0;
  #inside = 0;
  #draining = false;
  #closed = false;

  /** `capacity`: `DF_MAX_INFLIGHT`. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#least = Math.min(capacity, Math.max(10, Math.ceil(capacity * LEAST_SHARE)));
    this.#limit = capacity;
    this.#soft = softOf(capacity);
  }

  get inside(): number {
    return this.#inside;
  }

  /** The places that there are now. */
  get limit(): number {
    return this.#limit;
  }

  get refused(): Readonly<Record<RefusalReason, number>> {
    return this.#refused;
  }

  /** Whether the worker is about to stop: it still serves, but tells so. */
  get isDraining(): boolean {
    return this.#draining;
  }

  /** Takes a place, which `leave` gives back; throws `Overloaded` where there is none. */
  enter({ mayBeAdmin, share }: Arrival): void {
    if (this.#closed) throw this.#refusal('closed', Overloaded());
    if (this.#inside >= (mayBeAdmin ? this.#limit : this.#soft)) throw this.#refusal('capacity', Overloaded());
    if (share !== undefined && !mayBeAdmin && isShareTaken(share, this.#soft - this.#inside)) throw this.#refusal('service', Overloaded());
    this.#inside++;
  }

  leave(): void {
    this.#inside--;
  }

  /** Refuses a call that is no administrator's when the room is nearly full. */
  checkPriority(isAdmin: boolean): void {
    if (this.#inside > this.#soft && !isAdmin) throw this.#refusal('capacity', Overloaded());
  }

  /** The share of a service that has been called before. */
  shareOf(service: string): ServiceShare | undefined {
    return this.#shares.get(service);
  }

  /**
   * Counts a call that has its place as one of this service, until the share's `inside` is lowered again. Throws `SourceBusy` where the
   * service holds too much of the room; administrators always pass.
   */
  enterService(service: string, isAdmin: boolean): ServiceShare {
    let share = this.#shares.get(service);
    if (share === undefined) {
      share = new ServiceShare();
      this.#shares.set(service, share);
    }
    if (!isAdmin && isShareTaken(share, this.#soft - this.#inside)) throw this.#refusal('service', SourceBusy(service));
    share.inside++;
    return share;
  }

  /** Takes note of how late (ms) the event loop came in the last round of 200 ms or more, and fits the room to it. */
  adapt(delay: number): void {
    if (delay > LATE_MS) {
      if (++this.#lateRounds >= LATE_ROUNDS) this.#resize(Math.min(this.#limit, this.#inside) * SHRINK);
    } else {
      this.#lateRounds = 0;
      if (this.#limit < this.#capacity) this.#resize(this.#limit * GROWTH + 1);
    }
  }

  drain(): void {
    this.#draining = true;
  }

  /** Lets nobody in any more. */
  shut(): void {
    this.#draining = true;
    this.#closed = true;
  }

  #resize(wanted: number): void {
    this.#limit = Math.max(this.#least, Math.min(this.#capacity, Math.floor(wanted)));
    this.#soft = softOf(this.#limit);
  }

  #refusal(reason: RefusalReason, error: HeadgateError): HeadgateError {
    this.#refused[reason]++;
    return this.#backoff.advise(error);
  }
}

const softOf = (limit: number) => Math.min(limit, Math.max(1, Math.floor(limit * SOFT_SHARE)));
