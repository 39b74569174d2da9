/**
 * Offers a worker three times what it can do, at a fixed rate, and says what became of it: how many calls were served within a second against the
 * most that it serves without overload, how quickly the others were refused, whether it stayed ready, and how it is five seconds later.
 *
 *   node test/load/overload.ts [--seconds 60] [--times 3] [--mix mixed|record] [--json FILE]
 *
 * Needs a build and a Docker engine. The worker has a core of its own; PostgreSQL and the client share another. Everything runs on loopback
 * and stops by itself. Exit code 1 where a goal of docs/decisions/0009-overload.md is missed.
 */
import { type ChildProcess, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { GenericContainer, Wait } from 'testcontainers';
import { OTHER_CORE, pin, startOnServerCore, until } from './machine.ts';
import { type OpenLoopResult, openLoop } from './open-loop.ts';
import { processCpu } from './process-cost.ts';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    times: { type: 'string', default: '3' },
    mix: { type: 'string', default: 'mixed' },
    rate: { type: 'string' },
    json: { type: 'string' },
  },
});
const SECONDS = Number(options.seconds);
const TIMES = Number(options.times);
const ROOT = path.resolve(import.meta.dirname, '../..');
const ADMIN = { email: 'admin@example.com', password: 'load-test-password-1' };
const POSTGRES_PORT = 8195;
const PORT = 8196;
const METRICS_PORT = 8198;
const COLUMNS = 'id,code,first_name,last_name,email,city,country,loyalty_points,is_active,notes';
/** Closed-loop connections with which the most is found out. */
const SATURATING = 64;
const MOST_CONNECTIONS = 2_000;

const temporary = mkdtempSync(path.join(tmpdir(), 'headgate-overload-'));
let worker: ChildProcess | undefined;
const container = await new GenericContainer('postgres:17')
  .withEnvironment({ POSTGRES_USER: 'load', POSTGRES_PASSWORD: 'load', POSTGRES_DB: 'load' })
  .withNetworkMode('host')
  .withCommand(['postgres', '-p', String(POSTGRES_PORT), '-c', 'listen_addresses=127.0.0.1'])
  .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/))
  .start();
try {
  pin(Number(execFileSync('docker', ['inspect', '-f', '{{.State.Pid}}', container.getId()], { encoding: 'utf8' })), OTHER_CORE);
  pin(process.pid, OTHER_CORE);
  await loadData();
  worker = await startWorker();
  const call = requests(await apiKey());
  await offer(call, 300, 5); // warm-up: compiles, prepares, fills pools
  const best = await mostServed(call);
  const before = await offer(call, best / 2, 10);
  const watch = watchReadiness();
  const cpuBefore = processCpu(worker.pid!);
  const during = await offer(call, options.rate === undefined ? best * TIMES : Number(options.rate), SECONDS);
  const cpu = (processCpu(worker.pid!) - cpuBefore) / 1e6 / SECONDS;
  const readiness = watch.stop();
  const shed = await shedByReason();
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  const after = await offer(call, best / 2, 10);
  report({ best, before, during, after, readiness, cpu, shed });
} finally {
  worker?.kill('SIGTERM');
  await container.stop();
  rmSync(temporary, { recursive: true, force: true });
}
process.exit();

async function loadData(): Promise<void> {
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
  await client.query('CREATE TABLE load_visit (id bigserial PRIMARY KEY, customer integer NOT NULL, page text NOT NULL)');
  await client.end();
}

async function startWorker(): Promise<ChildProcess> {
  const child = startOnServerCore(
    [
      '--max-semi-space-size=8',
      path.join(ROOT, 'packages/cli/dist/main.js'),
      'start',
      '--no-sample',
      '--port',
      String(PORT),
      '--data',
      temporary,
    ],
    {
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      DF_EGRESS_ALLOW: 'loopback,private',
      APP_LOG_LEVEL: 'warning',
      DF_METRICS_PORT: String(METRICS_PORT),
    },
  );
  await until(async () => (await fetch(`http://127.0.0.1:${PORT}/readyz`)).ok);
  return child;
}

/** A service, a role that may read and create, and the key of an app with it. */
async function apiKey(): Promise<string> {
  let token: string | undefined;
  const post = async (target: string, body: unknown): Promise<{ session_token?: string; resource?: { id: number; api_key: string }[] }> => {
    const response = await fetch(`http://127.0.0.1:${PORT}/api/v2/${target}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { 'x-dreamfactory-session-token': token }) },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${target}: ${response.status} ${await response.text()}`);
    return (await response.json()) as never;
  };
  token = (await post('system/admin/session', ADMIN)).session_token;
  const config = { host: '127.0.0.1', port: POSTGRES_PORT, database: 'load', username: 'load', password: 'load' };
  const service = await post('system/service', { resource: [{ name: 'load', label: 'Load', type: 'pgsql', is_active: true, config }] });
  const access = {
    service_id: service.resource![0]!.id,
    component: '_table/*',
    verb_mask: 3,
    requestor_mask: 1,
    filters: [],
    filter_op: 'AND',
  };
  const role = await post('system/role', { resource: [{ name: 'load', is_active: true, role_service_access_by_role_id: [access] }] });
  const app = await post('system/app?fields=*', { resource: [{ name: 'load', is_active: true, type: 0, role_id: role.resource![0]!.id }] });
  return app.resource![0]!.api_key;
}

