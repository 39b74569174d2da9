import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger, Settings, WorkerReport } from '@headgate/core';
import { openRedisQueues, type Queues, queueSettings } from '@headgate/jobs';
import { createLogger, loggerSettings } from '@headgate/logging';
import { createMetrics, EventLoopDelay, gauge, processMetrics, serveMetrics } from '@headgate/metrics';
import { openStores, storeSettings } from '@headgate/store';
import {
  type OpenSystemState,
  openSystemDatabase,
  openSystemState,
  type SystemDatabaseOptions,
  type SystemStateOptions,
  waitForSchema,
} from '@headgate/system-db';

/** What a worker is given beside its settings: how this installation's system database and service types are found. */
export interface WorkerParts {
  databaseOptions(log: Logger): SystemDatabaseOptions;
  configOf(log: Logger): SystemStateOptions['configOf'];
  readonly version: string;
}

export interface StartOptions {
  /** Ends the waiting for the system database: the start rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** A job worker that runs. */
export interface RunningWorker {
  /** The port of its health and metrics. */
  readonly port: number;
  readonly queues: Queues;
  /** Not ready any more; jobs at work finish, for up to `DF_SHUTDOWN_SECONDS`; then everything is closed in reverse order. */
  close(): Promise<void>;
}

const HEALTH_PORT = 9464;
/** Less than what whoever asks for the readiness waits. */
const PATIENCE = 2_000;

/** The port of health and metrics: `DF_METRICS_PORT`, 9464 without. Never that of the API, whose balancer must not find a job worker. */
export function healthPort({ metrics }: Pick<Settings, 'metrics'>): number {
  return metrics.port ?? HEALTH_PORT;
}

/**
 * Starts a job worker: the queues, the configuration of the installation, and `/livez`, `/readyz` and metrics on a port of their own. It waits
 * for `migrate` up to `DF_SCHEMA_WAIT`; it starts and stays up while the store of the queues is away, and goes on when it is back. Rejects
 * with `ConfigurationError` where the queue driver needs no worker, with what `waitForSchema`, `openSystemDatabase` and `openSystemState`
 * say, and with the error of the system where it cannot listen; nothing stays open then.
 */
export async function startWorker(settings: Settings, parts: WorkerParts, { signal }: StartOptions = {}): Promise<RunningWorker> {
  const ofQueues = queueSettings(settings);
  await using opening = new AsyncDisposableStack();
  const log = createLogger(loggerSettings(settings));
  opening.defer(() => log.close());

  const database = parts.databaseOptions(log);
  await waitForSchema(database, { patience: settings.database.schemaWait, signal });
  const db = await openSystemDatabase(database);
  opening.defer(() => db.close());
  const { bus, lock } = storeSettings(settings);
  // It caches and counts nothing; without the bus every change would wait for its next look at the system database.
  const stores = await openStores({ cache: { driver: 'memory' }, counters: { driver: 'memory' }, bus, lock }, log);
  opening.defer(() => stores.close());
  const eventLoop = new EventLoopDelay();
  opening.defer(() => eventLoop.close());
  const state = await openSystemState(db, {
    configOf: parts.configOf(log),
    log,
    hints: stores.bus,
    worker: { id: randomUUID(), role: 'worker', host: hostname(), version: parts.version },
    report: () => reportOf(eventLoop),
    serveStaleMs: settings.database.serveStale,
  });
  opening.defer(() => state.close());
  const queues = openRedisQueues(ofQueues, log);
  opening.defer(() => queues.close());

  const metrics = createMetrics();
  const ofProcess = processMetrics(eventLoop);
  opening.defer(() => ofProcess.stop());
  metrics.add(
    ...ofProcess.sources,
    gauge('df_queue_connected', 'Whether the store of the queues answers.', () => Number(queues.health().isConnected)),
  );

  let isStopping = false;
  const health = await serveMetrics(metrics, {
    host: settings.http.host,
    port: healthPort(settings),
    path: settings.metrics.telemetryPath,
    allowedHostname: settings.metrics.allowedHostname,
    readiness: { role: 'worker', problems: () => problemsOf({ state, queues, isStopping }) },
  });
  opening.defer(() => health.close());
  opening.defer(async () => {
    isStopping = true;
    await within(queues.close(), settings.http.shutdown, log);
  });
  log.info('The job worker runs', { port: health.port, version: parts.version, queues: queues.health().driver });
  const running = opening.move();
  let closing: Promise<void> | undefined;
  return { port: health.port, queues, close: () => (closing ??= running.disposeAsync()) };
}

/** What the others may know of this worker. */
function reportOf(eventLoop: EventLoopDelay): WorkerReport {
  return { load: { event_loop_delay_ms: Math.round(eventLoop.p99), memory_bytes: process.memoryUsage.rss() } };
}

interface Watched {
  readonly state: Pick<OpenSystemState, 'current'>;
  readonly queues: Queues;
  readonly isStopping: boolean;
}

async function problemsOf({ state, queues, isStopping }: Watched): Promise<readonly string[]> {
  const isProven = await hasProof(state);
  return [
    ...(isStopping ? ['draining'] : []),
    ...(isProven ? [] : ['the system database does not answer']),
    ...(queues.health().isConnected ? [] : ['the store of the queues does not answer']),
  ];
}

async function hasProof(state: Watched['state']): Promise<boolean> {
  const patience = Promise.withResolvers<false>();
  const timer = setTimeout(() => patience.resolve(false), PATIENCE);
  try {
    return await Promise.race([Promise.resolve(state.current()).then(() => true), patience.promise]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/** A job that does not end is left to another worker, which takes it when its lock has run out. */
async function within(work: Promise<void>, patience: number, log: Logger): Promise<void> {
  const over = Promise.withResolvers<'over'>();
  const timer = setTimeout(() => over.resolve('over'), patience);
  try {
    if ((await Promise.race([work, over.promise])) === 'over') log.warn('jobs were still at work when the worker had to end');
  } finally {
    clearTimeout(timer);
  }
}
