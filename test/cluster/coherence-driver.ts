import { Agent, request as startRequest } from 'node:http';

/**
 * Asks the workers of a cluster, each by an address of its own, whether what was just changed through one of them holds on all. It needs
 * nothing but their addresses and an administrator, so that processes, `headgate cluster` and containers are asked alike.
 */

export interface CoherenceTarget {
  /** `http://127.0.0.1:8081`, one a worker. */
  readonly workers: readonly string[];
  readonly admin: { readonly email: string; readonly password: string };
  /** A database service, the same for all workers, with a table in whose `column` two rows hold these texts. */
  readonly service: {
    readonly type: string;
    readonly config: Readonly<Record<string, unknown>>;
    readonly table: string;
    readonly column: string;
    readonly values: readonly [string, string];
  };
}

/** One kind of change, and how a call shows whether a worker knows of it. Observations are short texts. */
export interface Kind {
  readonly name: string;
  /** What there must be before the next change; answers what every worker must show then, so that each has it in memory. */
  prepare?(through: string): Promise<string>;
  /** Answers what every worker must show from now on. */
  change(through: string): Promise<string>;
  observe(at: string): Promise<string>;
}

export interface CoherenceReport {
  readonly kind: string;
  readonly changes: number;
  readonly reads: number;
  /** What was read that was older than the answer before it. */
  readonly stale: readonly { readonly worker: string; readonly expected: string; readonly seen: string }[];
  /** How long the changes took, in milliseconds, sorted. */
  readonly changeMs: readonly number[];
  /** The longest time between the answer to a change and the sending of the last read after it, in milliseconds. */
  readonly readWithinMs: number;
}

/** Changes through each worker in turn, and reads back at each at once. */
export async function checkCoherence(kind: Kind, workers: readonly string[], changes: number): Promise<CoherenceReport> {
  const stale: { worker: string; expected: string; seen: string }[] = [];
  const changeMs: number[] = [];
  let reads = 0;
  let readWithinMs = 0;
  const readAll = async (expected: string, answered: number) => {
    const answers = workers.map((worker) => kind.observe(worker));
    readWithinMs = Math.max(readWithinMs, performance.now() - answered);
    for (const [index, seen] of (await Promise.all(answers)).entries()) {
      reads++;
      if (seen !== expected) stale.push({ worker: workers[index]!, expected, seen });
    }
  };
  for (let turn = 0; turn < changes; turn++) {
    const through = workers[turn % workers.length]!;
    if (kind.prepare) {
      const expected = await kind.prepare(through);
      await readAll(expected, performance.now());
    }
    const asked = performance.now();
    const expected = await kind.change(through);
    const answered = performance.now();
    changeMs.push(answered - asked);
    await readAll(expected, answered);
  }
  return { kind: kind.name, changes, reads, stale, changeMs: changeMs.sort((a, b) => a - b), readWithinMs };
}

export const median = (sorted: readonly number[]): number => sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;

const USER_PASSWORD = 'a-long-user-password';
const SERVED = 'served';
const REFUSED = 'refused';

