/** One value of a metric, with what tells it from its others. */
export interface Sample {
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
  /** Other than the metric's own name: the parts of a histogram (`..._bucket`, `..._sum`, `..._count`). */
  readonly metricName?: string;
}

/**
 * A metric whose values are read when somebody asks for them: what counts keeps plain numbers, and nobody pays for a metric that is not
 * scraped. Labels are of a bounded number: never a path, a key, an address or anything else that a client chooses.
 */
export interface MetricSource {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  read(): Iterable<Sample>;
}

/** A metric with its values at one moment; plain data, so that it can be sent to another process. */
export interface MetricSnapshot {
  readonly name: string;
  readonly help: string;
  readonly type: MetricSource['type'];
  readonly values: readonly Sample[];
}
