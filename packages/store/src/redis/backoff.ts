/** How the pauses between tries to connect grow. */
export const BACKOFF_ALGORITHMS = ['decorrelated_jitter', 'equal_jitter', 'exponential', 'uniform', 'constant', 'default'] as const;

export interface Backoff {
  readonly algorithm: (typeof BACKOFF_ALGORITHMS)[number];
  /** Milliseconds. */
  readonly base: number;
  readonly cap: number;
}

/** Answers the pause in milliseconds before the try of that number (from 1). */
export function reconnectDelays({ algorithm, base, cap }: Backoff, random: () => number = Math.random): (attempt: number) => number {
  let last = base;
  const between = (low: number, high: number) => low + random() * Math.max(0, high - low);
  const grown = (attempt: number) => Math.min(cap, base * 2 ** Math.min(attempt - 1, 30));
  return (attempt) => {
    switch (algorithm) {
      case 'constant':
        return Math.min(cap, base);
      case 'uniform':
        return Math.round(between(0, Math.min(cap, base)));
      case 'exponential':
        return grown(attempt);
      case 'equal_jitter':
        return Math.round(between(grown(attempt) / 2, grown(attempt)));
      default:
        if (attempt === 1) last = base;
        last = Math.min(cap, between(base, last * 3));
        return Math.round(last);
    }
  };
}
