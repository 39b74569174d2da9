import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import {
  createFirstAdmin,
  createIdentity,
  createLoginThrottle,
  createPasswords,
  createSignOn,
  createTokens,
  hasActiveAdmin,
  systemLookups,
  unlockMarks,
} from '@headgate/access';
import { ConfigurationError, type Logger, type Settings } from '@headgate/core';
import { AccessLog, createLogger, loggerSettings } from '@headgate/logging';
import { createMetrics, EventLoopDelay, type Metrics, metricsPort, processMetrics, serveMetricsWhenFree } from '@headgate/metrics';
import { type IpcChannel, openStores, storeSettings } from '@headgate/store';
import { createSystem } from '@headgate/system';
import { openSystemDatabase, openSystemState, waitForSchema } from '@headgate/system-db';
import { createApi } from './app.js';
import { clusterResource } from './cluster/cluster-resource.js';
import { baseUrlOf } from './pages/base-url.js';
import { mountPages } from './pages/pages.js';
import { createStatusPage } from './pages/status.js';
import { CallFigures } from './pipeline/call-figures.js';
import { Recorder } from './pipeline/record.js';
import { Room } from './pipeline/room.js';
import { createClientAddresses, forwardedAddresses } from './request/address.js';
import { createApiServer } from './server.js';
import { accessSettings, apiRules, publicUrl, systemSettings } from './settings/packages.js';
import { cacheStatements } from './settings/stores.js';
import { systemDatabaseOptions } from './settings/system-database.js';
import { readVersion } from './settings/version.js';
import { ServerStop } from './stop-server.js';
import { currentCors } from './wiring/cors.js';
import { workerMetrics } from './wiring/metrics.js';
import { workerReadiness } from './wiring/readiness.js';
import { installedServiceTypes } from './wiring/service-types.js';
import { pipelineServices } from './wiring/services.js';
import { statusFacts } from './wiring/status-facts.js';
import { countApiWorkers, warnOfSystemConnections } from './wiring/system-connections.js';
import { WorkerReporter } from './wiring/worker-report.js';

/** An API that listens. */
export interface RunningApi {
  /** The port that it got, also where the settings said 0. */
  readonly port: number;
  readonly log: Logger;
  /** Of this process, where metrics are on (`PROMETHEUS_ENABLED`, `DF_METRICS_PORT`). */
  readonly metrics: Metrics | undefined;
  /**
   * Stops as operations.md 7.4 says: not ready any more, serves for `DF_DRAIN_SECONDS`, takes no new connections, lets what runs
   * finish for up to `DF_SHUTDOWN_SECONDS`, then closes everything in reverse order.
   */
  close(): Promise<void>;
}

export interface StartOptions {
  /** Ends the waiting for the system database: `startApi` rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Listens on this unix socket instead of `HOST` and `PORT`. Whoever can reach it is our own proxy, whose `X-Forwarded-*` are believed. */
  readonly socketPath?: string;
  /** The way to the parent that serves the stores of `headgate cluster`. */
  readonly ipc?: IpcChannel | undefined;
}

/**
 * Starts one API process over a system database that `migrate` prepares: waits for it up to `DF_SCHEMA_WAIT`. Rejects with what
 * `waitForSchema`, `openSystemDatabase` and `openSystemState` say, and with the error of the system (`EADDRINUSE`, `EACCES` ...) where it cannot listen; nothing stays open then.
 */
