import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { installedServiceTypes, systemDatabaseOptions } from '@headgate/api';
import { loadSettings, type Settings, SILENT } from '@headgate/core';
import { createServiceWithAccess } from '@headgate/system';
import { migrate, openSystemDatabase, seed } from '@headgate/system-db';
import pg from 'pg';
import { GenericContainer, type StartedTestContainer } from 'testcontainers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresServer } from '../containers.ts';

/** What one worker of a large installation costs: docs/scaling.md states the figures. The bounds here leave room for slow machines. */
const SERVICES = 40;
const TABLES = 500;
const ROLES = 200;
const KEYS = 2_000;
const MOST_START_MS = 15_000;
const MOST_MEMORY = 384 * 1024 ** 2;

const PROGRAM = path.resolve(import.meta.dirname, '../../packages/cli/dist/main.js');
const APP_KEY = 'k'.repeat(32);

let dataUrl: string;
let dataServer: StartedTestContainer | undefined;
const systemUrl = await postgresServer();
const folder = mkdtempSync(path.join(tmpdir(), 'headgate-size-'));
const key = randomBytes(32).toString('hex');

function settings(): Settings {
  return loadSettings({
    env: { APP_KEY, DB_URL: systemUrl!, DF_DATA_DIR: folder, DF_EGRESS_ALLOW: 'loopback,private' },
    readFile: (file) => readFileSync(file, 'utf8'),
    baseDirectory: folder,
  }).settings;
}

async function onServer<R>(url: string, work: (client: pg.Client) => Promise<R>): Promise<R> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Services may not be pointed at the server of the system database: theirs is another. */
async function startDataServer(): Promise<void> {
  dataServer = await new GenericContainer('postgres:17')
    .withEnvironment({ POSTGRES_PASSWORD: 'headgate' })
    .withTmpFs({ '/var/lib/postgresql/data': 'rw' })
    .withCommand(['postgres', '-c', 'fsync=off'])
    .withExposedPorts(5432)
    .start();
  dataUrl = `postgres://postgres:headgate@${dataServer.getHost()}:${dataServer.getMappedPort(5432)}/postgres`;
  const answers = () => onServer(dataUrl, async () => true).catch(() => false);
  for (const deadline = performance.now() + 60_000; !(await answers()); await wait(100)) {
    if (performance.now() > deadline) throw new Error('the data server does not answer');
  }
}

async function makeInstallation(): Promise<void> {
  await onServer(dataUrl, (client) =>
    client.query(`DO $$ BEGIN
      FOR n IN 1..${TABLES} LOOP
        EXECUTE format('CREATE TABLE table_%s (id serial PRIMARY KEY, parent_id integer REFERENCES table_%s (id), name varchar(80) NOT NULL,
          amount numeric(12, 2), note text, created timestamp DEFAULT now(), is_active boolean DEFAULT true, kind smallint)', n, greatest(n - 1, 1));
      END LOOP;
      INSERT INTO table_1 (name) VALUES ('first');
    END $$`),
  );
  const options = systemDatabaseOptions(settings(), APP_KEY, SILENT);
  await migrate(options, { log: SILENT });
  const db = await openSystemDatabase(options);
  await seed(db, { log: SILENT });
  const types = installedServiceTypes(settings(), SILENT);
  const { hostname, port, username, password, pathname } = new URL(dataUrl);
  for (let number = 1; number <= SERVICES; number++) {
    const name = `shop_${number}`;
    const config = { host: hostname, port: Number(port), database: pathname.slice(1), username, password, application_name: name };
    await createServiceWithAccess(db, types, { service: { name, type: 'pgsql', config }, key: 'read-only' });
  }
  await db.close();
  await onServer(systemUrl!, async (client) => {
    await client.query(`INSERT INTO role (name, is_active) SELECT 'team ' || n, true FROM generate_series(1, ${ROLES}) AS n`);
    await client.query(
      `INSERT INTO role_service_access (role_id, service_id, component, verb_mask, requestor_mask, filters, filter_op)
       SELECT r.id, s.id, '_table/table_' || (r.id % ${TABLES} + 1) || '/*', 1, 1, '[]', 'and'
       FROM role r JOIN service s ON s.name LIKE 'shop\\_%' AND s.id % 8 = r.id % 8 WHERE r.name LIKE 'team %'`,
    );
    await client.query(
      `INSERT INTO app (name, api_key, is_active, role_id)
       SELECT 'client ' || n, md5('a' || n) || md5('b' || n), true, (SELECT id FROM role WHERE name = 'team ' || (n % ${ROLES} + 1))
       FROM generate_series(1, ${KEYS}) AS n`,
    );
    await client.query(`UPDATE app SET api_key = $1 WHERE name = 'shop_1_app'`, [key]);
  });
}

