/**
 * Keeps values for a while. Any entry may be gone at any time: a cache is never the only place of anything.
 * Every method rejects with `StoreUnavailable` where the store is away, within 250 ms (`clear` may take longer).
 */
export interface CacheStore {
  /** A copy of the value; undefined where there is none, or no longer. */
  get(key: string): Promise<Buffer | undefined>;
  /**
   * Holds from its end on for whoever shares the store. `ttlMs` is above 0; stores that count in seconds round it up. A value that
   * is too large for the store is not kept, and the one before it is gone.
   */
  set(key: string, value: Uint8Array, ttlMs: number): Promise<void>;
  delete(key: string): Promise<void>;
  /** Deletes what starts with the prefix, and may delete more of this installation's; without a prefix all of it, and nothing else's. */
  clear(prefix?: string): Promise<void>;
  close(): Promise<void>;
}
