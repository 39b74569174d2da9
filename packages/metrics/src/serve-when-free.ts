import type { Logger, Settings } from '@headgate/core';
import { type MetricsServer, type ServeMetricsOptions, type SnapshotSource, serveMetrics } from './serve.js';

const DEFAULT_PORT = 9464;
const RETRY_MS = 5_000;

/** The port for metrics, or undefined where none are to be served: `PROMETHEUS_ENABLED=false`, `DF_METRICS_PORT=0`, or neither is set. */
export function metricsPort({ enabled, port }: Settings['metrics']): number | undefined {
  if (enabled === false || port === 0) return undefined;
  return port ?? (enabled === true ? DEFAULT_PORT : undefined);
}

/**
 * Serves metrics, and goes without as long as the port is taken: by a predecessor that still drains, or another process of this machine that
 * was given the same. Calls matter more than metrics, so this never fails.
 */
export function serveMetricsWhenFree(metrics: SnapshotSource, options: ServeMetricsOptions, log: Logger): { close(): Promise<void> } {
  let server: MetricsServer | undefined;
  let retry: NodeJS.Timeout | undefined;
  let isClosed = false;
  const attempt = async () => {
    try {
      server = await serveMetrics(metrics, options);
      log.info('Metrics are served', { port: server.port });
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'error';
      log.once('metrics:port', 'Metrics are not served yet: their port cannot be listened on', { port: options.port, code });
      if (!isClosed) retry = setTimeout(start, RETRY_MS).unref();
    }
  };
  let attempting = attempt();
  function start(): void {
    attempting = attempt();
  }
  return {
    async close() {
      isClosed = true;
      clearTimeout(retry);
      await attempting;
      await server?.close();
    },
  };
}
