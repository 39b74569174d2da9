import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { createApiServer, createClientAddresses } from '@headgate/api';
import type { Settings } from '@headgate/core';
import { createLogger, loggerSettings } from '@headgate/logging';
import { mergeSnapshots, metricsPort, serveMetricsWhenFree } from '@headgate/metrics';
import { childChannel, hostStores } from '@headgate/store';
import { createBalancer } from './balancer.js';
import { Rotation } from './rotation.js';
import { Supervisor } from './supervisor.js';
import type { WorkerCommand } from './worker-process.js';

export interface ClusterOptions {
  readonly settings: Settings;
  readonly workers: number;
  readonly command: WorkerCommand;
}

export interface RunningCluster {
  /** The port that it got, also where the settings said 0. */
  readonly port: number;
  /** Replaces the workers one by one; what goes wrong is logged, and the workers that are left stay. */
  roll(): Promise<void>;
  /** Not ready any more, serves for `DF_DRAIN_SECONDS`, lets what runs finish for up to `DF_SHUTDOWN_SECONDS`, then ends the workers. */
  close(): Promise<void>;
}

/**
 * Serves `HOST` and `PORT` by several worker processes behind a balancer in this one. Resolves when the first worker is ready; rejects
 * where none can start, or with the error of the system where it cannot listen. Nothing runs then.
 */
export async function runCluster({ settings, workers, command }: ClusterOptions): Promise<RunningCluster> {
  await using opening = new AsyncDisposableStack();
  const log = createLogger(loggerSettings(settings));
  opening.defer(() => log.close());
  const rotation = new Rotation();
  const stores = hostStores(log);
  opening.defer(() => stores.close());
  const supervisor = new Supervisor({
    workers,
    command,
    rotation,
    log,
    shutdown: settings.http.shutdown,
    onProcess: (worker) => stores.attach(childChannel(worker.process)),
  });
  opening.defer(() => supervisor.stop());
  await supervisor.start();

  const metered = metricsPort(settings.metrics);
  if (metered !== undefined) {
    const { telemetryPath, allowedHostname } = settings.metrics;
    const served = serveMetricsWhenFree(
      { snapshot: async () => mergeSnapshots(await supervisor.metrics()) },
      { host: settings.http.host, port: metered, path: telemetryPath, allowedHostname },
      log,
    );
    opening.defer(() => served.close());
  }

  let isClosing = false;
  const server = createApiServer(
    createBalancer({
      rotation,
      addresses: createClientAddresses(settings.http.trustedProxies),
      prefix: settings.http.apiRoutePrefix,
      log,
      isClosing: () => isClosing,
      // The checks of its readiness take it back.
      onUnreachable: (target) => rotation.remove(target),
    }),
  );
  const port = await listen(server, settings.http);
  opening.defer(() => drain(server, settings.http));
  opening.defer(() => {
    isClosing = true;
  });
  log.info('The cluster serves', { host: settings.http.host, port, workers });

  const running = opening.move();
  let closing: Promise<void> | undefined;
  return {
    port,
    async roll() {
      log.info('replacing the workers one by one');
      try {
        await supervisor.roll();
        log.info('all workers are replaced');
      } catch (error) {
        log.error('the workers are not replaced: a new one did not become ready, the others stay as they are', {
          error: error instanceof Error ? error.message : String(error),
        });
      }
    },
    close: () => (closing ??= running.disposeAsync()),
  };
}

function listen(server: Server, { host, port }: Settings['http']): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Takes no new connections after a while in which clients can notice, and ends the old ones when they are done. */
async function drain(server: Server, settings: Settings['http']): Promise<void> {
  if (settings.drain > 0) await wait(settings.drain);
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const patience = new AbortController();
  await Promise.race([closed, wait(settings.shutdown, undefined, { signal: patience.signal }).catch(() => {})]);
  patience.abort();
  server.closeAllConnections();
  await closed;
}
