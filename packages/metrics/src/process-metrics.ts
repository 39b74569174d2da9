import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import type { EventLoopDelay } from './event-loop.js';
import type { MetricSource, Sample } from './metric.js';

const GC_KINDS: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weak_callbacks',
};

type GcEntry = PerformanceEntry & { readonly detail?: { readonly kind?: number } };

/** What a process does to its machine. `stop` ends the watching of garbage collections. */
export function processMetrics(eventLoop: EventLoopDelay): { readonly sources: readonly MetricSource[]; stop(): void } {
  const collections = new Map(Object.values(GC_KINDS).map((kind) => [kind, { count: 0, seconds: 0 }]));
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind } = (entry as GcEntry).detail ?? {};
      const collected = collections.get(GC_KINDS[kind ?? -1] ?? '');
      if (collected === undefined) continue;
      collected.count++;
      collected.seconds += entry.duration / 1000;
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  const ofCollections = (value: (collected: { count: number; seconds: number }) => number): Sample[] =>
    [...collections].map(([kind, collected]) => ({ labels: { kind }, value: value(collected) }));

  const sources: readonly MetricSource[] = [
    gauge('process_start_time_seconds', 'When the process started, in seconds since 1970.', () => performance.timeOrigin / 1000),
    counter('process_cpu_user_seconds_total', 'Time on the CPU in user mode.', () => process.cpuUsage().user / 1e6),
    counter('process_cpu_system_seconds_total', 'Time on the CPU in the kernel.', () => process.cpuUsage().system / 1e6),
    gauge('process_resident_memory_bytes', 'Memory that is resident.', () => process.memoryUsage.rss()),
    gauge('nodejs_heap_size_used_bytes', 'Heap that is used.', () => process.memoryUsage().heapUsed),
    gauge('nodejs_heap_size_total_bytes', 'Heap that is taken from the system.', () => process.memoryUsage().heapTotal),
    gauge('nodejs_external_memory_bytes', 'Memory outside the heap: buffers.', () => process.memoryUsage().external),
    gauge('nodejs_eventloop_lag_p99_seconds', 'Delay of the event loop, 99th percentile of the last second.', () => eventLoop.p99 / 1000),
    gauge(
      'nodejs_eventloop_lag_max_seconds',
      'The longest delay of the event loop since the last scrape.',
      () => eventLoop.takeWorst() / 1000,
    ),
    counter(
      'nodejs_eventloop_lag_seconds_total',
      'All delays of the event loop together, sampled every 20 ms.',
      () => eventLoop.total / 1000,
    ),
    {
      name: 'nodejs_gc_duration_seconds_total',
      help: 'Time in garbage collection.',
      type: 'counter',
      read: () => ofCollections(({ seconds }) => seconds),
    },
    { name: 'nodejs_gc_runs_total', help: 'Garbage collections.', type: 'counter', read: () => ofCollections(({ count }) => count) },
  ];
  return { sources, stop: () => observer.disconnect() };
}

/** A metric of one value. */
export function gauge(name: string, help: string, value: () => number): MetricSource {
  return { name, help, type: 'gauge', read: () => [{ value: value() }] };
}

/** A metric of one value that only grows. */
export function counter(name: string, help: string, value: () => number): MetricSource {
  return { name, help, type: 'counter', read: () => [{ value: value() }] };
}
