import { type Metric, Registry } from 'prom-client';
import type { MetricSnapshot, MetricSource } from './metric.js';

/** The metrics of one process. Nothing is global: two of them in one process know nothing of each other. */
export interface Metrics {
  /** Throws where a metric of this name is there already. */
  add(...sources: readonly MetricSource[]): void;
  snapshot(): readonly MetricSnapshot[];
  /** The text format of Prometheus. */
  text(): Promise<string>;
}

/** A registry of this process, empty at first. */
export function createMetrics(): Metrics {
  const sources = new Map<string, MetricSource>();
  return {
    add(...added) {
      for (const source of added) {
        if (sources.has(source.name)) throw new Error(`the metric ${source.name} exists already`);
        sources.set(source.name, source);
      }
    },
    snapshot: () => [...sources.values()].map(snapshotOf),
    text() {
      return textOf([...sources.values()].map(snapshotOf));
    },
  };
}

/** The text format of Prometheus. */
export function textOf(snapshots: readonly MetricSnapshot[]): Promise<string> {
  const registry = new Registry();
  // The registry asks its metrics for what `get` answers, and nothing else, when it writes them.
  for (const snapshot of snapshots) registry.registerMetric({ ...snapshot, get: async () => snapshot } as unknown as Metric);
  return registry.metrics();
}

export const METRICS_CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** What cannot be read now has no values now: one broken metric does not take the others with it. */
function snapshotOf({ name, help, type, read }: MetricSource): MetricSnapshot {
  try {
    return { name, help, type, values: [...read()] };
  } catch {
    return { name, help, type, values: [] };
  }
}

/** The metrics of several processes as those of one: each value gets the label `worker`, whose value is the process's name. */
export function mergeSnapshots(processes: ReadonlyMap<string, readonly MetricSnapshot[]>): MetricSnapshot[] {
  const merged = new Map<string, MetricSnapshot & { readonly values: MetricSnapshot['values'][number][] }>();
  for (const [worker, snapshots] of processes) {
    for (const { name, help, type, values } of snapshots) {
      const family = merged.get(name) ?? { name, help, type, values: [] };
      merged.set(name, family);
      for (const sample of values) family.values.push({ ...sample, labels: { ...sample.labels, worker } });
    }
  }
  return [...merged.values()];
}
