import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../headgate.js';
import { type Api, type App, startApi } from '../hostile/support/guarded-api.js';

const SECRETS = {
  header: 'planted-in-a-header-1',
  query: 'planted-in-the-query-2',
  body: 'planted-in-the-body-3',
  path: 'planted-in-the-path-4',
};

let api: Api;
let app: App;
let metricsPort: number;

beforeAll(async () => {
  metricsPort = await freePort();
  api = await startApi({
    env: {
      DF_METRICS_PORT: String(metricsPort),
      DB_QUERY_LOG_ENABLED: 'true',
      APP_LOG_LEVEL: 'debug',
      LOG_CHANNEL: 'single',
      LOG_FORMAT: 'json',
    },
  });
  await api.admin('POST', 'system/service', {
    resource: [
      {
        name: 'notes',
        label: 'Notes',
        type: 'sqlite',
        is_active: true,
        config: { database: 'notes.db', statements: ['CREATE TABLE IF NOT EXISTS note (id integer PRIMARY KEY, body text)'] },
      },
      // Refused at once, by a system that names address and port in its errors.
      {
        name: 'away',
        label: 'Away',
        type: 'pgsql',
        is_active: true,
        config: { host: '127.0.0.1', port: 1, database: 'planted_database', username: 'planted_user', password: 'planted-password' },
      },
    ],
  });
  app = await api.appWith('reader', [
    { service: 'notes', component: '*', verbs: 31 },
    { service: 'away', component: '*', verbs: 31 },
  ]);
});
afterAll(() => api?.close());

const metrics = async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();

async function log(): Promise<string> {
  const folder = path.join(api.headgate.dataFolder, 'logs');
  const files = await Promise.all((await readdir(folder)).map((file) => readFile(path.join(folder, file), 'utf8')));
  return files.join('') + api.headgate.output();
}

const lineOf = async (requestId: string, message: string) =>
  (await log())
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { message: string; request_id?: string; context?: Record<string, unknown> })
    .find((line) => line.request_id === requestId && (message === '' || line.message.startsWith(message)));

describe('a call', () => {
  it('leaves one line: who, what, how much and how long, under the id of its answer', async () => {
    await api.call('notes/_table/note', { method: 'POST', key: app.key, body: '{"resource":[{"body":"a"},{"body":"b"}]}' });
    const answer = await api.call('notes/_table/note?fields=id', { key: app.key, headers: { 'x-request-id': 'call-1' } });
    expect(answer.status).toBe(200);
    expect(answer.headers['x-request-id']).toBe('call-1');
    await expect.poll(() => lineOf('call-1', 'call')).toBeDefined();
    expect((await lineOf('call-1', 'call'))!.context).toEqual({
      method: 'GET',
      verb: 'GET',
      service: 'notes',
      route: '_table/note',
      status: 200,
      app: app.id,
      role: app.role,
      rows: 2,
      bytes: Buffer.byteLength(answer.text),
      ms: expect.any(Number),
      db_ms: expect.any(Number),
      wait_ms: expect.any(Number),
    });
    const { ms, db_ms: inDatabase } = (await lineOf('call-1', 'call'))!.context as { ms: number; db_ms: number };
    expect(inDatabase).toBeGreaterThan(0);
    expect(inDatabase).toBeLessThanOrEqual(ms);
  });

  it('is found by its id among the statements, values left out', async () => {
    await api.call(`notes/_table/note?filter=body%3D%27${SECRETS.query}%27`, { key: app.key, headers: { 'x-request-id': 'call-2' } });
    await expect.poll(() => lineOf('call-2', 'notes: ')).toBeDefined();
    expect((await lineOf('call-2', 'notes: '))!.message).toMatch(/^notes: .*SELECT.*: [\d.]+ ms$/is);
  });

  it('is counted by service, route template, method, app and class of status', async () => {
    await api.call('notes/_table/note/1', { key: app.key });
    await api.call('notes/_table/note/999', { key: app.key });
    const text = await metrics();
    const labels = (method: string, uri: string, status: string) =>
      `dreamfactory_api_requests_total{service="notes",uri="${uri}",method="${method}",app="reader",status="${status}"}`;
    expect(text).toContain(`${labels('GET', '_table/{table_name}/{id}', '2xx')} 1`);
    expect(text).toContain(`${labels('GET', '_table/{table_name}/{id}', '4xx')} 1`);
    expect(text).toMatch(/^headgate_request_duration_seconds_bucket\{service="notes",le="\+Inf"\} [1-9]/m);
    expect(text).toMatch(/^headgate_stage_calls_total\{stage="dispatch"\} [1-9]/m);
    expect(text).toMatch(/^headgate_pool_open\{service="notes"\} [1-9]/m);
    expect(text).toMatch(/^headgate_system_proof_age_seconds 0\.\d+/m);
    expect(text).toMatch(/^df_log_dropped_total 0/m);
    expect(text).not.toContain('service="system"');
  });
});

