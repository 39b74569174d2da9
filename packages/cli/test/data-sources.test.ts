import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { installedServiceTypes, systemDatabaseOptions } from '@headgate/api';
import { loadSettings, SILENT } from '@headgate/core';
import { createServiceWithAccess } from '@headgate/system';
import { openSystemDatabase } from '@headgate/system-db';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { postgresServer } from '../../../test/containers.ts';
import { freePort } from '../../../test/headgate.ts';
import { headgate, type Running, serve, temporaryFolder } from './command.js';

const APP_KEY = 'k'.repeat(32);

// Each test starts several processes.
vi.setConfig({ testTimeout: 120_000 });

interface Installation {
  readonly data: string;
  readonly env: Readonly<Record<string, string>>;
  /** The API key of each service. */
  readonly keys: ReadonlyMap<string, string>;
}

async function installation(
  services: Readonly<Record<string, Readonly<Record<string, string | number>>>>,
  given: Record<string, string> = {},
) {
  const data = temporaryFolder();
  const env = { APP_KEY, DF_EGRESS_ALLOW: 'loopback,private', DF_DRAIN_SECONDS: '0', LOG_CHANNEL: 'stderr', ...given };
  expect((await headgate(['migrate', '--data', data], { env })).code).toBe(0);
  const { settings } = loadSettings({
    env: { ...env, DF_DATA_DIR: data },
    readFile: (file) => readFileSync(file, 'utf8'),
    baseDirectory: data,
  });
  const db = await openSystemDatabase(systemDatabaseOptions(settings, APP_KEY, SILENT));
  const types = installedServiceTypes(settings, SILENT);
  const keys = new Map<string, string>();
  for (const [name, config] of Object.entries(services)) {
    const { apiKey } = await createServiceWithAccess(db, types, { service: { name, type: 'pgsql', config }, key: 'read-only' });
    keys.set(name, apiKey!);
  }
  await db.close();
  return { data, env, keys };
}

async function startApi({ data, env }: Installation): Promise<Running & { readonly origin: string }> {
  const running = await serve(['api', '--port', '0', '--host', '127.0.0.1', '--data', data], 'Headgate serves', { env });
  return { ...running, origin: `http://127.0.0.1:${/localhost:(\d+)/.exec(running.stdout)?.[1]}` };
}

/** A port that accepts connections and never says anything. */
async function silentPort(): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const login = { host: '127.0.0.1', database: 'x', username: 'x', password: 'planted-secret' };

describe('a worker whose data sources are down', () => {
  it('starts, is ready and stays ready, and answers 503 for those services alone', async () => {
    const place = await installation(
      { closed: { ...login, port: await freePort() }, silent: { ...login, port: await silentPort() } },
      { DF_ACQUIRE_TIMEOUT: '1500ms' },
    );
    const api = await startApi(place);
    const ready = async () => (await fetch(`${api.origin}/readyz`)).status;
    const read = (service: string) =>
      fetch(`${api.origin}/api/v2/${service}/_table`, { headers: { 'X-DreamFactory-API-Key': place.keys.get(service)! } });
    expect(await ready()).toBe(200);

    const waiting = Array.from({ length: 5 }, () => read('silent'));
    const refused = await read('closed');
    expect([refused.status, await ready()]).toEqual([503, 200]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const text = await refused.text();
    expect(text).toContain("'closed'");
    for (const hidden of ['planted-secret', '127.0.0.1', 'ECONNREFUSED']) expect(text).not.toContain(hidden);

    for (const answer of await Promise.all(waiting)) expect(answer.status).toBe(503);
    expect(await ready()).toBe(200);
    expect(await api.signal('SIGTERM')).toBe(0);
  });
});

describe('a worker whose pools are larger than their server', () => {
  it('says so, with the arithmetic, when the server is first connected to', async (context) => {
    const address = await postgresServer();
    if (address === undefined) return context.skip();
    const { hostname, port, username, password, pathname } = new URL(address);
    const config = { host: hostname, port: Number(port), username, password, database: pathname.slice(1) };
    const place = await installation({ shop: config, stock: config }, { DF_SERVICE_POOL_MAX: '400', DF_CONNECTIONS_MAX: '700' });
    const api = await startApi(place);
    const told = () => api.output().stderr.match(/the workers may open more connections to the server of a data source[^\n]*/g) ?? [];
    expect(told()).toEqual([]);
    for (const service of ['shop', 'stock']) {
      const { status } = await fetch(`${api.origin}/api/v2/${service}/_table`, {
        headers: { 'X-DreamFactory-API-Key': place.keys.get(service)! },
      });
      expect(status).toBe(200);
    }
    await expect
      .poll(told, { timeout: 20_000 })
      .toEqual([expect.stringMatching(/1 workers x 400 of 1 pool = 400, the server gives \d+\./)]);
    await api.signal('SIGTERM');
    expect(told()).toHaveLength(1);
  });

  it('says so of the system database at start', async (context) => {
    const address = await postgresServer();
    if (address === undefined) return context.skip();
    const api = await startApi(await installation({}, { DB_URL: address, DB_POOL_MAX: '900' }));
    await expect
      .poll(() => api.output().stderr, { timeout: 20_000 })
      .toMatch(/connections to the system database than it gives: 1 workers x \(900 of DB_POOL_MAX \+ 2\) = 902, the server gives \d+/);
    await api.signal('SIGTERM');
  });
});
