import { describe, expect, it } from 'vitest';
import { callApi, sharedStack } from './compose.ts';

const stack = await sharedStack();

describe('the logs of all containers', () => {
  it('hold no secret that a client sent, nor one of the stack', async () => {
    const planted = (where: string) => `planted-${where}-4c1f9a`;
    const calls = [
      fetch(`${stack.origin}/api/v2/sample/_table/contact?api_key=${planted('key')}&session_token=${planted('query-token')}`),
      fetch(`${stack.origin}/api/v2/sample/_table/contact?filter=email='${planted('value')}'`, {
        headers: { 'x-dreamfactory-api-key': await stack.sampleKey() },
      }),
      fetch(`${stack.origin}/api/v2/system/admin`, { headers: { 'x-dreamfactory-session-token': planted('header-token') } }),
      fetch(`${stack.origin}/api/v2/system/admin`, { headers: { authorization: `Bearer ${planted('bearer')}` } }),
      fetch(`${stack.origin}/api/v2/user/session`, {
        headers: { authorization: `Basic ${Buffer.from(`someone@example.com:${planted('basic')}`).toString('base64')}` },
      }),
      fetch(`${stack.origin}/api/v2/system/admin/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email: 'nobody@example.com', password: planted('password') }),
      }),
      fetch(`${stack.origin}/setup?token=${planted('setup')}`, {
        method: 'POST',
        body: new URLSearchParams({ password: planted('form') }),
      }),
      fetch(`${stack.origin}/?session_token=${planted('home')}`, { redirect: 'manual' }),
    ];
    for (const answer of await Promise.all(calls)) await answer.arrayBuffer();
    // A service whose database refuses it: its password is in no message.
    const config = { host: 'sample-postgres', port: 5432, database: 'sample', username: 'sample', password: planted('source') };
    const service = { name: 'wrong', label: 'wrong', type: 'pgsql', is_active: true, config };
    const { resource } = await stack.admin<{ resource: { id: number }[] }>('POST', 'system/service', { resource: [service] });
    await expect(stack.admin('GET', 'wrong/_table')).rejects.toThrow();
    await stack.admin('DELETE', `system/service/${resource[0]?.id}`);

    const logs = await stack.logs();
    expect(logs).toContain('/api/v2/sample/_table/contact');
    expect(logs).not.toMatch(/planted-[a-z-]+-4c1f9a/);
    expect(logs).not.toContain(Buffer.from(`someone@example.com:${planted('basic')}`).toString('base64'));
    for (const server of ['postgres', 'redis-state', 'redis-cache']) {
      const { stdout } = await stack.exec('api', ['cat', `/run/headgate/secrets/${server}/password`]);
      expect(stdout.trim().length).toBeGreaterThan(30);
      expect(logs).not.toContain(stdout.trim());
    }
  });
});

describe('a service that points at the container itself', () => {
  it.each(['127.0.0.1', 'localhost'])('at %s is told of host.docker.internal', async (host) => {
    const config = { host, port: 5432, database: 'crm', username: 'crm', password: 'crm' };
    const service = { name: 'here', label: 'here', type: 'pgsql', is_active: true, config };
    const refusal = await stack
      .admin('POST', 'system/service?dry_run=true', { resource: [service] })
      .catch((error: Error) => error.message);
    expect(refusal).toContain('host.docker.internal');
  });

  it('has that name', async () => {
    const { stdout } = await stack.exec('api', ['getent', 'hosts', 'host.docker.internal']);
    expect(stdout).toContain('host.docker.internal');
  });
});

describe('the sample profile', () => {
  it('serves its data by the key of a role that may read it and nothing else', async () => {
    const key = { 'x-dreamfactory-api-key': await stack.sampleKey() };
    const { resource } = await callApi<{ resource: unknown[] }>(stack.origin, 'GET', 'sample/_table/contact', undefined, key);
    expect(resource).toHaveLength(8);
    await expect(callApi(stack.origin, 'DELETE', 'sample/_table/contact/1', undefined, key)).rejects.toThrow(/: 40[13] /);
    await expect(callApi(stack.origin, 'GET', 'system/service', undefined, key)).rejects.toThrow(/: 40[13] /);
  });

  it('is made once', async () => {
    await stack.compose('up', '-d', '--no-build', '--no-recreate', 'sample');
    const { resource } = await stack.admin<{ resource: unknown[] }>('GET', "system/app?filter=name='sample_app'");
    expect(resource).toHaveLength(1);
  });
});
