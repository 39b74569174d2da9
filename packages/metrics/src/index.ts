export { EventLoopDelay } from './event-loop.js';
export { DurationHistogram } from './histogram.js';
export type { MetricSnapshot, MetricSource, Sample } from './metric.js';
export { createMetrics, type Metrics, mergeSnapshots } from './metrics.js';
export { counter, gauge, processMetrics } from './process-metrics.js';
export { type MetricsReadiness, type MetricsServer, type ServeMetricsOptions, type SnapshotSource, serveMetrics } from './serve.js';
export { metricsPort, serveMetricsWhenFree } from './serve-when-free.js';
