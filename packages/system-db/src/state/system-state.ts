import { HeadgateError, type Logger, SystemUnavailable } from '@headgate/core';
import { equals } from '../condition.js';
import type { ConfigOf } from '../config/type-info.js';
import { verifyAppKey } from '../encryption/key-canary.js';
import { TRIGGERS_STEP } from '../migrations/triggers/state.js';
import type { Version, VersionedSystemDatabase } from '../system-database.js';
import { migrationsTable } from '../tables/headgate.js';
import type { Configuration, OpenSystemState, TriggerState, UserRecord } from './configuration.js';
import { type Load, type Loaded, loadConfiguration } from './loader.js';
import { UserCache } from './user-cache.js';

export interface SystemStateOptions {
  readonly configOf: ConfigOf;
  readonly log: Logger;
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

/**
 * Loads the configuration and keeps it proven (design.md 6). Rejects with `SystemUnavailable` where the database does not answer, and with
 * `BadKey` where APP_KEY is not its key.
 */
export async function openSystemState(db: VersionedSystemDatabase, options: SystemStateOptions): Promise<OpenSystemState> {
  await verifyAppKey(db);
  const triggers: TriggerState = (await db.findOne(migrationsTable, equals('name', TRIGGERS_STEP))) ? 'installed' : 'refused';
  const state = new ProvenState(db, options, triggers);
  await state.start();
  return state;
}

class ProvenState implements OpenSystemState {
  readonly triggers: TriggerState;
  readonly #db: VersionedSystemDatabase;
  readonly #options: SystemStateOptions;
  readonly #proofMs: number;
  readonly #users: UserCache;
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
    this.#users = new UserCache(db, options.userCacheSize ?? 10_000);
  }

  async start(): Promise<void> {
    await this.#prove();
    this.#db.onCommit(() => this.#proveAfterNow());
    this.#timer = setInterval(() => void this.#proveNow().catch(() => undefined), this.#options.renewMs ?? 200);
    this.#timer.unref();
  }

  get latest(): Configuration {
    return this.#loaded!.configuration;
  }

  current(): Configuration | Promise<Configuration> {
    return this.#isProven() ? this.latest : this.#waitForProof();
  }

  user(id: number): UserRecord | undefined | Promise<UserRecord | undefined> {
    return this.#users.get(id);
  }

  onChange(listener: (configuration: Configuration) => void): void {
    this.#listeners.push(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#running?.catch(() => undefined);
  }

  #isProven(): boolean {
    return performance.now() - this.#provenAt < this.#proofMs;
  }

  async #waitForProof(): Promise<Configuration> {
    const called = performance.now();
    for (let attempt = 0; attempt < ATTEMPTS && !this.#closed; attempt++) {
      await this.#proveNow();
      // What was asked for after the call came is true for this call, however long it took.
      if (this.#provenAt >= called || this.#isProven()) return this.latest;
    }
    throw SystemUnavailable();
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
      const asked = performance.now();
      const version = await this.#db.readVersion();
      // What was committed before `asked` is raised by this, and so part of the load.
      if (version.unraised) await this.#db.raiseUnraised();
      const everything = this.triggers === 'refused' && asked - this.#fullyLoadedAt >= (this.#options.reloadMs ?? 30_000);
      if (everything || version.unraised || !isSameVersion(this.#loaded?.version, version)) {
        this.#swap(await loadConfiguration(this.#db, this.#loaded, { ...this.#options, everything }), asked);
      }
      this.#provenAt = asked;
      this.#tell(undefined);
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

  /** Says once that the database is gone, and once that it is back. */
  #tell(error: unknown): void {
    if (error === undefined && this.#failing) this.#options.log.info('the system database answers again');
    if (error !== undefined && !this.#failing) {
      this.#options.log.error('the configuration cannot be proven: calls wait or are refused until the system database answers', {
        error: error instanceof HeadgateError ? (error.detail ?? error.message) : String(error),
      });
    }
    this.#failing = error !== undefined;
  }
}

function isSameVersion(left: Loaded['version'] | undefined, right: Version): boolean {
  return left !== undefined && left.number === right.number && left.nonce === right.nonce;
}