describe('system/cluster', () => {
  it('shows administrators each worker, its load, its services and its stores', async () => {
    await api.call('away/_table/x', { key: app.key });
    const cluster = () => api.admin<{ triggers: string; workers: Record<string, never>[] }>('GET', 'system/cluster');
    await expect.poll(async () => JSON.stringify((await cluster()).workers[0]?.services), { timeout: 15_000 }).toContain('away');
    const { triggers, workers } = await cluster();
    expect(triggers).toBe('installed');
    expect(workers).toHaveLength(1);
    const [worker] = workers;
    expect(worker).toMatchObject({
      role: 'api',
      version: expect.any(String),
      host: expect.any(String),
      lag: 0,
      load: {
        in_flight: expect.any(Number),
        room: 1000,
        refused: 0,
        event_loop_delay_ms: expect.any(Number),
        memory_bytes: expect.any(Number),
      },
    });
    expect(worker!.services).toContainEqual(
      expect.objectContaining({ service: 'away', open: 0, last_error: 'Nothing accepts connections at this host and port.' }),
    );
    expect(worker!.stores).toContainEqual(expect.objectContaining({ store: 'cache', last_error: null }));
  });

  it('is for administrators alone', async () => {
    const reader = await api.appWith('cluster reader', [{ service: 'system', component: '*', verbs: 31 }]);
    expect((await api.call('system/cluster', { key: reader.key })).status).toBe(403);
    expect((await api.call('system/cluster', {})).status).toBeGreaterThanOrEqual(400);
  });
});

describe('what nobody should see', () => {
  it('is in no log line, metric, report or health page', async () => {
    const { header, query, body } = SECRETS;
    for (const target of ['notes/_table/note', 'notes/_table/nothing', 'system/environment', 'away/_table/x', `${SECRETS.path}/_table/x`]) {
      await api.call(`${target}?api_key=${query}&session_token=${query}&filter=body%3D%27${query}%27`, {
        method: 'POST',
        headers: {
          'x-dreamfactory-api-key': header,
          'x-dreamfactory-session-token': header,
          authorization: `Basic ${Buffer.from(`${header}:${header}`).toString('base64')}`,
          cookie: `session=${header}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ resource: [{ body }], password: body, session_token: body }),
      });
      await api.call(`${target}?filter=body%3D%27${query}%27`, { key: app.key });
      await api.call(target, { key: app.key, method: 'POST', body: JSON.stringify({ resource: [{ body, wrong_field: body, id: body }] }) });
    }
    await api.call('user/session', { method: 'POST', body: JSON.stringify({ email: 'nobody@example.com', password: body }) });
    await expect.poll(() => log()).toContain('user/session'.split('/')[1]!);
    const seen = {
      log: await log(),
      metrics: await metrics(),
      cluster: JSON.stringify(await api.admin('GET', 'system/cluster')),
      readyz: await (await fetch(`${api.headgate.origin}/readyz`)).text(),
      status: await (await fetch(`${api.headgate.origin}/status`)).text(),
    };
    for (const [place, text] of Object.entries(seen)) {
      for (const secret of [
        header,
        query,
        body,
        'planted-password',
        'planted_user',
        'planted_database',
        '127.0.0.1:1"',
        '127.0.0.1:1 ',
        'ECONNREFUSED 127',
        app.key,
        await api.headgate.token(),
      ])
        expect(text.includes(secret), `${secret} in ${place}`).toBe(false);
    }
    expect(seen.metrics).not.toContain(SECRETS.path);
    expect(seen.cluster).not.toContain('127.0.0.1');
  });
});
