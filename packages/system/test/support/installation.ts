import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { AccessSettings } from '@headgate/access';
import {
  authorize,
  createIdentity,
  createLoginThrottle,
  createPasswords,
  createSignOn,
  createTokens,
  systemLookups,
  unknownService,
  unlockMarks,
} from '@headgate/access';
import type { JsonValue, Parameters, RequestBody, ServiceType, Verb } from '@headgate/core';
import { componentOf, errorDocument, HeadgateError, JsonText, NO_BODY, SILENT } from '@headgate/core';
import type { SystemDatabaseOptions, SystemDialect } from '@headgate/system-db';
import { createEncrypter, migrate, openSystemDatabase, openSystemState, seed, userTable } from '@headgate/system-db';
import { mariadbServer, postgresServer } from '../../../../test/containers.js';
import { createServiceTypes, createSystem, type SystemSettings } from '../../src/index.js';
import { testDatabaseType } from './test-types.js';

const APP_KEY = 'base64:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';

const ACCESS: AccessSettings = {
  appKey: APP_KEY,
  previousKeys: [],
  jwtTtlMinutes: 1440,
  jwtRefreshTtlMinutes: 20_160,
  allowForeverSessions: false,
  jwtUserClaims: [],
  jwtAlgorithm: 'HS256',
  blacklistGraceSeconds: 0,
  loginAttribute: 'email',
  passwordHash: 'bcrypt',
  bcryptRounds: 10,
  lookupModifiers: [],
  confirmCodeLength: 32,
  confirmCodeTtlSeconds: 86_400,
  publicUrl: 'http://localhost:8080',
  confirmInviteUrl: '/invite',
  confirmRegisterUrl: '/register',
  confirmResetUrl: '/reset',
  apiRoutePrefix: 'api',
  hostName: 'node-1',
  appName: 'Headgate',
  version: '0.1.0',
};

export const SETTINGS: SystemSettings = {
  version: '0.1.0',
  apiPrefix: '/api',
  installType: 'Headgate',
  loginAttribute: 'email',
  allowForeverSessions: false,
  maxRecords: 100_000,
  formats: { time: null, date: null, datetime: null, timestamp: null },
  lookupModifiers: [],
  isHosted: false,
  isTrial: false,
  baseUrl: 'http://localhost:8080',
  debug: false,
  logChannel: 'stack',
  logLevel: 'WARNING',
  logPath: '/var/log/headgate',
  installPath: '/opt/headgate',
  cacheDriver: 'array',
  sqliteStorage: undefined,
  packages: [{ name: '@headgate/system', version: '0.1.0' }],
};

/** Who makes a call: an administrator, a key, a token, or nobody. */
export type As = 'admin' | 'nobody' | { readonly key?: string; readonly token?: string };

export interface CallOptions {
  readonly as?: As;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: JsonValue;
  readonly format?: RequestBody['format'];
  readonly strict?: boolean;
}

export interface Answered {
  readonly status: number;
  /** As `respond` would write it: lists in their wrapper, errors as documents. */
  // biome-ignore lint/suspicious/noExplicitAny: what is answered is looked into freely
  readonly body: any;
}

export type Installation = Awaited<ReturnType<typeof install>>;

export type Install = () => Promise<Installation>;

/** Options for an empty system database; undefined where there is no server of the dialect. */
export async function emptyDatabase(dialect: SystemDialect): Promise<SystemDatabaseOptions | undefined> {
  const base = { dialect, encrypter: createEncrypter({ key: APP_KEY }), log: SILENT, poolMax: 4 };
  if (dialect === 'sqlite') return { ...base, file: join(await mkdtemp(join(tmpdir(), 'headgate-system-')), 'system.sqlite') };
  const address = dialect === 'postgres' ? await postgresServer() : await mariadbServer();
  if (address === undefined) return undefined;
  const { hostname: host, port, username, password, pathname } = new URL(address);
  return {
    ...base,
    host,
    port: Number(port),
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: pathname.slice(1),
  };
}

