import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { headgate, type Running, serve, temporaryFolder } from './command.js';

const READY = 'Ctrl-C stops.';
const ADMIN = { ADMIN_EMAIL: 'admin@example.com', ADMIN_PASSWORD: 'a-long-test-password' };

async function start(
  data: string,
  words: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Running & { address: string }> {
  const running = await serve(['start', '--port', '0', '--data', data, ...words], READY, { env });
  const address = /serves (http:\/\/localhost:\d+)/.exec(running.stdout)?.[1];
  if (address === undefined) throw new Error(`no address in:\n${running.stdout}`);
  return { ...running, address };
}

/** Runs a printed curl line as a shell would. */
async function runCurl(output: string): Promise<{ resource: Record<string, unknown>[] }> {
  const line = /^ *(curl .*)$/m.exec(output)?.[1];
  if (line === undefined) throw new Error(`no curl line in:\n${output}`);
  const { stdout } = await promisify(execFile)('sh', ['-c', line.replace(/^curl /, 'curl -sS ')]);
  return JSON.parse(stdout);
}

async function logIn(address: string, email: string, password: string): Promise<Response> {
  return fetch(`${address}/api/v2/system/admin/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  });
}

describe('start', () => {
  it('serves from an empty folder, and prints a line that reads a record as it stands', async () => {
    const data = path.join(temporaryFolder(), 'new data');
    const running = await start(data);
    expect(running.stdout).toContain(`${running.address}/api/v2`);
    expect(running.stdout).toContain(data);
    expect((await runCurl(running.stdout)).resource).toEqual([expect.objectContaining({ id: 1, first_name: 'Ada' })]);
    expect(await running.signal('SIGINT')).toBe(0);
    expect(running.output().stderr).toBe('');
  });

  it('keeps a key that only its owner may read, and takes it again', async () => {
    const data = temporaryFolder();
    const first = await start(data);
    expect(first.stdout).toContain('made a key');
    const file = path.join(data, 'app-key');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const key = readFileSync(file, 'utf8');
    expect(first.output().stdout + first.output().stderr).not.toContain(key.trim());
    expect(await first.signal('SIGTERM')).toBe(0);

    const second = await start(data);
    expect(second.stdout).not.toContain('made a key');
    expect(readFileSync(file, 'utf8')).toBe(key);
    expect((await runCurl(second.stdout)).resource).toHaveLength(1);
  });

  it('gives the sample key no more than reading the sample', async () => {
    const running = await start(temporaryFolder());
    const key = /X-DreamFactory-API-Key: (\w+)/.exec(running.stdout)?.[1] ?? '';
    const call = (method: string, target: string, body?: unknown) =>
      fetch(`${running.address}/api/v2/${target}`, {
        method,
        headers: { 'X-DreamFactory-API-Key': key, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    for (const [method, target] of [
      ['POST', 'db/_table/contact'],
      ['DELETE', 'db/_table/contact/1'],
      ['GET', 'system/user'],
      ['GET', 'system/app'],
    ] as const) {
      const response = await call(
        method,
        target,
        method === 'POST' ? { resource: [{ first_name: 'X', last_name: 'Y', email: 'x@y.example' }] } : undefined,
      );
      expect([401, 403]).toContain(response.status);
      expect(await response.text()).not.toContain(key);
    }
    expect((await call('GET', 'db/_table/contact?ids=1')).status).toBe(200);
  });

  it('makes no sample when told so', async () => {
    const data = temporaryFolder();
    const running = await start(data, ['--no-sample']);
    expect(running.stdout).not.toContain('curl');
    expect(existsSync(path.join(data, 'databases', 'db.sqlite'))).toBe(false);
  });

  it('says that a port is taken and makes nothing', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const data = temporaryFolder();
    const { code, stderr, stdout } = await headgate(['start', '--port', String(port), '--data', data]);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain(`port ${port} is taken`);
    expect(existsSync(path.join(data, 'headgate.sqlite'))).toBe(false);
  });

  it('takes HOST and PORT from the environment, flags first', async () => {
    const { code, stderr } = await headgate(['start', '--data', temporaryFolder(), '--host', '203.0.113.1'], {
      env: { PORT: '1', HOST: '127.0.0.1' },
    });
    expect(code).toBe(1);
    expect(stderr).toContain('203.0.113.1 is not an address of this machine');
  });

  it('refuses a system database whose key is gone', async () => {
    const data = temporaryFolder();
    const running = await start(data);
    await running.signal('SIGINT');
    expect(
      await headgate(['start', '--port', '0', '--data', data], { env: { APP_KEY: 'another key of thirty-two chars!' } }),
    ).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('APP_KEY'),
    });
    rmSync(path.join(data, 'app-key'));
    const { code, stderr } = await headgate(['start', '--port', '0', '--data', data]);
    expect(code).toBe(1);
    expect(stderr).toContain('there is a system database but no key');
    expect(existsSync(path.join(data, 'app-key'))).toBe(false);
  });

  it('lets browser apps of the given origins in, and no others', async () => {
    const running = await start(temporaryFolder(), ['--cors', 'https://app.example.com', '--cors', 'http://localhost:3000']);
    const allowed = async (origin: string) =>
      (await fetch(`${running.address}/api/v2/system/environment`, { headers: { origin } })).headers.get('access-control-allow-origin');
    expect(await allowed('https://app.example.com')).toBe('https://app.example.com');
    expect(await allowed('http://localhost:3000')).toBe('http://localhost:3000');
    expect(await allowed('https://evil.example')).toBeNull();
  });
});

describe('the first administrator', () => {
  it('is made on the page whose link start and setup print, once', async () => {
    const data = temporaryFolder();
    const running = await start(data);
    const printed = /\/setup#(\S+)/.exec(running.stdout)?.[1] ?? '';
    expect(Buffer.from(printed, 'base64url')).toHaveLength(16);
    const { code, stdout } = await headgate(['setup', '--json', '--data', data]);
    expect(code).toBe(0);
    const { token, url } = JSON.parse(stdout);
    expect(url).toBe(`${running.address}/setup#${token}`);

    const post = (setupToken: string) =>
      fetch(`${running.address}/setup`, {
        method: 'POST',
        redirect: 'manual',
        headers: { 'content-type': 'application/x-www-form-urlencoded', origin: running.address },
        body: new URLSearchParams({
          setup_token: setupToken,
          email: ADMIN.ADMIN_EMAIL,
          password: ADMIN.ADMIN_PASSWORD,
          password_confirmation: ADMIN.ADMIN_PASSWORD,
          name: 'First Admin',
          first_name: 'First',
          last_name: 'Admin',
        }),
      });
    await post(printed);
    expect((await logIn(running.address, ADMIN.ADMIN_EMAIL, ADMIN.ADMIN_PASSWORD)).status).toBe(401);
    await post(token);
    expect((await logIn(running.address, ADMIN.ADMIN_EMAIL, ADMIN.ADMIN_PASSWORD)).status).toBe(200);
    expect(await headgate(['setup', '--data', data])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is an administrator already'),
    });
  });

  it('is made from the environment, without a page', async () => {
    const running = await start(temporaryFolder(), [], ADMIN);
    expect(running.stdout).not.toContain('/setup#');
    expect((await logIn(running.address, ADMIN.ADMIN_EMAIL, ADMIN.ADMIN_PASSWORD)).status).toBe(200);
    expect(running.output().stdout + running.output().stderr).not.toContain(ADMIN.ADMIN_PASSWORD);
  });

  it('gets a new password from stdin, which ends the earlier sessions', async () => {
    const data = temporaryFolder();
    const running = await start(data, [], ADMIN);
    const session = (await (await logIn(running.address, ADMIN.ADMIN_EMAIL, ADMIN.ADMIN_PASSWORD)).json()) as { session_token: string };
    const { code, stdout } = await headgate(['password', ADMIN.ADMIN_EMAIL, '--data', data], { input: 'another-long-password\n' });
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.not.stringContaining('another-long-password') });
    expect((await logIn(running.address, ADMIN.ADMIN_EMAIL, ADMIN.ADMIN_PASSWORD)).status).toBe(401);
    expect((await logIn(running.address, ADMIN.ADMIN_EMAIL, 'another-long-password')).status).toBe(200);
    const old = await fetch(`${running.address}/api/v2/system/user`, {
      headers: { 'X-DreamFactory-Session-Token': session.session_token },
    });
    expect([401, 403]).toContain(old.status);
    expect(await headgate(['password', 'nobody@example.com', '--data', data], { input: 'another-long-password\n' })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no administrator'),
    });
    expect(await headgate(['password', ADMIN.ADMIN_EMAIL, '--data', data], { input: 'short\n' })).toMatchObject({ code: 1 });
  });

  it('can log in again at once after --unlock', async () => {
    const data = temporaryFolder();
    const running = await start(data, [], ADMIN);
    let last = 0;
    for (let attempt = 0; attempt < 20 && last !== 429; attempt++)
      last = (await logIn(running.address, ADMIN.ADMIN_EMAIL, `wrong-${attempt}`)).status;
    expect(last).toBe(429);
    expect(await headgate(['password', ADMIN.ADMIN_EMAIL, '--unlock', '--data', data])).toMatchObject({ code: 0 });
    expect((await logIn(running.address, ADMIN.ADMIN_EMAIL, ADMIN.ADMIN_PASSWORD)).status).toBe(200);
  });
});

