import { request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ADMIN, callApi, docker, sharedStack, succeeding, until } from './compose.ts';

const stack = await sharedStack();

interface Environment {
  readonly client: { readonly ip_address: string };
}

/** The client's address as a worker sees it. */
async function seenAddress(origin: string, headers: Readonly<Record<string, string>>): Promise<string> {
  return (await environment(origin, headers)).client.ip_address;
}

async function environment(origin: string, headers: Readonly<Record<string, string>>): Promise<Environment> {
  const { session_token } = await callApi<{ session_token: string }>(stack.origin, 'POST', 'system/admin/session', ADMIN);
  return callApi(origin, 'GET', 'system/environment', undefined, { ...headers, 'x-dreamfactory-session-token': session_token });
}

describe('the balancer', () => {
  it('has a configuration that HAProxy finds nothing wrong with', async () => {
    const check = ['haproxy', '-c', '-f', '/usr/local/etc/haproxy/haproxy.cfg'];
    expect(await stack.exec('haproxy', check)).toMatchObject({ code: 0, stderr: expect.not.stringContaining('[WARNING]') });
  });

  it.each(['/livez', '/readyz', '/live', '/ready', '/metrics', '//readyz', '/readyz/', '/%72eadyz', '/readyz?x=1'])(
    'keeps the health path %s to itself',
    async (path) => {
      const status = await new Promise<number | undefined>((resolve, reject) => {
        const { hostname, port } = new URL(stack.origin);
        request({ host: hostname, port, path }, (response) => resolve(response.resume().statusCode))
          .on('error', reject)
          .end();
      });
      expect(status).toBe(404);
    },
  );

  it('publishes no other port, and the databases none', async () => {
    const { stdout } = await succeeding(
      docker(['ps', '--filter', `label=com.docker.compose.project=${stack.handle.project}`, '--format', '{{.Names}} {{.Ports}}']),
    );
    const published = stdout.split('\n').filter((line) => line.includes('->'));
    expect(published).toHaveLength(1);
    expect(published[0]).toMatch(new RegExp(`^${stack.handle.project}-haproxy-1 `));
    expect(published[0]).not.toMatch(/8404|9901/);
  });

  it('tells workers the address of the client, and lets the client tell them nothing', async () => {
    const honest = await seenAddress(stack.origin, {});
    const claims: readonly Readonly<Record<string, string>>[] = [
      { 'x-forwarded-for': '203.0.113.7' },
      { 'x-forwarded-for': '203.0.113.7, 203.0.113.8' },
      { forwarded: 'for=203.0.113.7' },
      { 'x-real-ip': '203.0.113.7' },
    ];
    for (const headers of claims) expect(await seenAddress(stack.origin, headers)).toBe(honest);
    const balancer = (await stack.containers('haproxy'))[0]!.address;
    expect(honest).not.toBe(balancer);
  });

  it('is the only one that workers believe: no other container, and not this machine', async () => {
    const [first, second] = await stack.containers('api');
    const { session_token: token } = await callApi<{ session_token: string }>(stack.origin, 'POST', 'system/admin/session', ADMIN);
    const script = `
      const headers = { 'x-forwarded-for': '203.0.113.7', 'x-dreamfactory-session-token': '${token}' };
      const answer = await fetch('${first!.origin}/api/v2/system/environment', { headers });
      console.log((await answer.json()).client.ip_address);`;
    const { stdout } = await succeeding(stack.exec('api', ['node', '--input-type=module', '-e', script], { index: 2 }));
    expect(stdout.trim()).toBe(second!.address);
    expect(await seenAddress(first!.origin, { 'x-forwarded-for': '203.0.113.7' })).not.toBe('203.0.113.7');
  });

  it('gives each call one id, which the answer, its log and the log of the worker have', async () => {
    const id = `planted.id-${Date.now()}`;
    const given = await fetch(`${stack.origin}/api/v2/sample/_table/contact`, { headers: { 'x-request-id': id } });
    expect(given.headers.get('x-request-id')).toBe(id);
    expect(await given.json()).toMatchObject({ error: { request_id: id } });
    await until(async () => (await stack.logs('haproxy')).includes(id), 'the log of the balancer');
    const made = await fetch(`${stack.origin}/api/v2/sample/_table/contact`, { headers: { 'x-request-id': 'not an id: <b>' } });
    expect(made.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await made.json()).toMatchObject({ error: { request_id: made.headers.get('x-request-id') } });
  });

  it('compresses JSON for those who accept that, and tells caches apart', async () => {
    const { hostname, port } = new URL(stack.origin);
    const get = (headers: Record<string, string>) =>
      new Promise<{ encoding: string | undefined; vary: string | undefined; body: Buffer }>((resolve, reject) => {
        request({ host: hostname, port, path: '/api/v2/system/environment', headers }, async (response) => {
          const body = Buffer.concat(await response.toArray());
          resolve({ encoding: response.headers['content-encoding'], vary: response.headers.vary, body });
        })
          .on('error', reject)
          .end();
      });
    const plain = await get({});
    const packed = await get({ 'accept-encoding': 'gzip' });
    expect([plain.encoding, packed.encoding]).toEqual([undefined, 'gzip']);
    expect(JSON.parse(gunzipSync(packed.body).toString())).toEqual(JSON.parse(plain.body.toString()));
    for (const { vary } of [plain, packed])
      expect(
        vary
          ?.toLowerCase()
          .split(/, */)
          .filter((name) => name === 'accept-encoding'),
      ).toHaveLength(1);
  });

  it('refuses at once what finds no place at any worker, and says when to come again', async () => {
    const places = async (count: number) => {
      for (const { name } of await stack.statistics()) {
        await succeeding(stack.exec('haproxy', ['/usr/local/etc/haproxy/ask', `set maxconn server api/${name} ${count}`]));
      }
    };
    const workers = await stack.containers('api');
    await places(1);
    const calls: Promise<Response>[] = [];
    try {
      for (const worker of workers) await stack.control('pause', worker);
      const sent = performance.now();
      for (let call = 0; call <= workers.length; call++) calls.push(fetch(`${stack.origin}/api/v2/system/environment`));
      const refused = await Promise.race(calls);
      expect(performance.now() - sent).toBeLessThan(1000);
      expect(refused.status).toBe(503);
      expect(refused.headers.get('retry-after')).toBe('5');
      expect(await refused.json()).toMatchObject({ error: { status_code: 503, request_id: refused.headers.get('x-request-id') } });
    } finally {
      for (const worker of workers) await stack.control('unpause', worker);
      await places(128);
    }
    const statuses = (await Promise.all(calls)).map(({ status }) => status);
    expect(statuses.sort()).toEqual([...workers.map(() => 200), 503]);
    await stack.untilBalancedOver(3);
  });

  it('lives on through a reload with what it knows of the workers', async () => {
    const process = async () =>
      /^Pid: (\d+)$/m.exec((await stack.exec('haproxy', ['/usr/local/etc/haproxy/ask', 'show info'])).stdout)?.[1];
    const before = await process();
    await succeeding(stack.exec('haproxy', ['/usr/local/etc/haproxy/reload']));
    await until(async () => (await process()) !== before, 'another process to serve');
    const statuses = new Set<number>();
    for (let call = 0; call < 50; call++) statuses.add((await fetch(`${stack.origin}/api/v2/system/environment`)).status);
    expect([...statuses]).toEqual([200]);
    await stack.untilBalancedOver(3);
  });
});
