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

/** A change that was answered. */
export interface Change {
  /** What every worker must show from now on. */
  readonly expected: string;
  /** When the whole answer was there, on the monotonic clock. */
  readonly answeredAt: number;
}

/** What a worker showed. */
export interface Observation {
  readonly seen: string;
  /** When the last byte of the question was handed to the operating system, on the monotonic clock. */
  readonly sentAt: number;
}

/** One kind of change, and how a call shows whether a worker knows of it. What is shown are short texts. */
export interface Kind {
  readonly name: string;
  /** What there must be before the next change. Every worker is asked after it too, so that each has it in memory. */
  prepare?(through: string): Promise<Change>;
  change(through: string): Promise<Change>;
  observe(at: string): Promise<Observation>;
}

export interface CoherenceOptions {
  /** Who is asked. */
  readonly workers: readonly string[];
  /** Through whom changes are made, in turn; the workers without. */
  readonly through?: readonly string[];
  /** How many changes are made whose reads were all sent within 5 ms of their answers. */
  readonly changes: number;
  /** No change is begun after so many milliseconds. */
  readonly within?: number;
}

export interface CoherenceReport {
  /** Changes with each read sent within 5 ms of the answer. */
  readonly changes: number;
  /** Further changes, of which this machine sent a read later than that. Their reads are judged all the same. */
  readonly late: number;
  readonly reads: number;
  /** What was read that was older than the answer before it. */
  readonly stale: readonly { readonly kind: string; readonly worker: string; readonly expected: string; readonly seen: string }[];
  /** By kind how long the changes took, in milliseconds, sorted. */
  readonly took: ReadonlyMap<string, readonly number[]>;
}

const SENT_WITHIN = 5;

/** Changes through each in turn, kind by kind, and reads back at each worker at once. */
export async function checkCoherence(kinds: readonly Kind[], options: CoherenceOptions): Promise<CoherenceReport> {
  const { workers, through = workers, changes, within = Number.POSITIVE_INFINITY } = options;
  const stale: { kind: string; worker: string; expected: string; seen: string }[] = [];
  const took = new Map(kinds.map(({ name }) => [name, [] as number[]]));
  let reads = 0;
  const readAll = async ({ name, observe }: Kind, change: Promise<Change>): Promise<boolean> => {
    const { expected, answeredAt } = await change;
    const observations = await Promise.all(workers.map((worker) => observe(worker)));
    for (const [index, { seen }] of observations.entries()) {
      reads++;
      if (seen !== expected) stale.push({ kind: name, worker: workers[index]!, expected, seen });
    }
    return observations.every(({ sentAt }) => sentAt - answeredAt <= SENT_WITHIN);
  };
  let inTime = 0;
  let late = 0;
  const begun = performance.now();
  for (let turn = 0; inTime < changes && performance.now() - begun < within; turn++) {
    const kind = kinds[turn % kinds.length]!;
    // Each kind goes through each of them.
    const origin = through[(turn + Math.floor(turn / kinds.length)) % through.length]!;
    if (kind.prepare) await readAll(kind, kind.prepare(origin));
    const asked = performance.now();
    const change = kind.change(origin);
    const wasInTime = await readAll(
      kind,
      change.then((made) => {
        took.get(kind.name)!.push(made.answeredAt - asked);
        return made;
      }),
    );
    if (wasInTime) inTime++;
    else late++;
    // Rather than for ever on a machine that cannot.
    if (late > 100 && late > inTime) break;
  }
  for (const times of took.values()) times.sort((a, b) => a - b);
  return { changes: inTime, late, reads, stale, took };
}

export const median = (sorted: readonly number[]): number => sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;

/** How many there were, and the medians of all kinds. */
export function summaryOf({ changes, late, reads, stale, took }: CoherenceReport): string {
  const medians = [...took].map(([kind, times]) => `${kind} ${median(times).toFixed(1)}`).join(', ');
  return `${changes} changes (and ${late} read late), ${reads} reads, ${stale.length} stale; p50 in ms: ${medians}`;
}

const USER_PASSWORD = 'a-long-user-password';
const SERVED = 'served';
const REFUSED = 'refused';

