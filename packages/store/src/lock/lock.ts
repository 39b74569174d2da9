/** A lock that is held. */
export interface Held {
  /** Holds on for `ttlMs` from now; false where the lock is lost, which nothing brings back. Rejects with `StoreUnavailable`. */
  extend(ttlMs: number): Promise<boolean>;
  /** Lets others take it at once. Never rejects: where the store is away, the lock's time ends it. Somebody else's is never released. */
  release(): Promise<void>;
}

/**
 * One at a time, over all who share it, as long as the store lives: one that loses its memory loses its locks. What must not happen
 * twice for any reason needs a lock in the database it changes.
 */
export interface Lock {
  /** undefined where somebody holds it. Rejects with `StoreUnavailable`, within 250 ms. */
  tryAcquire(name: string, ttlMs: number): Promise<Held | undefined>;
  close(): Promise<void>;
}
