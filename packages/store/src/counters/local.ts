import { type Count, type CounterStore, checkHits, type HitCount } from './counter-store.js';

interface Window {
  count: number;
  /** On the monotonic clock. */
  endsAtTick: number;
  /** As told, by the wall clock. */
  endsAt: number;
  isRefusing: boolean;
}

/** So many windows are kept; past it, those that are over go first, then those that end soonest. */
const MOST_WINDOWS = 200_000;

/** Counters in the memory of this process. They restart with it. `now`: whole milliseconds, so that what is left of a window is exact. */
export function localCounters({ now = () => Math.floor(performance.now()) }: { readonly now?: () => number } = {}): CounterStore {
  const windows = new Map<string, Window>();

  const running = (key: string, at: number): Window | undefined => {
    const window = windows.get(key);
    if (!window || window.endsAtTick > at) return window;
    windows.delete(key);
    return undefined;
  };
  const counted = (key: string, window: Window | undefined, at: number): Count =>
    window
      ? { key, count: window.count, endsInMs: window.endsAtTick - at, endsAt: window.endsAt }
      : { key, count: 0, endsInMs: 0, endsAt: 0 };

  return {
    async take(hits) {
      checkHits(hits);
      const at = now();
      const found = hits.map(({ key }) => running(key, at));
      const isOver = hits.map(({ limit, isEnforced }, index) => isEnforced && (found[index]?.count ?? 0) >= limit);
      if (isOver.includes(true)) {
        const counts = hits.map(({ key }, index): HitCount => {
          const window = found[index];
          const isRefused = isOver[index]!;
          const isFirstRefusal = isRefused && window !== undefined && !window.isRefusing;
          if (isFirstRefusal) window.isRefusing = true;
          return { ...counted(key, window, at), isRefused, isFirstRefusal };
        });
        return { isAllowed: false, counts };
      }
      if (windows.size + hits.length > MOST_WINDOWS) makeRoom(windows, at);
      const counts = hits.map(({ key, windowMs }, index): HitCount => {
        let window = found[index];
        if (!window) {
          window = { count: 0, endsAtTick: at + windowMs, endsAt: Date.now() + windowMs, isRefusing: false };
          windows.set(key, window);
        }
        window.count++;
        return { ...counted(key, window, at), isRefused: false, isFirstRefusal: false };
      });
      return { isAllowed: true, counts };
    },
    async peek(keys) {
      const at = now();
      return keys.map((key) => counted(key, running(key, at), at));
    },
    async reset(keys) {
      for (const key of keys) windows.delete(key);
    },
    async close() {
      windows.clear();
    },
  };
}

function makeRoom(windows: Map<string, Window>, at: number): void {
  for (const [key, window] of windows) if (window.endsAtTick <= at) windows.delete(key);
  if (windows.size <= MOST_WINDOWS * 0.9) return;
  const soonest = [...windows].sort(([, left], [, right]) => left.endsAtTick - right.endsAtTick);
  for (const [key] of soonest.slice(0, Math.ceil(MOST_WINDOWS / 10))) windows.delete(key);
}
