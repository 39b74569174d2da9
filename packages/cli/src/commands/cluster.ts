import { availableParallelism } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { type RunningCluster, runCluster } from '../cluster/run-cluster.js';
import { serveWorker } from '../cluster/serve-worker.js';
import { type ConfigurationFlags, loadConfiguration } from '../configuration/installation.js';
import { Failure } from '../failure.js';
import { configureServing, prepareServing, type ServeFlags, welcome } from '../system/first-start.js';
import { asFailures } from '../system/open-system.js';
import { checkPort, listenFailure } from '../system/port.js';
import { forgetServedAddress, localAddress, noteServedAddress } from '../system/served-address.js';
import { untilStopped } from '../system/until-stopped.js';
import { note, type Terminal } from '../terminal/terminal.js';

export interface ClusterFlags extends ServeFlags {
  readonly workers?: string;
}

const FEWEST = 2;
const PROGRAM = fileURLToPath(new URL('../main.js', import.meta.url));

/** `headgate cluster`: as `start`, by several worker processes behind a balancer. Resolves when it was stopped. */
export async function cluster(terminal: Terminal, flags: ClusterFlags): Promise<void> {
  const { settings, warnings, madeKey } = configureServing(terminal, 'cluster', flags);
  for (const warning of warnings) note(terminal, `warning: ${warning}`);
  const { host, port } = settings.http;
  const workers = flags.workers === undefined ? Math.max(FEWEST, availableParallelism()) : Number(flags.workers);
  await checkPort(host, port);
  await asFailures(async () => {
    const firstRun = await prepareServing(terminal, settings, flags);
    const stopped = untilStopped();
    const running = await Promise.race([
      runCluster({ settings, workers, command: { program: PROGRAM, flags: workerFlags(terminal, flags) } }).catch((error: unknown) => {
        const failure = listenFailure(error, host, port);
        throw failure instanceof Error ? new Failure(failure.message) : failure;
      }),
      stopped,
    ]);
    // Asked to stop before the first worker was ready: the workers end with this process.
    if (running === undefined) return process.exit(0);
    await serve(
      running,
      stopped,
      (address) => {
        noteServedAddress(settings, address);
        welcome(terminal, { settings, address, madeKey, workers, ...firstRun });
      },
      host,
    );
    forgetServedAddress(settings);
    await running.close();
  });
}

/** Until stopped; SIGHUP replaces the workers. */
async function serve(running: RunningCluster, stopped: Promise<void>, announce: (address: string) => void, host: string): Promise<void> {
  const roll = () => void running.roll();
  process.on('SIGHUP', roll);
  announce(localAddress(host, running.port));
  await stopped;
  process.off('SIGHUP', roll);
  process.on('SIGHUP', () => {});
}

export interface ClusterWorkerFlags extends ConfigurationFlags {
  readonly cors?: readonly string[];
  readonly socket: string;
}

/** `headgate cluster-worker`: one worker, started by `cluster` and by nobody else. */
export async function clusterWorker(terminal: Terminal, flags: ClusterWorkerFlags): Promise<void> {
  if (process.send === undefined) throw new Failure('cluster-worker is started by "headgate cluster", which gives it its calls');
  const { settings } = loadConfiguration(terminal, {
    command: 'cluster',
    flags,
    // The balancer stops to send calls before it ends a worker: nobody else needs time to notice.
    commandLine: { DF_CORS_ORIGINS: flags.cors?.join(','), DF_DRAIN_SECONDS: '0' },
  });
  await asFailures(() => serveWorker(settings, flags.socket));
}

/** The flags of the cluster that its workers' configuration follows from. */
function workerFlags({ workingDirectory }: Terminal, { data, settings, cors = [] }: ClusterFlags): string[] {
  return [
    ...(data === undefined ? [] : ['--data', path.resolve(workingDirectory, data)]),
    ...(settings === undefined ? [] : ['--settings', path.resolve(workingDirectory, settings)]),
    ...cors.flatMap((origin) => ['--cors', origin]),
  ];
}
