import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callApi, type Stack, startStack } from './compose.ts';

const EMAIL = 'first@example.com';
const PASSWORD = 'a-long-first-password';

/** From nothing to the first administrator and a service, as the page and the commands tell it. */
describe('docker compose up on a fresh clone', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ admin: false });
  });
  afterAll(() => stack?.down());

  it('leads to the set-up page, which says where its token is', async () => {
    const home = await fetch(`${stack.origin}/`);
    expect(new URL(home.url).pathname).toBe('/setup');
    expect(await home.text()).toContain('docker compose exec api ./headgate setup');
  });

  it('lets its command print the page with a token, which makes the first administrator', async () => {
    const { stdout } = await stack.exec('api', ['./headgate', 'setup']);
    const printed = /http:\/\/localhost:(\d+)\/setup#(\S+)/.exec(stdout);
    expect(Number(printed?.[1])).toBe(stack.handle.port);
    const form = { setup_token: printed?.[2] ?? '', email: EMAIL, password: PASSWORD, password_confirmation: PASSWORD, first_name: 'Ada' };
    const answer = await fetch(`${stack.origin}/setup`, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/']);
    const again = await fetch(`${stack.origin}/setup`, { redirect: 'manual' });
    expect(again.status).toBe(302);
  });

  it('shows another server.host call by call', async () => {
    const { session_token } = await logIn();
    const hosts = new Set<string>();
    for (let call = 0; call < 3; call++) hosts.add((await environment(session_token)).server.host);
    expect(hosts.size).toBe(3);
  });

  it('made a key, told to keep it, and showed it to nobody', async () => {
    const log = await stack.logs('migrate');
    expect(log).toContain('KEEP A COPY');
    const { stdout: key } = await stack.exec('api', ['./headgate', 'key', '--show']);
    expect(key).toMatch(/^base64:.{44}\n$/);
    expect(await stack.logs()).not.toContain(key.trim());
    const { code } = await stack.exec('api', ['sh', '-c', 'echo x >/run/headgate/key/app-key']);
    expect(code).not.toBe(0);
  });

  it('keeps key, passwords and what was made when it is taken down and up again', async () => {
    const before = await stack.exec('api', ['./headgate', 'key', '--show']);
    await stack.compose('down', '-t', '0');
    await stack.compose('up', '-d', '--no-build');
    await stack.untilBalancedOver(3);
    expect(await stack.exec('api', ['./headgate', 'key', '--show'])).toEqual(before);
    await environment((await logIn()).session_token);
  });

  it('refuses to make another key when the key is lost and the database is not', async () => {
    await stack.compose('stop', '-t', '0', 'api', 'worker', 'haproxy');
    const lost = await stack.run(['run', '--rm', '-T', '--no-deps', '--entrypoint', 'sh', 'migrate', '-c', 'rm /run/headgate/key/app-key']);
    expect(lost.code).toBe(0);
    const { code, stderr } = await stack.run(['run', '--rm', '-T', '--no-deps', 'migrate']);
    expect(code).toBe(1);
    expect(stderr).toContain('the system database holds secrets, but their key is not there');
  });

  const logIn = () =>
    callApi<{ session_token: string }>(stack.origin, 'POST', 'system/admin/session', { email: EMAIL, password: PASSWORD });
  const environment = (token: string) =>
    callApi<{ server: { host: string } }>(stack.origin, 'GET', 'system/environment', undefined, { 'x-dreamfactory-session-token': token });
});
