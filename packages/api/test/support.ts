import type { RequestListener } from 'node:http';
import { compileCors } from '@headgate/access';
import type { Caller, Logger, ServiceAccess, ServiceRequest, ServiceResponse } from '@headgate/core';
import { ADMIN_ACCESS, answer, NO_LOOKUPS } from '@headgate/core';
import { AccessLog } from '@headgate/logging';
import type { CorsRecord } from '@headgate/system-db';
import { type ApiParts, CallFigures, createApi, Recorder, Room } from '../src/index.ts';
import { createClientAddresses } from '../src/request/address.ts';

export interface Logged {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>> | undefined;
}

/** A log that tests can read. */
export function memoryLog(): Logger & { readonly lines: Logged[] } {
  const lines: Logged[] = [];
  const write = (level: string) => (message: string, fields?: Readonly<Record<string, unknown>>) =>
    void lines.push({ level, message, fields });
  const said = new Set<string>();
  return {
    lines,
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    once(key, message, fields) {
      if (!said.has(key)) write('once')(message, fields);
      said.add(key);
    },
  };
}

const READ_EVERYTHING: ServiceAccess = {
  stamp: 1,
  isAdmin: false,
  verbsFor: () => 31,
  recordFilter: () => undefined,
  allowsAnywhere: () => true,
};

/** A caller with a role that may do everything, recognized by the API key `key`; `admin` is an administrator's session token. */
export function callerWith(apiKey: string | undefined, sessionToken: string | undefined): Caller {
  const isAdmin = sessionToken === 'admin';
  return {
    app: apiKey === 'key' ? { id: 1, name: 'app' } : undefined,
    user: undefined,
    role: apiKey === 'key' ? { id: 2, name: 'role', isActive: true, service: () => READ_EVERYTHING, mayList: () => true } : undefined,
    isAdmin,
    requestor: 'API',
    sessionToken,
    apiKey,
    lookups: NO_LOOKUPS,
  };
}

export interface TestApi {
  readonly listener: RequestListener;
  /** What came to the service. */
  readonly seen: ServiceRequest[];
  readonly log: ReturnType<typeof memoryLog>;
  readonly room: Room;
}

export interface TestApiOptions {
  readonly handle?: (request: ServiceRequest) => Promise<ServiceResponse> | ServiceResponse;
  readonly rules?: Partial<ApiParts['rules']>;
  readonly cors?: readonly CorsRecord[];
  readonly trustedProxies?: readonly string[];
  readonly capacity?: number;
  readonly mountPages?: ApiParts['mountPages'];
  readonly identify?: ApiParts['identity']['identify'];
}

/** An API with one service, `db`, which answers what the test says. */
export function testApi(options: TestApiOptions = {}): TestApi {
  const seen: ServiceRequest[] = [];
  const log = memoryLog();
  const room = new Room(options.capacity ?? 1000);
  const handle = options.handle ?? (() => answer({ ok: true }));
  const listener = createApi({
    rules: {
      prefix: '/api',
      envelope: { always: true, wrapper: 'resource' },
      contentType: 'application/json',
      xmlRoot: 'dfapi',
      maxBody: 10 * 1024 ** 2,
      debug: false,
      ...options.rules,
    },
    addresses: createClientAddresses(options.trustedProxies ?? []),
    room,
    cors: { current: compileCors(options.cors ?? [], []) },
    identity: { identify: options.identify ?? (({ apiKey, token }) => callerWith(apiKey, token) as never) },
    services: {
      find: (name) =>
        name !== 'db'
          ? undefined
          : {
              target: { id: 5, name: 'db', type: 'pgsql', isActive: true },
              open: () => ({
                async handle(request) {
                  seen.push(request);
                  return handle(request);
                },
                async close() {},
              }),
            },
      list: () => answer({ services: [], service_types: [] }),
    },
    recorder: new Recorder({ log, accessLog: new AccessLog(log, true), figures: new CallFigures({ includeSystem: false }), slowMs: 0 }),
    log,
    ...(options.mountPages && { mountPages: options.mountPages }),
  });
  return { listener, seen, log, room };
}

export const KEY = { 'X-DreamFactory-API-Key': 'key' };
export { ADMIN_ACCESS };