describe('connect', () => {
  it('makes a service, a role, an app and a key, and prints a line that works while start runs', async () => {
    const data = temporaryFolder();
    const running = await start(data);
    const { code, stdout, stderr } = await headgate(['connect', 'sqlite:db.sqlite', '--name', 'Shop', '--data', data]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toContain('3 tables: company, contact, purchase');
    expect((await runCurl(stdout)).resource).toHaveLength(1);
    const key = /X-DreamFactory-API-Key: (\w+)/.exec(stdout)?.[1] ?? '';
    const write = await fetch(`${running.address}/api/v2/shop/_table/company/1`, {
      method: 'DELETE',
      headers: { 'X-DreamFactory-API-Key': key },
    });
    expect([401, 403]).toContain(write.status);
    expect(await headgate(['connect', 'sqlite:db.sqlite', '--name', 'shop', '--data', data])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("already is a service named 'shop'"),
    });
  });

  it('lets a key write that was asked to', async () => {
    const data = temporaryFolder();
    const running = await start(data);
    const made = JSON.parse(
      (await headgate(['connect', 'sqlite:db.sqlite', '--name', 'shop', '--key', 'read-write', '--json', '--data', data])).stdout,
    );
    expect(made).toMatchObject({ service: 'shop', tables: ['company', 'contact', 'purchase'] });
    const response = await fetch(`${running.address}/api/v2/shop/_table/company`, {
      method: 'POST',
      headers: { 'X-DreamFactory-API-Key': made.api_key, 'content-type': 'application/json' },
      body: JSON.stringify({ resource: [{ name: 'New', city: 'Oslo', country: 'NO' }] }),
    });
    expect(response.status).toBe(200);
  });

  it('makes nothing when the database does not answer, and shows no password', async () => {
    const data = temporaryFolder();
    await (await start(data)).signal('SIGINT');
    const file = path.join(data, 'headgate.sqlite');
    const rows = () => createHash('sha256').update(readFileSync(file)).digest('hex');
    const before = rows();
    const { code, stdout, stderr } = await headgate([
      'connect',
      'postgres://me:planted-secret@127.0.0.1:1/crm',
      '--name',
      'crm',
      '--data',
      data,
    ]);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).not.toContain('planted-secret');
    expect(rows()).toBe(before);
  });
});

describe('migrate', () => {
  it('prepares a system database for api, and can be repeated', async () => {
    const data = temporaryFolder();
    const env = { APP_KEY: 'k'.repeat(32), ...ADMIN };
    const first = await headgate(['migrate', '--json', '--data', data], { env });
    expect(first.stderr).toBe('');
    expect(JSON.parse(first.stdout)).toMatchObject({ seeded: true, made_admin: true, has_admin: true });
    const second = JSON.parse((await headgate(['migrate', '--json', '--data', data], { env })).stdout);
    expect(second).toMatchObject({ seeded: false, made_admin: false, applied: [] });
    const api = await serve(['api', '--port', '0', '--host', '127.0.0.1', '--data', data], 'Headgate serves', { env });
    const address = /(http:\/\/localhost:\d+)/.exec(api.stdout)?.[1] ?? '';
    expect((await logIn(address, ADMIN.ADMIN_EMAIL, ADMIN.ADMIN_PASSWORD)).status).toBe(200);
    expect(await api.signal('SIGTERM')).toBe(0);
  });
});
