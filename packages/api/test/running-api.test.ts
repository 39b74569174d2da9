import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issueSetupToken } from '@headgate/access';
import { loadSettings, type Settings, SILENT } from '@headgate/core';
import { migrate, openSystemDatabase, seed } from '@headgate/system-db';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningApi, startApi } from '../src/index.ts';
import { systemDatabaseOptions } from '../src/settings/system-database.ts';

const APP_KEY = '0123456789abcdef0123456789abcdef';
const PASSWORD = 'a long enough password';
const ADMIN = { email: 'admin@example.com', password: PASSWORD };

let directory: string;
let settings: Settings;
let api: RunningApi;
let base: string;
let setupToken: string;

function settingsWith(env: Record<string, string>): Settings {
  return loadSettings({
    env: { APP_KEY, PORT: '0', DF_DATA_DIR: directory, DF_DRAIN_SECONDS: '0', LOG_CHANNEL: 'single', APP_LOG_LEVEL: 'debug', ...env },
    readFile: (path) => readFileSync(path, 'utf8'),
    baseDirectory: directory,
  }).settings;
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'headgate-api-'));
  settings = settingsWith({ DF_CORS_ORIGINS: 'https://app.example.com' });
  const options = systemDatabaseOptions(settings, APP_KEY, SILENT);
  await migrate(options, { log: SILENT });
  const db = await openSystemDatabase(options);
  await seed(db, { log: SILENT });
  setupToken = await issueSetupToken(db);
  await db.close();
  api = await startApi(settings);
  base = `http://127.0.0.1:${api.port}`;
});

afterAll(async () => {
  await api?.close();
  rmSync(directory, { recursive: true, force: true });
});

const call = (path: string, init: RequestInit = {}) => fetch(`${base}${path}`, { redirect: 'manual', ...init });
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  call(path, { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body) });

describe('a new installation', () => {
  it('leads to the set-up page, and makes the first administrator there with the token only', async () => {
    expect((await call('/')).headers.get('location')).toBe('/setup');
    const send = (fields: Record<string, string>) => call('/setup', { method: 'POST', body: new URLSearchParams(fields) });
    const wrong = await send({ ...ADMIN, password_confirmation: PASSWORD, setup_token: 'wrong' });
    expect(wrong.status).toBeGreaterThanOrEqual(400);
    const short = await send({ email: 'admin@example.com', password: 'short', password_confirmation: 'short', setup_token: setupToken });
    expect(short.status).toBe(400);
    expect(await short.text()).toContain('aria-invalid="true"');
    expect((await call('/')).headers.get('location')).toBe('/setup');

    const made = await send({ ...ADMIN, password_confirmation: PASSWORD, setup_token: setupToken });
    expect([made.status, made.headers.get('location')]).toEqual([302, '/']);
    expect((await call('/')).headers.get('location')).toBe('/dreamfactory/dist/index.html');
    expect((await send({ ...ADMIN, email: 'second@example.com', setup_token: setupToken })).headers.get('location')).toBe('/');
  });

  it('answers the root to everybody, and refuses a bad token even there', async () => {
    expect(await (await call('/api/v2')).json()).toMatchObject({ services: [] });
    const bad = await call('/api/v2', { headers: { 'X-DreamFactory-Session-Token': 'not-a-token' } });
    expect(bad.status).toBe(401);
    expect(await bad.json()).toMatchObject({ error: { code: 401, message: expect.stringMatching(/^Invalid token: /) } });
  });

  it('lets the administrator log in and see what a stranger does not', async () => {
    expect((await post('/api/v2/system/admin/session', { ...ADMIN, password: 'x' })).status).toBe(401);
    const session = (await (await post('/api/v2/system/admin/session', ADMIN)).json()) as { session_token: string };
    const asAdmin = { headers: { 'X-DreamFactory-Session-Token': session.session_token } };
    const { services } = (await (await call('/api/v2', asAdmin)).json()) as { services: { name: string }[] };
    expect(services.map(({ name }) => name)).toContain('system');
    expect((await call('/api/v2/system/role', asAdmin)).status).toBe(200);
    expect((await call('/api/v2/system/role')).status).toBe(400);
    expect(await (await call('/status', asAdmin)).json()).toMatchObject({ resources: { admin: 1 } });
    expect(await (await call('/status')).json()).toMatchObject({ version: null, resources: { admin: null } });
  });

  it('tells browsers of allowed origins, refusals included', async () => {
    const { status, headers } = await call('/api/v2/system/role', { headers: { Origin: 'https://app.example.com' } });
    expect([status, headers.get('access-control-allow-origin')]).toEqual([400, 'https://app.example.com']);
  });

  it('is ready', async () => {
    expect(await (await call('/readyz')).json()).toEqual({ status: 'ready' });
  });
});

describe('starting and stopping', () => {
  it('rejects with the system’s word for a taken port, and leaves nothing open', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? String(address.port) : '';
    await expect(startApi(settingsWith({ PORT: port }))).rejects.toMatchObject({ code: 'EADDRINUSE' });
    taken.close();
  });

  it('serves on while it drains, tells that it is not ready, and ends', async () => {
    const second = await startApi(settingsWith({ DF_DRAIN_SECONDS: '1' }));
    const ready = () => fetch(`http://127.0.0.1:${second.port}/readyz`);
    expect((await ready()).status).toBe(200);
    const closing = second.close();
    expect((await ready()).status).toBe(503);
    expect((await fetch(`http://127.0.0.1:${second.port}/api/v2`)).status).toBe(200);
    await closing;
    await expect(ready()).rejects.toThrow();
  });

  it('wrote no secret into its log', async () => {
    await api.close();
    const log = readFileSync(join(settings.logging.directory, 'dreamfactory.log'), 'utf8');
    expect(log).toContain('call');
    expect(log).not.toContain(PASSWORD);
    expect(log).not.toContain(setupToken);
    expect(log).not.toContain(APP_KEY);
    expect(log).not.toMatch(/eyJ[\w-]+\.[\w-]+\./);
  });
});
