import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN } from '../headgate.ts';
import { type Entry, Ledger } from '../ledger.ts';
import { checkCoherence, openKinds, summaryOf } from './coherence-driver.ts';
import { isAlive, type LocalCluster, relay, startCluster, until } from './local-cluster.ts';

const PROGRAM = path.resolve(import.meta.dirname, '../../packages/cli/dist/main.js');
const CONNECTIONS = 30;
/** Coherence is asked for after so many changes. */
const CHANGES = Number(process.env.HEADGATE_TEST_CHANGES ?? 1000);

let cluster: LocalCluster | undefined;
afterEach(async () => {
  await cluster?.stop();
  cluster = undefined;
});

/** Reads, writes and log-ins; each write makes one row that its id names. */
async function mixedLoad({ origin, token, sampleKey }: LocalCluster): Promise<Ledger> {
  const session = { 'X-DreamFactory-Session-Token': await token() };
  const key = { 'X-DreamFactory-API-Key': sampleKey };
  let count = 0;
  return new Ledger({
    origin,
    connections: CONNECTIONS,
    next(id) {
      count++;
      if (count % 500 === 0) return { kind: 'login', method: 'POST', target: 'system/admin/session', headers: {}, body: ADMIN };
      if (count % 5 === 0) {
        return {
          kind: 'write',
          method: 'POST',
          target: 'db/_table/company',
          headers: session,
          body: { resource: [{ name: id, city: 'Here', country: 'DE' }] },
        };
      }
      return { kind: 'read', method: 'GET', target: 'db/_table/contact/1', headers: key };
    },
  });
}

/** How many rows the write of each id made. */
async function rowsOf({ admin }: LocalCluster): Promise<Map<string, number>> {
  const rows = new Map<string, number>();
  for (let offset = 0; ; ) {
    const { resource } = await admin<{ resource: { name: string }[] }>(
      'GET',
      `db/_table/company?fields=name&order=id&limit=1000&offset=${offset}`,
    );
    for (const { name } of resource) rows.set(name, (rows.get(name) ?? 0) + 1);
    if (resource.length === 0) return rows;
    offset += resource.length;
  }
}

/** The writes that did not make exactly one row; of those that were not acknowledged, the ones that made more. */
async function wrongWrites(cluster: LocalCluster, ledger: Ledger): Promise<readonly Entry[]> {
  const rows = await rowsOf(cluster);
  return ledger.of('write').filter(({ id, problem }) => {
    const made = rows.get(id) ?? 0;
    return problem === undefined ? made !== 1 : made > 1;
  });
}

