import { type ChildProcess, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers';
import { administer, apiKeyFor } from './access.ts';
import { VISITS } from './calls.ts';
import { OTHER_CORE, pin, startOnServerCore, until } from './machine.ts';
import type { Target, Watch } from './overload-target.ts';
import { processCpu } from './process-cost.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const ADMIN = { email: 'admin@example.com', password: 'load-test-password-1' };
const POSTGRES_PORT = 8195;
const PORT = 8196;
const METRICS_PORT = 8198;
const ORIGIN = `http://127.0.0.1:${PORT}`;

/** One worker on loopback that has a core of its own; PostgreSQL and this process share another. */
export async function openOneWorker(): Promise<Target> {
  const temporary = mkdtempSync(path.join(tmpdir(), 'headgate-overload-'));
  let container: StartedTestContainer | undefined;
  let worker: ChildProcess | undefined;
  const close = async () => {
    worker?.kill('SIGTERM');
    await container?.stop();
    rmSync(temporary, { recursive: true, force: true });
  };
  try {
    container = await startPostgres();
    pin(process.pid, OTHER_CORE);
    worker = await startWorker(temporary);
    const call = await administer(ORIGIN, ADMIN);
    const config = { host: '127.0.0.1', port: POSTGRES_PORT, database: 'load', username: 'load', password: 'load' };
    const { resource } = await call('POST', 'system/service', {
      resource: [{ name: 'load', label: 'Load', type: 'pgsql', is_active: true, config }],
    });
    const pid = worker.pid!;
    return {
      host: '127.0.0.1',
      port: PORT,
      service: 'load',
      key: await apiKeyFor(call, resource[0]!.id),
      cpu: () => processCpu(pid),
      watch,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startPostgres(): Promise<StartedTestContainer> {
  const container = await new GenericContainer('postgres:17')
    .withEnvironment({ POSTGRES_USER: 'load', POSTGRES_PASSWORD: 'load', POSTGRES_DB: 'load' })
    .withNetworkMode('host')
    .withCommand(['postgres', '-p', String(POSTGRES_PORT), '-c', 'listen_addresses=127.0.0.1'])
    .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/))
    .start();
  pin(Number(execFileSync('docker', ['inspect', '-f', '{{.State.Pid}}', container.getId()], { encoding: 'utf8' })), OTHER_CORE);
  const connectionString = `postgres://load:load@127.0.0.1:${POSTGRES_PORT}/load`;
  await until(async () => {
    const probe = new pg.Client({ connectionString });
    await probe.connect();
    await probe.end();
    return true;
  });
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query(readFileSync(path.join(import.meta.dirname, 'data.sql'), 'utf8'));
  await client.query(VISITS);
  await client.end();
  return container;
}

async function startWorker(dataFolder: string): Promise<ChildProcess> {
  const program = path.join(ROOT, 'packages/cli/dist/main.js');
  const child = startOnServerCore(
    ['--max-semi-space-size=8', program, 'start', '--no-sample', '--port', String(PORT), '--data', dataFolder],
    {
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      DF_EGRESS_ALLOW: 'loopback,private',
      APP_LOG_LEVEL: 'warning',
      DF_METRICS_PORT: String(METRICS_PORT),
    },
  );
  await until(async () => (await fetch(`${ORIGIN}/readyz`)).ok);
  return child;
}

/** Asks twice a second whether the worker is ready, as a balancer does. */
function watch(): Watch {
  let notReady = 0;
  let slowest = 0;
  const timer = setInterval(() => {
    const asked = performance.now();
    const done = (status: number) => {
      slowest = Math.max(slowest, performance.now() - asked);
      if (status !== 200) notReady++;
    };
    request({ host: '127.0.0.1', port: PORT, path: '/readyz', agent: false, timeout: 3_000 }, (response) => {
      response.resume();
      done(response.statusCode ?? 0);
    })
      .once('error', () => done(0))
      .end();
  }, 500);
  return {
    async stop() {
      clearInterval(timer);
      return { hasStayed: notReady === 0 && slowest < 3_000, notReady, slowestReadyMs: Math.round(slowest), ...(await shedByReason()) };
    },
  };
}

/** What the worker says of those that it refused, and of how late its event loop is. */
async function shedByReason(): Promise<Record<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${METRICS_PORT}/metrics`)).text();
  const of = (name: string) => [...text.matchAll(new RegExp(`^${name}(?:\\{(.*)\\})? (\\S+)$`, 'gm'))];
  const found = [
    'headgate_shed_total',
    'headgate_pool_refused_total',
    'headgate_refusals_total',
    'headgate_room',
    'nodejs_eventloop_lag_p99_seconds',
  ].flatMap((name) => of(name).map(([, labels = '', value]) => [`${name} ${labels}`.trim(), Number(value)] as const));
  return Object.fromEntries(found);
}