/** Makes what the kinds of changes need, through the first worker, and answers them all. */
export async function openKinds({ workers, admin, service }: CoherenceTarget): Promise<readonly Kind[]> {
  const [first] = workers;
  if (first === undefined) throw new Error('there are no workers');
  const token = await logIn(first, 'system/admin/session', admin.email, admin.password);
  const tag = Math.random().toString(36).slice(2, 8);
  const asAdmin = (at: string, method: string, target: string, body?: unknown) => call(at, { method, target, body, token });
  const make = async (resource: string, record: Readonly<Record<string, unknown>>): Promise<number> => {
    const made = await succeeding(asAdmin(first, 'POST', `system/${resource}`, { resource: [record] }));
    return idOf(made);
  };
  const patch = (at: string, target: string, record: Readonly<Record<string, unknown>>) =>
    succeeding(asAdmin(at, 'PATCH', `system/${target}`, record));

  const name = `coherence_${tag}`;
  const serviceId = await make('service', { name, label: name, type: service.type, is_active: true, config: service.config });
  const { table, column } = service;

  const roleWith = (suffix: string) =>
    make('role', {
      name: `${name}_${suffix}`,
      is_active: true,
      role_service_access_by_role_id: [{ service_id: serviceId, component: '*', verb_mask: 31, requestor_mask: 3 }],
    });
  const appWith = async (suffix: string, roleId: number | null) => {
    const id = await make('app', { name: `${name}_${suffix}`, is_active: true, type: 0, role_id: roleId });
    return { id, key: await keyOf(first, id) };
  };
  const keyOf = async (at: string, id: number): Promise<string> => {
    const { json } = await succeeding(asAdmin(at, 'GET', `system/app/${id}?fields=api_key`));
    return String((json as { api_key?: unknown }).api_key);
  };
  const userOf = async (suffix: string, resource: 'user' | 'admin') => {
    const email = `${suffix}.${tag}@example.com`;
    return { email, id: await make(resource, { name: suffix, email, password: USER_PASSWORD, is_active: true }) };
  };

  const rows = `${name}/_table/${table}`;
  const served = async (at: string, credentials: { key?: string; token?: string }): Promise<string> => {
    const { status } = await call(at, { method: 'GET', target: `${rows}?limit=1&fields=${column}`, ...credentials });
    return status === 200 ? SERVED : status === 401 || status === 403 || status === 400 ? REFUSED : `status ${status}`;
  };
  /** Two values by turns. */
  const turns = <V>(...values: readonly [V, V]) => {
    let turn = 0;
    return () => values[++turn % 2]!;
  };

  const role = await roleWith('role');
  const byRole = await appWith('role', role);
  const roleState = turns(true, false);

  const keyRole = await roleWith('key');
  let given: { id: number; key: string } | undefined;
  let lastKey = '';
  let made = 0;

  const labels = turns('One', 'Two');

  const member = await userOf('member', 'user');
  const memberRole = await roleWith('member');
  const withoutRole = await appWith('member', null);
  const memberToken = await logIn(first, 'user/session', member.email, USER_PASSWORD);
  let assignment: number | undefined;

  const deputy = await userOf('deputy', 'admin');
  let deputyToken = '';
  const words = turns(...service.values);
  const lookup = await make('lookup', { name: `word_${tag}`, value: service.values[0] });
  const reader = await appWith('reader', await roleWith('reader'));
  const corsPath = `api/v2/${name}/*`;
  const origins = turns('https://one.example', 'https://two.example');
  const corsId = await make('cors', {
    path: corsPath,
    origin: 'https://one.example',
    header: '*',
    method: ['GET'],
    max_age: 0,
    enabled: true,
  });

  const forgetful = await userOf('forgetful', 'user');
  let password = USER_PASSWORD;
  let oldToken = '';
  const leaver = await userOf('leaver', 'user');
  const leaverRole = await roleWith('leaver');
  const sessions = await appWith('sessions', leaverRole);
  let leaverToken = '';

  return [
    {
      name: 'role',
      async change(through) {
        const isActive = roleState();
        await patch(through, `role/${role}`, { is_active: isActive });
        return isActive ? SERVED : REFUSED;
      },
      observe: (at) => served(at, { key: byRole.key }),
    },
    {
      name: 'app key',
      async change(through) {
        if (given) {
          await succeeding(asAdmin(through, 'DELETE', `system/app/${given.id}`));
          given = undefined;
          return REFUSED;
        }
        const record = { name: `${name}_key_${++made}`, is_active: true, type: 0, role_id: keyRole };
        const answer = await succeeding(asAdmin(through, 'POST', 'system/app?fields=id,api_key', { resource: [record] }));
        const [row] = (answer.json as { resource: { id: number; api_key: string }[] }).resource;
        given = { id: row!.id, key: row!.api_key };
        lastKey = given.key;
        return SERVED;
      },
      observe: (at) => served(at, { key: lastKey }),
    },
    {
      name: 'service',
      async change(through) {
        const label = labels();
        await patch(through, `service/${serviceId}`, { label });
        return label;
      },
      async observe(at) {
        const { json } = await asAdmin(at, 'GET', '');
        const { services = [] } = json as { services?: { name: string; label: string }[] };
        return services.find((candidate) => candidate.name === name)?.label ?? 'none';
      },
    },
    {
      name: 'user',
      async change(through) {
        const row = assignment === undefined ? { app_id: withoutRole.id, role_id: memberRole } : { id: assignment, user_id: null };
        await patch(through, `user/${member.id}`, { user_to_app_to_role_by_user_id: [row] });
        if (assignment !== undefined) {
          assignment = undefined;
          return REFUSED;
        }
        const related = 'related=user_to_app_to_role_by_user_id';
        const { json } = await succeeding(asAdmin(through, 'GET', `system/user/${member.id}?${related}`));
        assignment = (json as { user_to_app_to_role_by_user_id: { id: number }[] }).user_to_app_to_role_by_user_id[0]?.id;
        return SERVED;
      },
      observe: (at) => served(at, { key: withoutRole.key, token: memberToken }),
    },
    {
      name: 'admin',
      async prepare(through) {
        await patch(through, `admin/${deputy.id}`, { is_active: true });
        deputyToken = await logIn(through, 'system/admin/session', deputy.email, USER_PASSWORD);
        return SERVED;
      },
      async change(through) {
        await patch(through, `admin/${deputy.id}`, { is_active: false });
        return REFUSED;
      },
      observe: (at) => served(at, { token: deputyToken }),
    },
    {
      name: 'lookup',
      async change(through) {
        const word = words();
        await patch(through, `lookup/${lookup}`, { value: word });
        return word;
      },
      async observe(at) {
        const filter = encodeURIComponent(`${column} = {word_${tag}}`);
        const { json } = await call(at, { method: 'GET', target: `${rows}?fields=${column}&limit=1&filter=${filter}`, key: reader.key });
        return (json as { resource?: Record<string, unknown>[] }).resource?.map((row) => row[column]).join() ?? JSON.stringify(json);
      },
    },
    {
      name: 'CORS rule',
      async change(through) {
        const origin = origins();
        await patch(through, `cors/${corsId}`, { origin });
        return origin;
      },
      async observe(at) {
        const ask = async (origin: string) => {
          const headers = { origin, 'access-control-request-method': 'GET' };
          const answer = await call(at, { method: 'OPTIONS', target: rows, headers });
          return answer.headers['access-control-allow-origin'] === origin ? [origin] : [];
        };
        return (await Promise.all(['https://one.example', 'https://two.example'].map(ask))).flat().join();
      },
    },
    {
      name: 'password',
      async prepare(through) {
        oldToken = await logIn(through, 'user/session', forgetful.email, password);
        return SERVED;
      },
      async change(through) {
        password = `${USER_PASSWORD}-${++made}`;
        await patch(through, `user/${forgetful.id}`, { password });
        return REFUSED;
      },
      observe: (at) => served(at, { key: sessions.key, token: oldToken }),
    },
    {
      name: 'revoked token',
      async prepare(through) {
        leaverToken = await logIn(through, 'user/session', leaver.email, USER_PASSWORD);
        return SERVED;
      },
      async change(through) {
        await succeeding(call(through, { method: 'DELETE', target: 'user/session', token: leaverToken }));
        return REFUSED;
      },
      observe: (at) => served(at, { key: sessions.key, token: leaverToken }),
    },
  ];
}

