export interface Administrator {
  readonly email: string;
  readonly password: string;
}

/** Calls the API as an administrator; throws where it refuses. */
export type Administer = (method: 'GET' | 'POST', target: string, body?: unknown) => Promise<{ readonly resource: readonly Made[] }>;

interface Made {
  readonly id: number;
  readonly api_key: string;
}

export async function administer(origin: string, administrator: Administrator): Promise<Administer> {
  const send = async (method: string, target: string, body: unknown, headers: Record<string, string>) => {
    const response = await fetch(`${origin}/api/v2/${target}`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${target}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const session = (await send('POST', 'system/admin/session', administrator, {})) as { session_token: string };
  const headers = { 'x-dreamfactory-session-token': session.session_token };
  return async (method, target, body) => (await send(method, target, body, headers)) as { resource: Made[] };
}

/** The key of an app whose role may read and create records of a service. */
export async function apiKeyFor(call: Administer, serviceId: number): Promise<string> {
  const access = { service_id: serviceId, component: '_table/*', verb_mask: 3, requestor_mask: 1, filters: [], filter_op: 'AND' };
  const role = await call('POST', 'system/role', {
    resource: [{ name: 'load', is_active: true, role_service_access_by_role_id: [access] }],
  });
  const app = await call('POST', 'system/app?fields=*', {
    resource: [{ name: 'load', is_active: true, type: 0, role_id: role.resource[0]!.id }],
  });
  return app.resource[0]!.api_key;
}
