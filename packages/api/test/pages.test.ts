import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SILENT, ValidationFailed } from '@headgate/core';
import { describe, expect, it } from 'vitest';
import { inject } from '../src/index.ts';
import { baseUrlOf } from '../src/pages/base-url.ts';
import { mountPages, type PageParts } from '../src/pages/pages.ts';
import type { SetupValues } from '../src/pages/setup-form.ts';
import { createStatusPage } from '../src/pages/status.ts';
import { createClientAddresses } from '../src/request/address.ts';
import { callerWith, testApi } from './support.ts';

const LANDING = '/dreamfactory/dist/index.html';

function pages(
  options: { admin?: boolean; create?: (values: SetupValues) => Promise<void>; ready?: readonly string[] } & Partial<PageParts> = {},
) {
  const { admin = true, create = async () => {}, ready = [], ...parts } = options;
  let exists = admin;
  const status = createStatusPage({
    facts: {
      managed: false,
      dist: 'GitHub',
      version: '1.2.3',
      counts: async () => ({ app: 3, admin: 1, user: 0, service: 7, role: 0 }),
      lastAdminLogin: async () => '2026-08-20 10:15:00',
    },
    identity: { identify: ({ apiKey, token }) => callerWith(apiKey, token) as never },
    addresses: createClientAddresses([]),
    baseUrlOf: () => 'http://localhost',
  });
  return testApi({
    mountPages: (app) =>
      mountPages(app, {
        inContainer: false,
        first: {
          exists: () => exists,
          create: async (values) => {
            await create(values);
            exists = true;
          },
        },
        readiness: { problems: () => ready },
        status,
        statusPath: '/status',
        landingPage: LANDING,
        adminUiDir: undefined,
        start: { prefix: '/api', version: '1.2.3', baseUrlOf: (request) => baseUrlOf(request, () => false, 'http://localhost') },
        addressOf: () => '127.0.0.1',
        log: SILENT,
        ...parts,
      }),
  }).listener;
}

const form = (fields: Record<string, string>) => ({
  method: 'POST',
  path: '/setup',
  headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(fields).toString(),
});

describe('/', () => {
  it('leads to set-up while there is no administrator, else to the landing page, a session token passed on', async () => {
    expect((await inject(pages({ admin: false }), { path: '/' })).headers.location).toBe('/setup');
    const listener = pages();
    expect(await inject(listener, { path: '/' })).toMatchObject({ status: 302, headers: { location: LANDING } });
    expect((await inject(listener, { path: '/?session_token=a%26b' })).headers.location).toBe(`${LANDING}?session_token=a%26b`);
    expect((await inject(listener, { path: '/?session_token=%zz' })).headers.location).toBe(LANDING);
  });
});

describe('the set-up page', () => {
  it('has every field of the contract, labelled, and runs no script but its own', async () => {
    const { status, text, headers } = await inject(pages({ admin: false }), { path: '/setup' });
    expect(status).toBe(200);
    for (const name of [
      'setup_token',
      'email',
      'password',
      'password_confirmation',
      'first_name',
      'last_name',
      'name',
      'username',
      'phone',
    ]) {
      expect(text).toContain(`<label for="${name}">`);
      expect(text).toContain(`name="${name}"`);
    }
    const policy = String(headers['content-security-policy']);
    const nonce = /script-src 'nonce-([^']+)'/.exec(policy)?.[1];
    expect(text).toContain(`<script nonce="${nonce?.replaceAll('+', '+')}">`);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers['x-frame-options']).toBe('DENY');
    expect((await inject(pages({ admin: false }), { path: '/setup' })).headers['content-security-policy']).not.toBe(policy);
  });

  it('makes the administrator and leads to /', async () => {
    const made: SetupValues[] = [];
    const listener = pages({ admin: false, create: async (values) => void made.push(values) });
    const { status, headers } = await inject(listener, form({ setup_token: 't', email: 'a@b.c', password: 'p', evil: 'x' }));
    expect([status, headers.location]).toEqual([302, '/']);
    expect(made).toEqual([{ setup_token: 't', email: 'a@b.c', password: 'p' }]);
    expect((await inject(listener, { path: '/' })).headers.location).toBe(LANDING);
  });

  it('shows errors at their fields, keeps what was typed, escapes it, and never sends a password back', async () => {
    const create = () =>
      Promise.reject(ValidationFailed(['bad']).withContext({ email: ['Not an e-mail <address>.'], password: ['Too short.'] }));
    const { status, text } = await inject(
      pages({ admin: false, create }),
      form({ email: '"><script>alert(1)</script>', password: 'hunter2', setup_token: 'tok' }),
    );
    expect(status).toBe(400);
    expect(text).toContain('Not an e-mail &lt;address&gt;.');
    expect(text).toContain('aria-invalid="true"');
    expect(text).toContain('value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"');
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain('<script>alert');
  });

  it('is gone once an administrator exists', async () => {
    const made: SetupValues[] = [];
    const listener = pages({ create: async (values) => void made.push(values) });
    for (const request of [{ path: '/setup' }, form({ email: 'x@y.z' })]) {
      expect(await inject(listener, request)).toMatchObject({ status: 302, headers: { location: '/' } });
    }
    expect(made).toEqual([]);
  });

  it('takes no large body', async () => {
    expect((await inject(pages({ admin: false }), form({ email: 'x'.repeat(100_000) }))).status).toBe(413);
  });
});