/** Makes what the kinds of changes need, through the first worker, and answers them all. */
export async function openKinds({ workers, admin, service }: CoherenceTarget): Promise<readonly Kind[]> {
  const [first] = workers;
  if (first === undefined) throw new Error('there are no workers');
  const { token } = await openSession(first, 'system/admin/session', admin.email, admin.password);
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
  const served = async (at: string, credentials: { key?: string; token?: string }): Promise<Observation> => {
    const { status, sentAt } = await call(at, { method: 'GET', target: `${rows}?limit=1&fields=${column}`, ...credentials });
    return { seen: status === 200 ? SERVED : [400, 401, 403].includes(status) ? REFUSED : `status ${status}`, sentAt };
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
  const { token: memberToken } = await openSession(first, 'user/session', member.email, USER_PASSWORD);
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
        return changed(patch(through, `role/${role}`, { is_active: isActive }), isActive ? SERVED : REFUSED);
      },
      observe: (at) => served(at, { key: byRole.key }),
    },
    {
      name: 'app key',
      async change(through) {
        if (given) {
          const { id } = given;
          given = undefined;
          return changed(succeeding(asAdmin(through, 'DELETE', `system/app/${id}`)), REFUSED);
        }
        const record = { name: `${name}_key_${++made}`, is_active: true, type: 0, role_id: keyRole };
        const answer = await succeeding(asAdmin(through, 'POST', 'system/app?fields=id,api_key', { resource: [record] }));
        const [row] = (answer.json as { resource: { id: number; api_key: string }[] }).resource;
        given = { id: row!.id, key: row!.api_key };
        lastKey = given.key;
        return { expected: SERVED, answeredAt: answer.answeredAt };
      },
      observe: (at) => served(at, { key: lastKey }),
    },
    {
      name: 'service',
      async change(through) {
        const label = labels();
        return changed(patch(through, `service/${serviceId}`, { label }), label);
      },
      async observe(at) {
        const { json, sentAt } = await asAdmin(at, 'GET', '');
        const { services = [] } = json as { services?: { name: string; label: string }[] };
        return { seen: services.find((candidate) => candidate.name === name)?.label ?? 'none', sentAt };
      },
    },
    {
      name: 'user',
      async change(through) {
        const row = assignment === undefined ? { app_id: withoutRole.id, role_id: memberRole } : { id: assignment, user_id: null };
        const related = 'user_to_app_to_role_by_user_id';
        const answer = await patch(through, `user/${member.id}?related=${related}`, { [related]: [row] });
        const [left] = (answer.json as { [related]: { id: number }[] })[related];
        assignment = left?.id;
        return { expected: left ? SERVED : REFUSED, answeredAt: answer.answeredAt };
      },
      observe: (at) => served(at, { key: withoutRole.key, token: memberToken }),
    },
    {
      name: 'admin',
      async prepare(through) {
        await patch(through, `admin/${deputy.id}`, { is_active: true });
        const session = await openSession(through, 'system/admin/session', deputy.email, USER_PASSWORD);
        deputyToken = session.token;
        return { expected: SERVED, answeredAt: session.answeredAt };
      },
      change: (through) => changed(patch(through, `admin/${deputy.id}`, { is_active: false }), REFUSED),
      observe: (at) => served(at, { token: deputyToken }),
    },
    {
      name: 'lookup',
      async change(through) {
        const word = words();
        return changed(patch(through, `lookup/${lookup}`, { value: word }), word);
      },
      async observe(at) {
        const filter = encodeURIComponent(`${column} = {word_${tag}}`);
        const target = `${rows}?fields=${column}&limit=1&filter=${filter}`;
        const { json, sentAt } = await call(at, { method: 'GET', target, key: reader.key });
        const { resource } = (json ?? {}) as { resource?: Record<string, unknown>[] };
        return { seen: resource?.map((row) => row[column]).join() ?? JSON.stringify(json), sentAt };
      },
    },
    {
      name: 'CORS rule',
      async change(through) {
        const origin = origins();
        return changed(patch(through, `cors/${corsId}`, { origin }), origin);
      },
      async observe(at) {
        const ask = async (origin: string) => {
          const headers = { origin, 'access-control-request-method': 'GET' };
          const answer = await call(at, { method: 'OPTIONS', target: rows, headers });
          return { allowed: answer.headers['access-control-allow-origin'] === origin ? [origin] : [], sentAt: answer.sentAt };
        };
        const answers = await Promise.all(['https://one.example', 'https://two.example'].map(ask));
        return { seen: answers.flatMap(({ allowed }) => allowed).join(), sentAt: Math.max(...answers.map(({ sentAt }) => sentAt)) };
      },
    },
    {
      name: 'password',
      async prepare(through) {
        const session = await openSession(through, 'user/session', forgetful.email, password);
        oldToken = session.token;
        return { expected: SERVED, answeredAt: session.answeredAt };
      },
      async change(through) {
        password = `${USER_PASSWORD}-${++made}`;
        return changed(patch(through, `user/${forgetful.id}`, { password }), REFUSED);
      },
      observe: (at) => served(at, { key: sessions.key, token: oldToken }),
    },
    {
      name: 'revoked token',
      async prepare(through) {
        const session = await openSession(through, 'user/session', leaver.email, USER_PASSWORD);
        leaverToken = session.token;
        return { expected: SERVED, answeredAt: session.answeredAt };
      },
      change: (through) => changed(succeeding(call(through, { method: 'DELETE', target: 'user/session', token: leaverToken })), REFUSED),
      observe: (at) => served(at, { key: sessions.key, token: leaverToken }),
    },
  ];
}

async function changed(answer: Promise<Answered>, expected: string): Promise<Change> {
  const { answeredAt } = await answer;
  return { expected, answeredAt };
}

interface Session {
  readonly token: string;
  readonly answeredAt: number;
}

async function openSession(at: string, resource: string, email: string, password: string): Promise<Session> {
  const { json, answeredAt } = await succeeding(call(at, { method: 'POST', target: resource, body: { email, password } }));
  return { token: String((json as { session_token?: unknown }).session_token), answeredAt };
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
  /** When the question was handed to the operating system and the whole answer was there, on the monotonic clock. */
  readonly sentAt: number;
  readonly answeredAt: number;
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
  let sentAt = Number.POSITIVE_INFINITY;
  request.on('finish', () => {
    sentAt = performance.now();
  });
  request.on('error', reject);
  request.on('response', (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('error', reject);
    response.on('end', () => {
      const answeredAt = performance.now();
      const text = Buffer.concat(chunks).toString('utf8');
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parsed(text), sentAt, answeredAt });
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