/**
 * Half of the calls read one record, four of ten a page of 20 in XML, which the worker writes itself, one of ten creates a record; `--mix record`:
 * all read one record. The worker has to be what there is too little of: in JSON it is the database that writes pages.
 */
function requests(key: string): (position: number) => string {
  const head = `Host: 127.0.0.1\r\nX-DreamFactory-API-Key: ${key}\r\n`;
  const get = (target: string, accept: string) => `GET /api/v2/load/_table/${target} HTTP/1.1\r\n${head}Accept: ${accept}\r\n\r\n`;
  return (position) => {
    const kind = options.mix === 'record' ? 0 : position % 10;
    if (kind === 9) {
      const body = `{"resource":[{"customer":${position % 100_000},"page":"/p/${position}"}]}`;
      return `POST /api/v2/load/_table/load_visit HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    }
    if (kind < 5) return get(`load_customer/${1 + ((position * 7919) % 100_000)}?fields=${COLUMNS}`, 'application/json');
    const filter = encodeURIComponent(`loyalty_points >= ${1000 + (position % 500)}`);
    return get(`load_customer?fields=${COLUMNS}&filter=${filter}&order=last_name,id&limit=20`, 'application/xml');
  };
}

function offer(call: (position: number) => string, rate: number, seconds: number): Promise<OpenLoopResult> {
  return openLoop({ host: '127.0.0.1', port: PORT, rate, seconds, connections: MOST_CONNECTIONS, request: call });
}

/** The most calls a second that are served: by clients that each wait for their answer before they call again. */
async function mostServed(call: (position: number) => string): Promise<number> {
  const seconds = 8;
  // So high a rate keeps every connection busy all the time: what was due long ago is sent as soon as one is free.
  const result = await openLoop({
    host: '127.0.0.1',
    port: PORT,
    rate: 50_000,
    seconds,
    connections: SATURATING,
    drainMs: 0,
    request: call,
  });
  const served = result.latencies.get(200)?.length ?? 0;
  const created = result.latencies.get(201)?.length ?? 0;
  return (served + created) / seconds;
}

/** Asks twice a second whether the worker is ready, as a balancer does. */
function watchReadiness() {
  const answers: { status: number; ms: number }[] = [];
  const timer = setInterval(() => {
    const asked = performance.now();
    const done = (status: number) => answers.push({ status, ms: performance.now() - asked });
    request({ host: '127.0.0.1', port: PORT, path: '/readyz', agent: false, timeout: 3_000 }, (response) => {
      response.resume();
      done(response.statusCode ?? 0);
    })
      .once('error', () => done(0))
      .end();
  }, 500);
  return {
    stop() {
      clearInterval(timer);
      return answers;
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

interface Measured {
  readonly best: number;
  readonly before: OpenLoopResult;
  readonly during: OpenLoopResult;
  readonly after: OpenLoopResult;
  readonly readiness: readonly { readonly status: number; readonly ms: number }[];
  readonly cpu: number;
  readonly shed: Readonly<Record<string, number>>;
}

function report({ best, before, during, after, readiness, cpu, shed }: Measured): void {
  const served = (result: OpenLoopResult) => [...(result.latencies.get(200) ?? []), ...(result.latencies.get(201) ?? [])];
  const goodput = served(during).filter((ms) => ms <= 1000).length / SECONDS;
  const refused = during.latencies.get(503) ?? [];
  const figures = {
    best: Math.round(best),
    offered: Math.round(best * TIMES),
    servedWithinOneSecond: Math.round(goodput),
    shareOfBest: round(goodput / best),
    servedMs: spread(served(during)),
    refused: Math.round(refused.length / SECONDS),
    refusedMs: spread(refused),
    others: Object.fromEntries(
      [...during.latencies].filter(([status]) => ![200, 201, 503].includes(status)).map(([status, all]) => [status, all.length]),
    ),
    broken: during.broken,
    unanswered: during.unanswered,
    connections: during.opened,
    workerCores: round(cpu),
    shed,
    notReady: readiness.filter(({ status }) => status !== 200).length,
    readyMs: spread(readiness.map(({ ms }) => ms)),
    before: { served: served(before).length, refused: before.latencies.get(503)?.length ?? 0, ms: spread(served(before)) },
    after: { served: served(after).length, refused: after.latencies.get(503)?.length ?? 0, ms: spread(served(after)) },
  };
  console.log(JSON.stringify(figures, null, 2));
  if (options.json) writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`);
  const goals: readonly [string, boolean][] = [
    ['2xx within one second are at least 80% of the best', figures.shareOfBest >= 0.8],
    ['the 99th percentile of refusals is at most 20 ms', figures.refusedMs.p99 <= 20],
    ['it stayed ready', figures.notReady === 0 && figures.readyMs.max < 3_000],
    ['nothing is refused five seconds later', figures.after.refused === 0],
    ['p99 is at most twice the former five seconds later', figures.after.ms.p99 <= 2 * Math.max(figures.before.ms.p99, 5)],
  ];
  for (const [goal, isReached] of goals) console.log(`${isReached ? 'reached' : 'MISSED '}  ${goal}`);
  if (goals.some(([, isReached]) => !isReached)) process.exitCode = 1;
}

function spread(values: readonly number[]) {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (share: number) => round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