interface Worker {
  readonly child: ChildProcess;
  readonly origin: string;
  readonly startMs: number;
}

async function startWorker(): Promise<Worker> {
  const started = performance.now();
  const child = spawn(
    process.execPath,
    ['--max-semi-space-size=8', PROGRAM, 'api', '--port', '0', '--host', '127.0.0.1', '--settings', '/dev/null', '--data', folder],
    {
      env: { PATH: process.env.PATH, APP_KEY, DB_URL: systemUrl, DF_EGRESS_ALLOW: 'loopback,private', DF_DRAIN_SECONDS: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let output = '';
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${output}`)));
    child.stdout.on('data', (chunk) => {
      output += String(chunk);
      const port = /localhost:(\d+)/.exec(output)?.[1];
      if (port !== undefined) resolve({ child, origin: `http://127.0.0.1:${port}`, startMs: performance.now() - started });
    });
  });
}

function residentBytes(child: ChildProcess): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) * 1024;
}

/** Sessions of the services at the data server, by service. */
async function sessions(): Promise<Record<string, number>> {
  const { rows } = await onServer(dataUrl, (client) =>
    client.query(
      "SELECT application_name AS name, count(*)::int AS count FROM pg_stat_activity WHERE application_name LIKE 'shop%' GROUP BY 1",
    ),
  );
  return Object.fromEntries(rows.map(({ name, count }) => [name, count]));
}

async function timed(call: () => Promise<Response>): Promise<{ ms: number; status: number; text: string }> {
  const started = performance.now();
  const response = await call();
  const text = await response.text();
  return { ms: performance.now() - started, status: response.status, text };
}

describe.skipIf(systemUrl === undefined)('a worker of a large installation', () => {
  let worker: Worker;

  beforeAll(async () => {
    await startDataServer();
    await makeInstallation();
    worker = await startWorker();
  });

  afterAll(async () => {
    if (worker !== undefined) {
      worker.child.removeAllListeners('exit');
      const ended = new Promise((resolve) => worker.child.once('exit', resolve));
      worker.child.kill('SIGTERM');
      await ended;
    }
    await dataServer?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const read = (service: string) => () =>
    fetch(`${worker.origin}/api/v2/${service}/_table/table_1?limit=1`, { headers: { 'X-DreamFactory-API-Key': key } });

  it('starts soon, answers soon, in bounded memory, and connects only to what is called', async () => {
    const atStart = residentBytes(worker.child);
    expect(await sessions()).toEqual({});

    const first = await timed(read('shop_1'));
    expect(first).toMatchObject({ status: 200, text: expect.stringContaining('first') });
    const second = await timed(read('shop_1'));
    expect(await sessions()).toEqual({ shop_1: 1 });
    const afterFirst = residentBytes(worker.child);

    const mebibytes = (bytes: number) => Math.round(bytes / 1024 ** 2);
    console.info(
      `${SERVICES} services x ${TABLES} tables, ${ROLES} roles, ${KEYS} keys: start ${Math.round(worker.startMs)} ms, first call ${Math.round(first.ms)} ms, ` +
        `second ${Math.round(second.ms)} ms; memory ${mebibytes(atStart)} MiB after the start, ${mebibytes(afterFirst)} MiB after the calls`,
    );
    expect(worker.startMs).toBeLessThan(MOST_START_MS);
    expect(first.ms).toBeLessThan(MOST_START_MS);
    expect(afterFirst).toBeLessThan(MOST_MEMORY);
  });

  it('stays within its memory when every service is called', async () => {
    await onServer(systemUrl!, (client) =>
      client.query(
        `INSERT INTO role_service_access (role_id, service_id, component, verb_mask, requestor_mask, filters, filter_op)
         SELECT (SELECT role_id FROM app WHERE api_key = $1), id, '*', 1, 1, '[]', 'and' FROM service WHERE name LIKE 'shop\\_%' AND name <> 'shop_1'`,
        [key],
      ),
    );
    await expect.poll(async () => (await timed(read('shop_2'))).status, { timeout: 10_000 }).toBe(200);
    for (let number = 1; number <= SERVICES; number++) expect((await timed(read(`shop_${number}`))).status).toBe(200);
    const memory = residentBytes(worker.child);
    const open = await sessions();
    const total = Object.values(open).reduce((sum, count) => sum + count, 0);
    console.info(`all ${SERVICES} services called: ${Math.round(memory / 1024 ** 2)} MiB, ${total} sessions`);
    expect(total).toBeLessThanOrEqual(50);
    expect(memory).toBeLessThan(2 * MOST_MEMORY);
  }, 60_000);
});
