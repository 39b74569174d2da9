import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { generateAppKey } from '@headgate/system-db';
import { ADMIN, freePort } from '../headgate.ts';

/** Real `headgate api` processes on one PostgreSQL, without balancer: each is called by itself. */

const PROGRAM = path.resolve(import.meta.dirname, '../../packages/cli/dist/main.js');

export interface ApiWorker {
  readonly origin: string;
  readonly process: ChildProcess;
  output(): string;
}

export interface ApiWorkers {
  readonly workers: readonly ApiWorker[];
  readonly origins: readonly string[];
  /** Their common data folder. */
  readonly folder: string;
  /** What each process is configured by. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs another command of the installation. */
  command(...args: readonly string[]): Promise<string>;
  start(env?: Readonly<Record<string, string>>): Promise<ApiWorker>;
  stop(worker: ApiWorker, signal?: NodeJS.Signals): Promise<void>;
  close(): Promise<void>;
}

/** Prepares the empty database at `address` with the administrator `ADMIN`, and starts `count` workers on it. */
export async function startApiWorkers(address: string, count: number, extra: Readonly<Record<string, string>> = {}): Promise<ApiWorkers> {
  const folder = await mkdtemp(path.join(tmpdir(), 'headgate-workers-'));
  const url = new URL(address);
  const env = {
    PATH: process.env.PATH ?? '',
    APP_KEY: generateAppKey(),
    DB_CONNECTION: 'pgsql',
    DB_HOST: url.hostname,
    DB_PORT: url.port,
    DB_DATABASE: url.pathname.slice(1),
    DB_USERNAME: decodeURIComponent(url.username),
    DB_PASSWORD: decodeURIComponent(url.password),
    DF_DATA_DIR: folder,
    DF_DRAIN_SECONDS: '0',
    HOST: '127.0.0.1',
    ...extra,
  };
  const command = async (...args: readonly string[]) => {
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, ...args], {
      cwd: folder,
      env: { ...env, ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password },
    });
    return stdout;
  };
  await command('migrate');
  const workers: ApiWorker[] = [];
  const start = async (more: Readonly<Record<string, string>> = {}): Promise<ApiWorker> => {
    const port = await freePort();
    const child = spawn(process.execPath, ['--max-semi-space-size=8', PROGRAM, 'api', '--port', String(port)], {
      cwd: folder,
      env: { ...env, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    const worker = { origin: `http://127.0.0.1:${port}`, process: child, output: () => output };
    workers.push(worker);
    await untilReady(worker);
    return worker;
  };
  await Promise.all(Array.from({ length: count }, () => start()));
  const stop = async (worker: ApiWorker, signal: NodeJS.Signals = 'SIGTERM') => {
    const index = workers.indexOf(worker);
    if (index >= 0) workers.splice(index, 1);
    await ended(worker.process, signal);
  };
  return {
    workers,
    get origins() {
      return workers.map((worker) => worker.origin);
    },
    folder,
    env,
    command,
    start,
    stop,
    async close() {
      await Promise.all([...workers].map((worker) => stop(worker)));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await exit;
}

async function untilReady({ origin, process: child, output }: ApiWorker): Promise<void> {
  for (const end = performance.now() + 30_000; performance.now() < end; ) {
    if (child.exitCode !== null) throw new Error(`a worker ended with ${child.exitCode}:\n${output()}`);
    const ready = await fetch(`${origin}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  child.kill('SIGKILL');
  throw new Error(`a worker was not ready within 30 seconds:\n${output()}`);
}