async function logIn(at: string, resource: string, email: string, password: string): Promise<string> {
  const { json } = await succeeding(call(at, { method: 'POST', target: resource, body: { email, password } }));
  return String((json as { session_token?: unknown }).session_token);
}

interface Asked {
  readonly method: string;
  /** Below `/api/v2/`. */
  readonly target: string;
  readonly body?: unknown;
  readonly key?: string | undefined;
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly json: unknown;
  readonly text: string;
}

/** Connections are kept: a read after a change is on its way at once. */
const agent = new Agent({ keepAlive: true, maxSockets: 32 });

function call(origin: string, { method, target, body, key, token, headers }: Asked): Promise<Answered> {
  const { promise, resolve, reject } = Promise.withResolvers<Answered>();
  const text = body === undefined ? undefined : JSON.stringify(body);
  const request = startRequest(`${origin}/api/v2/${target}`, {
    method,
    agent,
    headers: {
      accept: 'application/json',
      ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      ...(key !== undefined && { 'x-dreamfactory-api-key': key }),
      ...(token !== undefined && { 'x-dreamfactory-session-token': token }),
      ...headers,
    },
  });
  request.on('error', reject);
  request.on('response', (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('error', reject);
    response.on('end', () => {
      const answer = Buffer.concat(chunks).toString('utf8');
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text: answer, json: parsed(answer) });
    });
  });
  request.end(text);
  return promise;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function succeeding(answer: Promise<Answered>): Promise<Answered> {
  const { status, text, ...rest } = await answer;
  if (status >= 400) throw new Error(`${status}: ${text}`);
  return { status, text, ...rest };
}

function idOf({ json, text }: Answered): number {
  const id = (json as { resource?: { id?: unknown }[] } | undefined)?.resource?.[0]?.id;
  if (typeof id !== 'number') throw new Error(`no id in ${text}`);
  return id;
}
