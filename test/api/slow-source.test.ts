import { connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresServer } from '../containers.js';
import { type Api, type App, connectionOf, startApi } from '../hostile/support/guarded-api.js';

const database = await postgresServer();
const MAX_INFLIGHT = 60;

/** Stands before a database and can stop passing on what is sent, as a network does that loses everything. */
async function swallowingProxy(target: { readonly host: string; readonly port: number }) {
  const sockets = new Set<Socket>();
  let isSwallowing = false;
  const server = createServer((client) => {
    const upstream = connect(target);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => isSwallowing || to.write(chunk));
      from.on('error', () => {});
      from.on('close', () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    swallow: () => {
      isSwallowing = true;
    },
    /** What was on its way is lost: its connections end. */
    recover: () => {
      isSwallowing = false;
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe.skipIf(database === undefined)('a data source that swallows every statement', () => {
  let api: Api;
  let app: App;
  let proxy: Awaited<ReturnType<typeof swallowingProxy>>;

  beforeAll(async () => {
    const connection = connectionOf(database!);
    proxy = await swallowingProxy({ host: String(connection.host), port: Number(connection.port) });
    api = await startApi({ env: { DF_MAX_INFLIGHT: String(MAX_INFLIGHT), DF_ACQUIRE_TIMEOUT: '3s', DF_SERVICE_POOL_MAX: '4' } });
    const service = (name: string, config: object) => ({
      name,
      label: name,
      type: 'pgsql',
      is_active: true,
      config: { ...connection, statements: ['CREATE TABLE IF NOT EXISTS thing (id integer PRIMARY KEY)'], ...config },
    });
    await api.admin('POST', 'system/service', {
      resource: [service('fine', {}), service('stuck', { host: '127.0.0.1', port: proxy.port })],
    });
    app = await api.appWith('reader', [
      { service: 'fine', component: '*', verbs: 1 },
      { service: 'stuck', component: '*', verbs: 1 },
    ]);
    for (const name of ['fine', 'stuck']) expect((await api.call(`${name}/_table/thing`, { key: app.key })).status, name).toBe(200);
  });
  afterAll(async () => {
    await api?.close();
    await proxy?.close();
  });

  it('keeps nobody from other services: its calls are refused, theirs are served, the worker stays ready', async () => {
    proxy.swallow();
    const stuck = Array.from({ length: 4 * MAX_INFLIGHT }, async () => {
      const asked = performance.now();
      const answer = await api.call('stuck/_table/thing', { key: app.key });
      return { ...answer, ms: performance.now() - asked };
    });
    // While those that got in still wait, everybody else goes on.
    for (let round = 0; round < 20; round++) {
      const [fine, ready] = await Promise.all([api.call('fine/_table/thing', { key: app.key }), fetch(`${api.headgate.origin}/readyz`)]);
      expect([fine.status, ready.status]).toEqual([200, 200]);
    }
    const shown = await api.call('system/environment', { token: await api.headgate.token() });
    expect(shown.status).toBe(200);

    proxy.recover();
    const answers = await Promise.all(stuck);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
    const refused = answers.filter(({ json }) => (json as { error: { reason: string } }).error.reason !== 'source_unavailable');
    expect(refused.length).toBeGreaterThan(2 * MAX_INFLIGHT);
    for (const { headers } of answers) expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    await expect.poll(async () => (await api.call('stuck/_table/thing', { key: app.key })).status, { timeout: 15_000 }).toBe(200);
  });
});
