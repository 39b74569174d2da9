import pg from 'pg';
import { type RunningHeadgate, type StartOptions, startHeadgate } from '../../headgate.js';
import { type Answer, type CallOptions, call } from './http.js';

/** Verbs as a role's row has them (rest-core.md 3.5). */
export const GET = 1;
export const READ_WRITE = 31;

/** What only rows of another owner hold: in no answer to a caller whose role ends at its own rows. */
export const FOREIGN_TEXT = 'belongs-to-somebody-else';
export const OWN = 7;
export const FOREIGN = 8;

/** A role's row: `service` by name. */
export interface Right {
  readonly service: string;
  readonly component: string;
  readonly verbs: number;
  readonly requestor?: number;
  readonly filters?: readonly { readonly name: string; readonly operator: string; readonly value: string }[];
  readonly filterOp?: 'AND' | 'OR';
}

export interface App {
  readonly id: number;
  readonly role: number;
  readonly key: string;
}

/** A running Headgate, and the callers that a test needs. */
export interface Api {
  readonly headgate: RunningHeadgate;
  call(target: string, options?: CallOptions): Promise<Answer>;
  /** As the administrator; throws where the answer is an error. */
  admin<T = Record<string, unknown>>(method: string, target: string, body?: unknown): Promise<T>;
  /** Makes a role with these rights and an app whose key has it. */
  appWith(name: string, rights: readonly Right[]): Promise<App>;
  /** Makes a user of the app's role. */
  user(email: string, password: string, app?: App): Promise<number>;
  /** The session token of a user, or of an administrator. */
  logIn(email: string, password: string, resource?: 'user/session' | 'system/admin/session'): Promise<string>;
  close(): Promise<void>;
}

/** Over a small database in which half of the rows must stay hidden from most callers. */
export interface GuardedApi extends Api {
  readonly database: pg.Pool;
  /** The rows of the table as they are. */
  notes(): Promise<Record<string, unknown>[]>;
}

const TABLES = `
  CREATE TABLE note (
    id serial PRIMARY KEY,
    owner_id integer NOT NULL,
    title varchar(200) NOT NULL DEFAULT '',
    body text,
    amount numeric(12,2),
    big bigint,
    data jsonb,
    done boolean,
    day date,
    at timestamptz,
    code uuid,
    file bytea,
    tags text[]
  );
  CREATE UNIQUE INDEX note_code ON note (code);
  CREATE TABLE pair (a integer, b text, c text, PRIMARY KEY (a, b));
  INSERT INTO pair VALUES (1, 'x', 'one'), (2, 'y', 'two');
  CREATE TABLE comment (id serial PRIMARY KEY, note_id integer NOT NULL REFERENCES note (id), body text);
  CREATE SCHEMA hidden;
  CREATE TABLE hidden.vault (id integer PRIMARY KEY, secret text);
  INSERT INTO hidden.vault VALUES (1, '${FOREIGN_TEXT}');
`;

const ROWS = `
  INSERT INTO note (id, owner_id, title, body, amount, big, done, day) VALUES
    (1, ${OWN}, 'first', 'mine', 1.50, 1, true, '2026-01-01'), (2, ${OWN}, 'second', 'mine', 2.50, 2, false, '2026-01-02'),
    (3, ${FOREIGN}, '${FOREIGN_TEXT}', '${FOREIGN_TEXT}', 3.50, 3, true, '2026-01-03'), (4, ${FOREIGN}, '${FOREIGN_TEXT}', NULL, 4.50, 4, NULL, NULL);
  INSERT INTO comment (id, note_id, body) VALUES (1, 1, 'on mine'), (2, 3, '${FOREIGN_TEXT}');
  SELECT setval('note_id_seq', 100), setval('comment_id_seq', 100);
`;

/** Starts Headgate without the sample service. */
export async function startApi(start: StartOptions = {}): Promise<Api> {
  const headgate = await startHeadgate({ ...start, args: ['--no-sample', ...(start.args ?? [])] });
  const { origin } = headgate;
  const created = createdBy(headgate);

  const serviceId = async (name: string): Promise<number> => {
    const { resource } = await headgate.admin<{ resource: { id: number; name: string }[] }>('GET', 'system/service?fields=id,name');
    const service = resource.find((candidate) => candidate.name === name);
    if (service === undefined) throw new Error(`no service ${name}`);
    return service.id;
  };

  return {
    headgate,
    call: (target, options) => call(origin, `/api/v2/${target}`, options),
    admin: headgate.admin,
    async appWith(name, rights) {
      const rows = await Promise.all(
        rights.map(async ({ service, component, verbs, requestor = 1, filters = [], filterOp = 'AND' }) => ({
          service_id: await serviceId(service),
          component,
          verb_mask: verbs,
          requestor_mask: requestor,
          filters,
          filter_op: filterOp,
        })),
      );
      const role = (await created('system/role', { name, is_active: true, role_service_access_by_role_id: rows })).id as number;
      const app = await created('system/app', { name, is_active: true, role_id: role });
      return { id: app.id as number, role, key: app.api_key as string };
    },
    async user(email, password, app) {
      const assignment = app && { user_to_app_to_role_by_user_id: [{ app_id: app.id, role_id: app.role }] };
      return (await created('system/user', { email, password, is_active: true, ...assignment })).id as number;
    },
    async logIn(email, password, resource = 'user/session') {
      const answer = await call(origin, `/api/v2/${resource}`, { method: 'POST', body: { email, password } });
      const token = (answer.json as { session_token?: string }).session_token;
      if (token === undefined) throw new Error(`no session: ${answer.status} ${answer.text}`);
      return token;
    },
    close: () => headgate.stop(),
  };
}

export interface GuardedApiOptions extends StartOptions {
  /** The address of the empty database that becomes the service `crm`. */
  readonly database: string;
  /** The address under which Headgate reaches it, where that is another. */
  readonly reachedAt?: string;
  readonly config?: Readonly<Record<string, unknown>>;
}

export async function startGuardedApi({ database, reachedAt = database, config, ...start }: GuardedApiOptions): Promise<GuardedApi> {
  const pool = new pg.Pool({ connectionString: database, max: 2 });
  await pool.query(TABLES + ROWS);
  const api = await startApi(start);
  await createdBy(api.headgate)('system/service', {
    name: 'crm',
    label: 'CRM',
    type: 'pgsql',
    is_active: true,
    config: { ...connectionOf(reachedAt), ...config },
  });
  return {
    ...api,
    database: pool,
    notes: async () => (await pool.query('SELECT * FROM note ORDER BY id')).rows as Record<string, unknown>[],
    async close() {
      await api.close();
      await pool.end();
    },
  };
}

/** Creates one record and answers it in full. */
function createdBy(headgate: RunningHeadgate) {
  return async (target: string, record: unknown): Promise<Record<string, unknown>> =>
    (await headgate.admin<{ resource: Record<string, unknown>[] }>('POST', `${target}?fields=*`, { resource: [record] })).resource[0]!;
}

/** The right to the rows of `OWN` alone. */
export function ownNotes(verbs: number = READ_WRITE): Right {
  return { service: 'crm', component: '_table/note/*', verbs, filters: [{ name: 'owner_id', operator: '=', value: String(OWN) }] };
}

export function connectionOf(database: string): Record<string, unknown> {
  const url = new URL(database);
  return {
    host: url.hostname,
    port: Number(url.port || 5432),
    database: url.pathname.slice(1),
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  };
}
