import { HeadgateError, type JsonObject, type Logger, SystemUnavailable } from '@headgate/core';
import { equals } from '../condition.js';
import type { ConfigOf } from '../config/type-info.js';
import { verifyAppKey } from '../encryption/key-canary.js';
import { TRIGGERS_STEP } from '../migrations/triggers/state.js';
import type { Version, VersionedSystemDatabase } from '../system-database.js';
import { migrationsTable } from '../tables/headgate.js';
import { type ChangeNumber, isSame } from '../workers/change-number.js';
import type { ChangeHints, Member, WorkerIdentity } from '../workers/member.js';
import { Membership } from '../workers/membership.js';
import type { Configuration, OpenSystemState, StateHealth, TriggerState, UserRecord } from './configuration.js';
import { type Load, type Loaded, loadConfiguration } from './loader.js';
import { UserCache } from './user-cache.js';

export interface SystemStateOptions {
  readonly configOf: ConfigOf;
  readonly log: Logger;
  /** Who answers calls from this state: changes wait for it until it acknowledges them. Without, nobody knows of it. */
  readonly worker?: WorkerIdentity;
  /** Makes the others look sooner, and this one when they send something. */
  readonly hints?: ChangeHints;
  /** What the worker says of itself, asked every five seconds. */
  readonly report?: () => JsonObject;
  /** How long calls are answered from what was last proven while the database does not answer, in milliseconds; 0 without. */
  readonly serveStaleMs?: number;
  /** How long a proof holds, in milliseconds from when it was asked for; 500 without. */
  readonly proofMs?: number;
  /** How often a proof is renewed, in milliseconds; 200 without. */
  readonly renewMs?: number;
  /** How many users are held in memory; 10000 without. */
  readonly userCacheSize?: number;
  /** How often everything is loaded anew where triggers were refused, in milliseconds; 30000 without. */
  readonly reloadMs?: number;
}

/** The first proof may have been under way when the call came, and be too old. */
const ATTEMPTS = 3;
/** Milliseconds that a call waits for a proof where it may be answered without. */
const STALE_PATIENCE = 1_000;

/**
 * Registers, loads the configuration and keeps it proven (design.md 6). Rejects with `SystemUnavailable` where the database does not
 * answer, and with `BadKey` where APP_KEY is not its key.
 */
export async function openSystemState(db: VersionedSystemDatabase, options: SystemStateOptions): Promise<OpenSystemState> {
  await verifyAppKey(db);
  const triggers: TriggerState = (await db.findOne(migrationsTable, equals('name', TRIGGERS_STEP))) ? 'installed' : 'refused';
  const state = new ProvenState(db, options, triggers);
  try {
    await state.start();
  } catch (error) {
    await state.close();
    throw error;
  }
  return state;
}

class ProvenState implements OpenSystemState {
  readonly triggers: TriggerState;
  readonly #db: VersionedSystemDatabase;
  readonly #options: SystemStateOptions;
  readonly #proofMs: number;
  readonly #staleMs: number;
  readonly #users: UserCache;
  readonly #membership: Membership;
  readonly #listeners: ((configuration: Configuration) => void)[] = [];
  #loaded: Loaded | undefined;
  /** When the last proof was asked for, on the monotonic clock. */
  #provenAt = Number.NEGATIVE_INFINITY;
  #fullyLoadedAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | undefined;
  #following: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failing = false;
  #closed = false;

  constructor(db: VersionedSystemDatabase, options: SystemStateOptions, triggers: TriggerState) {
    this.triggers = triggers;
    this.#db = db;
    this.#options = options;
    this.#proofMs = options.proofMs ?? 500;
    this.#staleMs = options.serveStaleMs ?? 0;
    this.#users = new UserCache(db, options.userCacheSize ?? 10_000);
    this.#membership = new Membership(db, options);
  }

  async start(): Promise<void> {
    await this.#prove();
    this.#db.onCommit(() => this.#holdCommitted());
    this.#membership.start(() => void this.#proveAfterNow().catch(() => undefined));
    this.#timer = setInterval(() => void this.#proveNow().catch(() => undefined), this.#options.renewMs ?? 200);
    this.#timer.unref();
  }

  get latest(): Configuration {
    return this.#loaded!.configuration;
  }

  get health(): StateHealth {
    return {
      provenMsAgo: performance.now() - this.#provenAt,
      isRegistered: this.#membership.holds,
      isStale: !this.#isProven() && this.#mayBeStale(),
    };
  }

  current(): Configuration | Promise<Configuration> {
    return this.#isProven() || this.#mayBeStale() ? this.latest : this.#waitForProof();
  }

  user(id: number): UserRecord | undefined | Promise<UserRecord | undefined> {
    return this.#users.get(id);
  }

  members(): Promise<readonly Member[]> {
    return this.#membership.members();
  }