describe('the start page', () => {
  it('stands at the landing page and shows the way, under the address that was asked', async () => {
    const { status, text } = await inject(pages(), { path: LANDING, headers: { Host: 'api.example.com:8080' } });
    expect(status).toBe(200);
    expect(text).toContain('http://api.example.com:8080/api/v2/system/role');
    expect(text).toContain('./headgate connect');
    expect((await inject(pages(), { path: LANDING, headers: { Host: 'a"><script>' } })).text).not.toContain('<script>');
    expect((await inject(pages(), { path: '/dreamfactory/dist/' })).status).toBe(200);
  });

  it('gives way to an admin app, which may call nobody but this server', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'admin-ui-'));
    writeFileSync(join(directory, 'index.html'), '<title>admin</title>');
    writeFileSync(join(directory, 'main.0123456789abcdef.js'), 'x');
    writeFileSync(join(directory, '.secret'), 'x');
    const listener = pages({ adminUiDir: directory });
    const index = await inject(listener, { path: LANDING });
    expect(index.text).toBe('<title>admin</title>');
    expect(index.headers['content-security-policy']).toContain("connect-src 'self'");
    expect(index.headers['cache-control']).toBe('no-cache');
    expect((await inject(listener, { path: '/dreamfactory/dist/main.0123456789abcdef.js' })).headers['cache-control']).toContain(
      'immutable',
    );
    for (const path of ['/dreamfactory/dist/.secret', '/dreamfactory/dist/..%2f..%2fetc/passwd', '/dreamfactory/dist/%zz']) {
      expect((await inject(listener, { path })).status).toBeGreaterThanOrEqual(400);
    }
  });
});

describe('status and health', () => {
  it('the status document has every field for everybody, and values inside only for administrators', async () => {
    const listener = pages();
    const outside = (await inject(listener, { path: '/status' })).json();
    expect(outside).toEqual({
      uri: 'http://localhost',
      managed: false,
      dist: 'GitHub',
      demo: false,
      version: null,
      license: 'GOLD',
      host_os: expect.any(String),
      last_admin_login: null,
      resources: { app: null, admin: null, user: null, service: null, role: null },
    });
    const inside = (await inject(listener, { path: '/status', headers: { 'X-DreamFactory-Session-Token': 'admin' } })).json();
    expect(inside).toMatchObject({
      version: '1.2.3',
      last_admin_login: '2026-08-20 10:15:00',
      resources: { app: 3, admin: 1, service: 7 },
    });
    expect((await inject(listener, { method: 'HEAD', path: '/status' })).status).toBe(200);
    expect((await inject(listener, { method: 'POST', path: '/status' })).status).toBe(405);
  });

  it('tells whether it lives and whether it is ready', async () => {
    for (const path of ['/up', '/live', '/livez', '/ready', '/readyz']) {
      expect(await inject(pages(), { path })).toMatchObject({ status: 200, headers: { 'x-headgate-role': 'api' } });
    }
    const listener = pages({ ready: ['draining'] });
    expect(await inject(listener, { path: '/readyz' })).toMatchObject({
      status: 503,
      text: '{"status":"not ready","problems":["draining"]}',
    });
    expect((await inject(listener, { path: '/livez' })).status).toBe(200);
  });

  it('answers 404 for any other path', async () => {
    const { status, headers } = await inject(pages(), { path: '/nothing/<here>' });
    expect([status, headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
    const asJson = await inject(pages(), { path: '/nothing', headers: { Accept: 'application/json' } });
    expect(asJson.json()).toMatchObject({ error: { code: 404 } });
  });
});
