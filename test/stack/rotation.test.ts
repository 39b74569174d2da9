import { describe, expect, it } from 'vitest';
import { ADMIN, callApi, sharedStack } from './compose.ts';

const stack = await sharedStack();

/** Which worker answers: the name of its container, as the environment says it. */
async function answeringHost(token: string, origin = stack.origin): Promise<string> {
  const { server } = await callApi<{ server: { host: string } }>(origin, 'GET', 'system/environment', undefined, {
    'x-dreamfactory-session-token': token,
  });
  return server.host;
}

describe('three workers behind the balancer', () => {
  it('answer in turn', async () => {
    const { session_token: token } = await callApi<{ session_token: string }>(stack.origin, 'POST', 'system/admin/session', ADMIN);
    const hosts: string[] = [];
    for (let call = 0; call < 9; call++) hosts.push(await answeringHost(token));
    const counts = Map.groupBy(hosts, (host) => host);
    expect([...counts.values()].map(({ length }) => length)).toEqual([3, 3, 3]);
    const containers = await stack.containers('api');
    expect(containers.map(({ id }) => id.slice(0, 12)).sort()).toEqual([...counts.keys()].sort());
  });

  it('each accept a token that another one issued', async () => {
    const [first, ...others] = await stack.containers('api');
    const { session_token: token } = await callApi<{ session_token: string }>(first!.origin, 'POST', 'system/admin/session', ADMIN);
    for (const other of others) expect(await answeringHost(token, other.origin)).toBe(other.id.slice(0, 12));
  });
});
