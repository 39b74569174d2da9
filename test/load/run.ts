/**
 * Measures Headgate against hand-written Express 5 + pg on the same machine, in the same run: one record by key, and 1,000 records
 * filtered and sorted, by API key under a role. Prints a Markdown table of CPU time per request and its ratios.
 *
 *   node test/load/run.ts [--seconds 8] [--connections 1,20,100] [--json FILE]
 *
 * Needs a build and a Docker engine. Everything runs on loopback and stops by itself. A run in which more requests stay unanswered
 * than there are connections is invalid and ends with an error.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import pg from 'pg';
import { GenericContainer, Wait } from 'testcontainers';
import { processCpu, residentMiB, treeCpu } from './process-cost.ts';

const { values: options } = parseArgs({
  options: { seconds: { type: 'string', default: '8' }, connections: { type: 'string', default: '1,20,100' }, json: { type: 'string' } },
});
const SECONDS = Number(options.seconds);
const CONNECTIONS = options.connections.split(',').map(Number);
const ROOT = path.resolve(import.meta.dirname, '../..');
const ADMIN = { email: 'admin@example.com', password: 'load-test-password-1' };
const POSTGRES_PORT = 8194;
const SERVER_CORE = 0;
const OTHER_CORE = 1;
const HEAP_LIMIT = '--max-old-space-size=128';
/** As `./headgate` starts it. */
const LAUNCHER_FLAGS = ['--max-semi-space-size=8'];
const COLUMNS = 'id,code,first_name,last_name,email,city,country,loyalty_points,is_active,notes';

interface Server {
  readonly name: string;
  readonly process: ChildProcess;
  readonly headers: Record<string, string>;
  readonly origin: string;
  path(scenario: Scenario, position: number): string;
}

type Scenario = 'record' | 'list';

interface Figures {
  server: string;
  scenario: Scenario;
  connections: number;
  requestsPerSecond: number;
  p50: number;
  p99: number;
  workerMicroseconds: number;
  databaseMicroseconds: number;
  memoryMiB: number;
}

const temporary = mkdtempSync(path.join(tmpdir(), 'headgate-load-'));
const started: ChildProcess[] = [];

// On the host's network: a port proxy in between would cut large answers into small pieces and cost more than what is measured.
const container = await new GenericContainer('postgres:17')
  .withEnvironment({ POSTGRES_USER: 'load', POSTGRES_PASSWORD: 'load', POSTGRES_DB: 'load' })
  .withNetworkMode('host')
  .withCommand(['postgres', '-p', String(POSTGRES_PORT), '-c', 'listen_addresses=127.0.0.1'])
  .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/))
  .start();
try {
  const database = `postgres://load:load@127.0.0.1:${POSTGRES_PORT}/load`;
  // The server that is measured has a core of its own; the database and this client share the other.
  const postgresPid = Number(execFileSync('docker', ['inspect', '-f', '{{.State.Pid}}', container.getId()], { encoding: 'utf8' }));
  pin(postgresPid, OTHER_CORE);
  pin(process.pid, OTHER_CORE);
  await loadData(database);
  const servers = [await baseline('rows', 8191, database), await baseline('text', 8192, database), await headgate(8193, database)];
  for (const server of servers) for (const scenario of ['record', 'list'] as const) await check(server, scenario);

  const figures: Figures[] = [];
  for (const scenario of ['record', 'list'] as const) {
    for (const connections of CONNECTIONS) {
      for (const server of servers) {
        if (scenario === 'record' && server.name === 'text') continue;
        await measure(server, scenario, connections, postgresPid, 2); // warm-up: compiles, prepares, fills pools
        figures.push(await measure(server, scenario, connections, postgresPid, SECONDS));
      }
    }
  }
  report(figures);
  if (options.json) writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`);
} finally {
  for (const child of started) child.kill('SIGTERM');
  await container.stop();
  rmSync(temporary, { recursive: true, force: true });
}
process.exit();

/** Binds a process, and what it starts from now on, to one core. */
function pin(pid: number, core: number): void {
  execFileSync('taskset', ['--all-tasks', '--pid', '--cpu-list', String(core), String(pid)], { stdio: 'ignore' });
}

async function loadData(database: string): Promise<void> {
  // The first server that a new container starts is its own, for setting up.
  await until(async () => {
    const probe = new pg.Client({ connectionString: database });
    await probe.connect();
    await probe.end();
    return true;
  });
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  await client.query(readFileSync(path.join(import.meta.dirname, 'data.sql'), 'utf8'));
  await client.end();
}

function start(args: readonly string[], env: NodeJS.ProcessEnv = {}, flags: readonly string[] = []): ChildProcess {
  const child = spawn(process.execPath, [HEAP_LIMIT, ...flags, ...args], {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  started.push(child);
  pin(child.pid!, SERVER_CORE);
  return child;
}

async function baseline(style: 'rows' | 'text', port: number, database: string): Promise<Server> {
  const child = start([path.join(import.meta.dirname, 'servers/baseline.mjs'), style, String(port), database]);
  await new Promise((resolve) => child.once('message', resolve));
  return {
    name: style,
    process: child,
    headers: {},
    origin: `http://127.0.0.1:${port}`,
    path: (scenario, position) => (scenario === 'record' ? `/record/${recordId(position)}` : `/list/${listBound(position)}`),
  };
}

