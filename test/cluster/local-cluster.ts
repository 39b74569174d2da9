import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort, type RunningHeadgate, startHeadgate } from '../headgate.ts';

/** `headgate cluster` as its users run it, with what tests need to see of its processes. */
export interface LocalCluster extends RunningHeadgate {
  /** A key that may only read the sample service. */
  readonly sampleKey: string;
  readonly metricsPort: number;
  /** The process ids of the workers that run, in the order of their start. */
  workers(): number[];
  /** The sockets of the workers that listen. */
  sockets(): Promise<string[]>;
  /** Resolves when this many workers run and are ready, all started after those named. */
  untilWorkers(count: number, without?: readonly number[]): Promise<number[]>;
}

export async function startCluster(workers: number, env: Readonly<Record<string, string>> = {}): Promise<LocalCluster> {
  // Sockets are made where temporary files go; their paths must be short.
  const temporary = await mkdtemp(path.join(tmpdir(), 'hc-'));
  const metricsPort = await freePort();
  const headgate = await startHeadgate({
    command: 'cluster',
    args: ['--workers', String(workers)],
    env: {
      TMPDIR: temporary,
      LOG_CHANNEL: 'stderr',
      APP_LOG_LEVEL: 'info',
      PROMETHEUS_ENABLED: 'true',
      DF_METRICS_PORT: String(metricsPort),
      ...env,
    },
  });
  const started = () => [...headgate.output().matchAll(/worker \d+ takes calls \{"pid":(\d+)\}/g)].map((match) => Number(match[1]));
  const cluster: LocalCluster = {
    ...headgate,
    sampleKey: /API-Key: ([a-f0-9]{64})/.exec(headgate.output())?.[1] ?? '',
    metricsPort,
    workers: () => started().filter(isAlive),
    async sockets() {
      const [folder] = await readdir(temporary);
      return folder === undefined
        ? []
        : (await readdir(path.join(temporary, folder))).sort().map((name) => path.join(temporary, folder, name));
    },
    async untilWorkers(count, without = []) {
      let found: number[] = [];
      await until(() => {
        found = started().filter((pid) => isAlive(pid) && !without.includes(pid));
        return found.length === count && (without.length === 0 || !without.some(isAlive));
      }, `${count} workers`);
      return found;
    },
    async stop() {
      await headgate.stop();
      await rm(temporary, { recursive: true, force: true });
    },
  };
  await cluster.untilWorkers(workers);
  return cluster;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Resolves when `holds` does; rejects after 60 seconds. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const deadline = performance.now() + 60_000; !(await holds()); ) {
    if (performance.now() > deadline) throw new Error(`did not happen within 60 seconds: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Addresses by which each worker alone can be called, past the balancer. */
export async function relay(sockets: readonly string[]): Promise<{ readonly origins: string[]; close(): void }> {
  const relays = await Promise.all(sockets.map(openRelay));
  return {
    origins: relays.map(({ origin }) => origin),
    close() {
      for (const { server } of relays) server.close();
    },
  };
}

async function openRelay(socketPath: string): Promise<{ readonly origin: string; readonly server: Server }> {
  const server = createServer((client) => {
    const worker = connect(socketPath);
    client.pipe(worker).pipe(client);
    client.on('error', () => worker.destroy());
    worker.on('error', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { origin: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, server };
}