export async function startApi(settings: Settings, { signal, socketPath, ipc }: StartOptions = {}): Promise<RunningApi> {
  await using opening = new AsyncDisposableStack();
  const log = createLogger(loggerSettings(settings));
  opening.defer(() => log.close());
  const { key: appKey } = settings.app;
  if (appKey === undefined)
    throw new ConfigurationError([{ name: 'APP_KEY', problem: 'is not set', allowed: 'the key of this installation' }]);
  const version = readVersion();

  const database = systemDatabaseOptions(settings, appKey, log);
  await waitForSchema(database, { patience: settings.database.schemaWait, signal });
  const db = await openSystemDatabase(database);
  opening.defer(() => db.close());
  const stores = await openStores(storeSettings(settings), log, { ipc, statements: cacheStatements(db) });
  opening.defer(() => stores.close());
  // Services connect to their data sources long after the state was opened.
  const members = () => state.members();
  const types = installedServiceTypes(settings, log, () => countApiWorkers(members));
  const reporter = new WorkerReporter();
  const state = await openSystemState(db, {
    configOf: types.configOf,
    log,
    worker: { id: randomUUID(), role: 'api', host: hostname(), version },
    hints: stores.bus,
    report: () => reporter.report(),
    serveStaleMs: settings.database.serveStale,
  });
  opening.defer(() => state.close());
  void warnOfSystemConnections(database, members, settings, log);

  const access = accessSettings(settings, appKey, version);
  const passwords = createPasswords(access);
  opening.defer(() => passwords.close());
  const throttle = createLoginThrottle({ marks: unlockMarks(db) });
  const tokens = createTokens({ db, state, settings: access });
  const identity = createIdentity({ db, state, settings: access, tokens, passwords, throttle });
  const signOn = createSignOn({ db, state, settings: access, tokens, passwords, throttle, log });

  const rules = apiRules(settings);
  const system = createSystem({
    db,
    state,
    types,
    envelope: rules.envelope,
    settings: systemSettings(settings, version, dirname(settings.app.dataDir)),
    log,
    signOn,
    sessions: tokens,
    passwords,
    systemLookups: (configuration) => systemLookups(configuration, access),
    resources: [{ resource: clusterResource(state), verbs: ['get'] }],
  });
  opening.defer(() => system.close());

  const room = new Room(settings.http.maxInflight);
  const eventLoop = new EventLoopDelay();
  opening.defer(() => eventLoop.close());
  eventLoop.onRound((delay) => room.adapt(delay));
  const accessLog = new AccessLog(log, log.isOn('info'));
  opening.defer(() => accessLog.flush());
  const figures = new CallFigures({ includeSystem: settings.metrics.includeSystemRequests });
  reporter.watch({ room, eventLoop, system, stores });
  const addresses = socketPath === undefined ? createClientAddresses(settings.http.trustedProxies) : forwardedAddresses();
  const base = (request: Parameters<typeof baseUrlOf>[0]) => baseUrlOf(request, addresses.isSecure, publicUrl(settings));
  const listener = createApi({
    rules,
    addresses,
    room,
    cors: currentCors(state, settings.cors.origins, log),
    identity,
    services: pipelineServices(system, state),
    recorder: new Recorder({ log, accessLog, figures, slowMs: settings.logging.slowMs }),
    log,
    mountPages: (app) =>
      mountPages(app, {
        first: {
          exists: () => hasActiveAdmin(db),
          create: async ({ setup_token = '', email = '', password = '', ...others }) => {
            await createFirstAdmin(db, passwords, { email, password, ...others }, { token: setup_token });
          },
        },
        readiness: workerReadiness(room, state),
        status: createStatusPage({ facts: statusFacts(db, settings, version), identity, addresses, baseUrlOf: base }),
        statusPath: `/${settings.http.statusRoutePrefix}`,
        landingPage: settings.http.landingPage,
        adminUiDir: settings.http.adminUiDir,
        inContainer: settings.app.inContainer,
        start: { prefix: rules.prefix, version, baseUrlOf: base },
        addressOf: addresses.of,
        log,
      }),
  });

  const metered = metricsPort(settings.metrics);
  const metrics = metered === undefined ? undefined : createMetrics();
  if (metrics !== undefined && metered !== undefined) {
    const ofProcess = processMetrics(eventLoop);
    opening.defer(() => ofProcess.stop());
    metrics.add(...figures.metrics, ...workerMetrics({ room, system, state, stores, accessLog }), ...ofProcess.sources);
    const { telemetryPath: path, allowedHostname } = settings.metrics;
    // One port cannot be that of several workers: whoever started this one on a socket serves its metrics among theirs.
    if (socketPath === undefined) {
      const served = serveMetricsWhenFree(metrics, { host: settings.http.host, port: metered, path, allowedHostname }, log);
      opening.defer(() => served.close());
    }
  }

  const server = createApiServer(listener);
  const stopping = new ServerStop(server, room);
  const { host } = settings.http;
  const port = await listen(server, socketPath === undefined ? { host, port: settings.http.port } : { path: socketPath });
  opening.defer(() => stopping.run(settings.http));
  log.info('The API listens', { ...(socketPath === undefined ? { host, port } : { pid: process.pid }), version });
  const running = opening.move();
  let closing: Promise<void> | undefined;
  return { port, log, metrics, close: () => (closing ??= running.disposeAsync()) };
}

/** Answers the port; 0 for a unix socket. */
function listen(server: Server, target: { host: string; port: number } | { path: string }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(target, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}
