/** Of milliseconds: median, 99th percentile, highest. */
export function spread(values: readonly number[]) {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (share: number) => round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** How far apart the runs lie, in parts of their median. */
export function scatter(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values);
}

export function round(value: number): number {
  return Math.round(value * 100) / 100;
}