async function headgate(port: number, database: string): Promise<Server> {
  const origin = `http://127.0.0.1:${port}`;
  const child = start(
    [path.join(ROOT, 'packages/cli/dist/main.js'), 'start', '--no-sample', '--port', String(port), '--data', temporary],
    {
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      DF_EGRESS_ALLOW: 'loopback,private',
      APP_LOG_LEVEL: 'warning',
    },
    LAUNCHER_FLAGS,
  );
  await until(async () => (await fetch(`${origin}/readyz`)).ok);
  const key = await readOnlyKey(origin, new URL(database));
  const table = `/api/v2/load/_table/load_customer`;
  return {
    name: 'headgate',
    process: child,
    headers: { 'x-dreamfactory-api-key': key },
    origin,
    path: (scenario, position) =>
      scenario === 'record'
        ? `${table}/${recordId(position)}?fields=${COLUMNS}`
        : `${table}?fields=${COLUMNS}&filter=${encodeURIComponent(`loyalty_points >= ${listBound(position)}`)}&order=last_name,id&limit=1000`,
  };
}

async function readOnlyKey(origin: string, database: URL): Promise<string> {
  let token: string | undefined;
  const call = async (target: string, body: unknown): Promise<{ session_token?: string; resource?: { id: number; api_key: string }[] }> => {
    const response = await fetch(`${origin}/api/v2/${target}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { 'x-dreamfactory-session-token': token }) },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${target}: ${response.status} ${await response.text()}`);
    return (await response.json()) as never;
  };
  token = (await call('system/admin/session', ADMIN)).session_token;
  const config = { host: database.hostname, port: Number(database.port), database: 'load', username: 'load', password: 'load' };
  const service = await call('system/service', { resource: [{ name: 'load', label: 'Load', type: 'pgsql', is_active: true, config }] });
  const access = {
    service_id: service.resource![0]!.id,
    component: '_table/*',
    verb_mask: 1,
    requestor_mask: 1,
    filters: [],
    filter_op: 'AND',
  };
  const role = await call('system/role', { resource: [{ name: 'load', is_active: true, role_service_access_by_role_id: [access] }] });
  const app = await call('system/app?fields=*', { resource: [{ name: 'load', is_active: true, type: 0, role_id: role.resource![0]!.id }] });
  return app.resource![0]!.api_key;
}

function recordId(position: number): number {
  return 1 + ((position * 7919) % 100_000);
}

function listBound(position: number): number {
  return 1_000 + (position % 500);
}

/** Before anything is measured: the servers answer the same records. */
async function check(server: Server, scenario: Scenario): Promise<void> {
  const response = await fetch(server.origin + server.path(scenario, 1), { headers: server.headers });
  const document = (await response.json()) as { id?: number; resource?: unknown[] };
  const fits = scenario === 'record' ? document.id === recordId(1) : document.resource?.length === 1000;
  if (!fits) throw new Error(`${server.name} answers ${scenario} with ${response.status}: ${JSON.stringify(document).slice(0, 300)}`);
}

async function measure(server: Server, scenario: Scenario, connections: number, postgresPid: number, seconds: number): Promise<Figures> {
  const requests = Array.from({ length: 500 }, (_, position) => ({ method: 'GET' as const, path: server.path(scenario, position) }));
  const pid = server.process.pid!;
  const before = { worker: processCpu(pid), database: treeCpu(postgresPid) };
  const result = await autocannon({ url: server.origin, connections, duration: seconds, headers: server.headers, requests });
  const after = { worker: processCpu(pid), database: treeCpu(postgresPid) };
  const answered = result['2xx'];
  const lost = result.requests.sent - result.requests.total;
  if (lost > connections || result.non2xx > 0 || result.errors > 0) {
    throw new Error(`invalid run of ${server.name}: ${lost} lost, ${result.non2xx} refused, ${result.errors} errors`);
  }
  return {
    server: server.name,
    scenario,
    connections,
    requestsPerSecond: Math.round(result.requests.average),
    p50: result.latency.p50,
    p99: result.latency.p99,
    workerMicroseconds: Math.round((after.worker - before.worker) / answered),
    databaseMicroseconds: Math.round((after.database - before.database) / answered),
    memoryMiB: Math.round(residentMiB(pid)),
  };
}

function report(figures: readonly Figures[]): void {
  console.log(
    '| request | connections | server | requests/s | p50 ms | p99 ms | worker CPU µs | ratio | PostgreSQL CPU µs | both, ratio | memory MiB |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const row of figures) {
    const floor = figures.find(
      (other) => other.server === 'rows' && other.scenario === row.scenario && other.connections === row.connections,
    )!;
    const both = (figure: Figures) => figure.workerMicroseconds + figure.databaseMicroseconds;
    console.log(
      `| ${row.scenario} | ${row.connections} | ${row.server} | ${row.requestsPerSecond} | ${row.p50} | ${row.p99} | ${row.workerMicroseconds} | ${(row.workerMicroseconds / floor.workerMicroseconds).toFixed(2)} | ${row.databaseMicroseconds} | ${(both(row) / both(floor)).toFixed(2)} | ${row.memoryMiB} |`,
    );
  }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 30_000;
  while (performance.now() < end) {
    if (await condition().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('not ready within 30 seconds');
}