/** A whole installation in process, on a real system database. */
export async function install(dialect: SystemDialect) {
  const database = await emptyDatabase(dialect);
  if (database === undefined) throw new Error(`there is no server for ${dialect}`);
  await migrate(database, { log: SILENT });
  const db = await openSystemDatabase(database);
  await seed(db, { log: SILENT });
  const databaseType = testDatabaseType();
  const types = createServiceTypes([databaseType as ServiceType, testDatabaseType('sqlite') as ServiceType]);
  const state = await openSystemState(db, { configOf: types.configOf, log: SILENT });
  const passwords = createPasswords(ACCESS);
  const tokens = createTokens({ db, state, settings: ACCESS });
  const throttle = createLoginThrottle({ marks: unlockMarks(db) });
  const access = { db, state, settings: ACCESS, tokens, passwords, throttle, log: SILENT };
  const identity = createIdentity(access);
  const envelope = { always: true, wrapper: 'resource' };
  const system = createSystem({
    db,
    state,
    types,
    envelope,
    settings: SETTINGS,
    log: SILENT,
    signOn: createSignOn(access),
    sessions: tokens,
    passwords,
    systemLookups: (configuration) => systemLookups(configuration, ACCESS),
  });

  const root = await db.change((change) =>
    change.insert(userTable, {
      name: 'Root',
      first_name: 'Ro',
      last_name: 'Ot',
      email: 'root@example.com',
      username: 'root@example.com',
      is_sys_admin: true,
      is_root_admin: true,
      is_active: true,
    }),
  );
  const origin = { appId: undefined, address: '127.0.0.1', userAgent: 'test' };
  const tokenOf = async (userId: number) =>
    (await db.change((change) => tokens.issue(change, userId, { issuer: 'http://localhost:8080/test', forever: false, origin }))).token;
  const adminToken = await tokenOf(root.id);

  async function call(
    verb: Verb,
    url: string,
    { as = 'admin', query = {}, body, format = 'json', strict = false }: CallOptions = {},
  ): Promise<Answered> {
    const [service = '', ...path] = url
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent);
    const credentials = as === 'admin' ? { token: adminToken } : as === 'nobody' ? {} : { apiKey: as.key, token: as.token };
    try {
      const caller = await identity.identify({ ...credentials, address: '127.0.0.1', verb });
      const target = system.services.record(service) ?? unknownService(service);
      const serviceAccess = authorize(caller, target, verb, componentOf(path), 'API');
      const response = await system.services.find(service).service.handle({
        verb,
        service,
        path,
        trailingSlash: false,
        apiVersion: '2.0',
        parameters: parametersOf(query),
        headers: { host: 'localhost:8080' },
        body: bodyOf(body, format),
        caller,
        access: serviceAccess,
        requestor: 'API',
        origin: { requestId: 'test', address: '127.0.0.1', userAgent: 'test', target: `/api/v2/${url}` },
        signal: undefined,
        strict,
      });
      return { status: response.status, body: shown(response.content) };
    } catch (error) {
      if (!(error instanceof HeadgateError)) throw error;
      return { status: error.status, body: { error: plain(errorDocument(error)) } };
    }
  }

  /** `GET /api/v2`. */
  async function list({ as = 'admin', query = {} }: CallOptions = {}): Promise<Answered['body']> {
    const credentials = as === 'admin' ? { token: adminToken } : as === 'nobody' ? {} : { apiKey: as.key, token: as.token };
    const caller = await identity.identify({ ...credentials, address: '127.0.0.1', verb: 'GET' });
    return plain(system.listServices(caller, parametersOf(query)));
  }

  return {
    db,
    state,
    system,
    list,
    types,
    databaseType,
    root,
    tokenOf,
    passwords,
    call,
    get: (url: string, query?: Record<string, string>, options: CallOptions = {}) => call('GET', url, { ...options, query: query ?? {} }),
    post: (url: string, body: JsonValue, options: CallOptions = {}) => call('POST', url, { ...options, body }),
    patch: (url: string, body: JsonValue | undefined, options: CallOptions = {}) =>
      call('PATCH', url, { ...options, ...(body !== undefined && { body }) }),
    put: (url: string, body: JsonValue, options: CallOptions = {}) => call('PUT', url, { ...options, body }),
    remove: (url: string, query?: Record<string, string>, options: CallOptions = {}) =>
      call('DELETE', url, { ...options, query: query ?? {} }),
    async close() {
      await system.close();
      await state.close();
      await db.close();
      await passwords.close();
      if (database.file !== undefined) await rm(dirname(database.file), { recursive: true, force: true });
    },
  };
}

function bodyOf(value: JsonValue | undefined, format: RequestBody['format']): RequestBody {
  return value === undefined ? NO_BODY : { format, value, contentType: 'application/json', raw: new Uint8Array() };
}

function parametersOf(query: Readonly<Record<string, string>>): Parameters {
  return { get: (name) => query[name], has: (name) => name in query, map: () => undefined, names: () => Object.keys(query) };
}

function shown(content: { kind: string; items?: unknown; meta?: unknown; value?: unknown }): unknown {
  if (content.kind === 'list') return plain({ resource: content.items, ...(content.meta !== undefined && { meta: content.meta }) });
  return plain(Array.isArray(content.value) ? { resource: content.value } : content.value);
}

function plain(value: unknown): Answered['body'] {
  if (value === undefined) return undefined;
  return JSON.parse(value instanceof JsonText ? value.text : JSON.stringify(value));
}