describe('headgate cluster', () => {
  it('takes turns, and tells the metrics of all workers on one port', async () => {
    cluster = await startCluster(3);
    const { origin, sampleKey, metricsPort } = cluster;
    for (let call = 0; call < 9; call++) {
      const answer = await fetch(`${origin}/api/v2/db/_table/contact/1`, { headers: { 'X-DreamFactory-API-Key': sampleKey } });
      expect(answer.status).toBe(200);
      await answer.text();
    }
    const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    const counted = [...metrics.matchAll(/^dreamfactory_api_requests_total\{service="db",.*worker="(\d)"\} (\d+)$/gm)];
    expect(counted.map(([, worker, calls]) => [worker, Number(calls)])).toEqual([
      ['1', 3],
      ['2', 3],
      ['3', 3],
    ]);
  });

  it('restarts a worker that was killed: no read fails, no write runs twice', async () => {
    cluster = await startCluster(3);
    const before = cluster.workers();
    const ledger = await mixedLoad(cluster);
    await ledger.reached(300);
    const [victim] = before;
    process.kill(victim!, 'SIGKILL');
    await cluster.untilWorkers(3, [victim!]);
    await ledger.reached(1500);
    await ledger.stop();

    const { failed } = ledger;
    expect(failed.filter(({ method }) => method === 'GET')).toEqual([]);
    expect(failed.length).toBeLessThanOrEqual(CONNECTIONS);
    expect(await wrongWrites(cluster, ledger)).toEqual([]);
  });

  it('replaces all workers on SIGHUP without losing a request', async () => {
    cluster = await startCluster(3);
    const before = cluster.workers();
    const ledger = await mixedLoad(cluster);
    await ledger.reached(300);
    cluster.process.kill('SIGHUP');
    const after = await cluster.untilWorkers(3, before);
    await ledger.reached(ledger.entries.length + 300);
    await ledger.stop();

    expect(after.some((pid) => before.includes(pid))).toBe(false);
    expect(ledger.failed).toEqual([]);
    expect(await wrongWrites(cluster, ledger)).toEqual([]);
  });

  it('lets a worker that is asked to end from outside go only when another one is there', async () => {
    cluster = await startCluster(2);
    const [asked, other] = cluster.workers();
    const ledger = await mixedLoad(cluster);
    process.kill(asked!, 'SIGTERM');
    const left = cluster;
    await until(() => !isAlive(asked!) && left.workers().length === 2, 'a successor');
    await ledger.stop();
    expect(left.workers()).toContain(other);
    expect(ledger.failed).toEqual([]);
  });

  it('leaves neither process nor port nor socket when it is stopped', async () => {
    cluster = await startCluster(2);
    const pids = cluster.workers();
    const sockets = await cluster.sockets();
    expect(sockets).toHaveLength(2);
    const ended = new Promise<number | null>((resolve) => cluster!.process.once('exit', resolve));
    // As a terminal does on Ctrl-C: every process gets it.
    for (const pid of pids) process.kill(pid, 'SIGINT');
    cluster.process.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(sockets.filter(existsSync)).toEqual([]);
    await expect(open(new URL(cluster.origin))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('leaves no worker behind when it is killed', async () => {
    cluster = await startCluster(2);
    const pids = cluster.workers();
    const [socket] = await cluster.sockets();
    cluster.process.kill('SIGKILL');
    await until(() => pids.every((pid) => !isAlive(pid)), 'the workers end');
    expect(existsSync(path.dirname(socket!))).toBe(false);
  });

  it('gives up with what to do when no worker can start', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'headgate-test-'));
    // Longer than the path of a socket may be.
    const temporary = path.join(folder, 'x'.repeat(120));
    await mkdir(temporary);
    const run = promisify(execFile)(
      process.execPath,
      [PROGRAM, 'cluster', '--workers', '2', '--port', '0', '--data', path.join(folder, 'data')],
      {
        env: { PATH: process.env.PATH, TMPDIR: temporary },
      },
    );
    await expect(run).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('no worker could start') });
    expect(await readdir(temporary)).toEqual([]);
    await rm(folder, { recursive: true, force: true });
  });
});

describe('the workers of headgate cluster', () => {
  let workers: LocalCluster;
  beforeAll(async () => {
    workers = await startCluster(3);
  });
  afterAll(() => workers?.stop());

  it('all know a change by the next call', { timeout: 150_000 }, async () => {
    for (const city of ['Here', 'There']) {
      await workers.admin('POST', 'db/_table/company', { resource: [{ name: city, city, country: 'DE' }] });
    }
    const relays = await relay(await workers.sockets());
    const kinds = await openKinds({
      workers: relays.origins,
      admin: ADMIN,
      service: {
        type: 'sqlite',
        config: { database: 'db.sqlite' },
        table: 'company',
        column: 'city',
        values: ['Here', 'There'],
      },
    });
    const report = await checkCoherence(kinds, { workers: relays.origins, changes: CHANGES, within: 90_000 });
    console.info(`headgate cluster --workers 3: ${summaryOf(report)}`);
    expect(report.stale).toEqual([]);
    // As many as this machine makes in that time.
    expect(report.changes).toBeGreaterThanOrEqual(Math.min(CHANGES, 10 * kinds.length));
    relays.close();
  });
});

function open({ hostname, port }: URL): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) });
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}