  onChange(listener: (configuration: Configuration) => void): void {
    this.#listeners.push(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#running?.catch(() => undefined);
    // Nothing may be answered from here once the others no longer wait for this worker.
    this.#provenAt = Number.NEGATIVE_INFINITY;
    await this.#membership.close();
  }

  /** Whether nothing of what is loaded can have been changed by a call that was answered before now. */
  #isProven(): boolean {
    return performance.now() - this.#provenAt < this.#proofMs && this.#membership.holds;
  }

  /** Whether the database has failed to answer and what was last proven is young enough to go on with (`DF_SERVE_STALE`). */
  #mayBeStale(): boolean {
    return this.#failing && !this.#closed && performance.now() - this.#provenAt < this.#staleMs;
  }

  async #waitForProof(): Promise<Configuration> {
    const called = performance.now();
    for (let attempt = 0; attempt < ATTEMPTS && !this.#closed; attempt++) {
      await (this.#staleMs > 0 ? this.#proveOrGoOn() : this.#proveNow());
      // What was asked for after the call came is true for this call, however long it took.
      if (this.#provenAt >= called || this.#isProven() || this.#mayBeStale()) return this.latest;
    }
    throw SystemUnavailable();
  }

  /** Waits for a proof no longer than makes sense where one can do without. */
  async #proveOrGoOn(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      this.#tell(new Error(`no answer within ${STALE_PATIENCE} ms`));
      resolve();
    }, STALE_PATIENCE);
    this.#proveNow()
      .catch(() => undefined)
      .finally(resolve);
    await promise;
    clearTimeout(timer);
  }

  /** A change of this process is committed: the others are told, and it holds here when this resolves. */
  async #holdCommitted(): Promise<ChangeNumber | undefined> {
    if (this.#closed) return undefined;
    this.#membership.tellChanged();
    await this.#proveAfterNow();
    return this.#loaded?.version;
  }

  /** Joins the proof that is under way, or starts one. */
  #proveNow(): Promise<void> {
    this.#running ??= this.#prove().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** A proof that is asked for from now on: one under way may have read before what just happened. */
  #proveAfterNow(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    if (!this.#running) return this.#proveNow();
    this.#following ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#following = undefined;
        return this.#proveNow();
      });
    return this.#following;
  }

  /** One at a time: a load never gives way to an older one. */
  async #prove(): Promise<void> {
    try {
      const wasKnown = await this.#membership.confirm();
      const asked = performance.now();
      const version = await this.#db.readVersion();
      if (isStepBack(this.#loaded?.version, version)) this.#provenAt = Number.NEGATIVE_INFINITY;
      // What was committed before `asked` is raised by this, and so part of the load.
      if (version.unraised) await this.#db.raiseUnraised();
      const everything = this.triggers === 'refused' && asked - this.#fullyLoadedAt >= (this.#options.reloadMs ?? 30_000);
      if (everything || !wasKnown || version.unraised || !isSame(this.#loaded?.version, version)) {
        const load = await loadConfiguration(this.#db, wasKnown ? this.#loaded : undefined, { ...this.#options, everything });
        this.#swap(load, asked);
        // The others may know as little of us as we of them.
        if (load.isOfOtherPast) {
          this.#membership.doubt();
          this.#provenAt = Number.NEGATIVE_INFINITY;
          return await this.#prove();
        }
      }
      this.#provenAt = asked;
      this.#tell(undefined);
      this.#membership.acknowledge(this.#loaded!.version);
    } catch (error) {
      this.#tell(error);
      throw error;
    }
  }

  #swap(load: Load, asked: number): void {
    const before = this.#loaded?.configuration;
    this.#loaded = { version: load.version, configuration: load.configuration };
    if (load.everything) this.#fullyLoadedAt = asked;
    this.#users.drop(load.movedUsers);
    if (before === undefined || before === load.configuration) return;
    for (const listener of this.#listeners) {
      try {
        listener(load.configuration);
      } catch (error) {
        this.#options.log.error('a listener to changes of the configuration failed', {
          error: error instanceof Error ? error.message : String(error),
        });
      }
    }
  }

  /** Says once that the database is gone, and once that it is back: at a level at which both are read. */
  #tell(error: unknown): void {
    if (error === undefined && this.#failing) this.#options.log.warn('the system database answers again');
    if (error !== undefined && !this.#failing) {
      this.#options.log.error('the configuration cannot be proven: calls wait or are refused until the system database answers', {
        error: error instanceof HeadgateError ? (error.detail ?? error.message) : String(error),
      });
    }
    this.#failing = error !== undefined;
  }
}

function isStepBack(known: ChangeNumber | undefined, now: Version): boolean {
  return known !== undefined && (now.number < known.number || (now.number === known.number && now.nonce !== known.nonce));
}
