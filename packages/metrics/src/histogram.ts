import type { Sample } from './metric.js';

/** Upper bounds in seconds. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;
const BOUNDS_MS = BOUNDS.map((bound) => bound * 1000);

/** Counts lengths of time in plain numbers. */
export class DurationHistogram {
  readonly #counts = new Float64Array(BOUNDS.length + 1);
  #sum = 0;

  observe(milliseconds: number): void {
    let index = 0;
    while (index < BOUNDS_MS.length && milliseconds > BOUNDS_MS[index]!) index++;
    this.#counts[index]!++;
    this.#sum += milliseconds;
  }

  /** The values of a histogram `name`, in seconds. */
  *samples(name: string, labels: Readonly<Record<string, string>>): Iterable<Sample> {
    let count = 0;
    for (let index = 0; index <= BOUNDS.length; index++) {
      count += this.#counts[index]!;
      yield {
        metricName: `${name}_bucket`,
        labels: { ...labels, le: index < BOUNDS.length ? String(BOUNDS[index]) : '+Inf' },
        value: count,
      };
    }
    yield { metricName: `${name}_sum`, labels, value: this.#sum / 1000 };
    yield { metricName: `${name}_count`, labels, value: count };
  }
}
