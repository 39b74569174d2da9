/** One limit that a call touches. */
export interface Hit {
  /** Names the counter; no other hit of the call has it. */
  readonly key: string;
  /** How many hits a window allows. */
  readonly limit: number;
  /** How long a window lasts from its first hit on, in milliseconds. */
  readonly windowMs: number;
  /** Without it the hit is counted where the call passes, but never refuses it. */
  readonly isEnforced: boolean;
}

export interface Count {
  readonly key: string;
  /** Hits in the window that runs; 0 where none does. */
  readonly count: number;
  /** Milliseconds until the window ends; 0 where none runs. */
  readonly endsInMs: number;
  /** When the window ends by the store's clock, in milliseconds since 1970; 0 where none runs. The same for all who ask. */
  readonly endsAt: number;
}

export interface HitCount extends Count {
  /** Whether this limit is exhausted and so refuses the call. */
  readonly isRefused: boolean;
  /** Whether this is the first call that the window refuses, over all who share the store. */
  readonly isFirstRefusal: boolean;
}

/** What became of a call's hits. */
export interface Verdict {
  /** Whether all were counted; else none was. */
  readonly isAllowed: boolean;
  /** In the order of the hits. */
  readonly counts: readonly HitCount[];
}

/**
 * Counts hits against limits (operations.md 1.11). All limits of a call are checked and counted in one step, all or none; exactly
 * `limit` hits pass in a window, whoever shares the store. A window starts with its first counted hit and ends exactly `windowMs` later,
 * by the store's clock. Every method rejects with `StoreUnavailable` where the store is away, within 250 ms; whether the hits were counted
 * is unknown then.
 */
export interface CounterStore {
  /** Throws a `RangeError` where two hits have one key, or a limit or window is no whole number above 0. */
  take(hits: readonly Hit[]): Promise<Verdict>;
  /** In the order of the keys. */
  peek(keys: readonly string[]): Promise<readonly Count[]>;
  /** Ends the windows of these counters, so that the next hit starts new ones. */
  reset(keys: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** The same refusal of senseless hits by every store. */
export function checkHits(hits: readonly Hit[]): void {
  const isWhole = (value: number) => Number.isSafeInteger(value) && value > 0;
  for (const { key, limit, windowMs } of hits) {
    if (!isWhole(limit) || !isWhole(windowMs)) throw new RangeError(`the counter ${key} has no whole limit and window above 0`);
  }
  if (new Set(hits.map(({ key }) => key)).size < hits.length) throw new RangeError('two hits of one call have the same key');
}
