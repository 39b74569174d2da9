import { type Caller, type Requestor, TokenExpired, type Verb } from '@headgate/core';
import { equals, userTable, userToAppToRoleTable } from '@headgate/system-db';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  type AccessTarget,
  authorize,
  type Credentials,
  checkDeep,
  type IdentifiedCaller,
  refuseBadToken,
  unknownService,
} from '../src/index.js';
import { type AccessTestParts, accessParts, app, insertUser, role, service } from './support/fixtures.js';
import { MemoryDatabase } from './support/memory-database.js';
import { MemoryState } from './support/memory-state.js';

const SYSTEM = service(2, 'system', 'system');
const DB = service(6, 'db', 'pgsql');
const USER = service(8, 'user', 'user');
const DOCS = service(3, 'api_docs', 'swagger');
const ASLEEP = service(9, 'asleep', 'pgsql', false);
const OAUTH_NAMED = service(10, 'crm_oauth', 'pgsql');

const NO_TOKEN =
  "400 No session token (JWT) provided. Please provide a valid JWT using X-DreamFactory-Session-Token request header or 'session_token' url query parameter.";
const NO_KEY =
  "400 No API Key provided. Please provide a valid API Key using X-DreamFactory-API-Key request header or 'api_key' url query parameter.";
const NOTHING =
  '400 No session token (JWT) or API Key detected in request. Please send in X-DreamFactory-Session-Token and/or X-DreamFactory-API-Key request header. You can also use URL query parameters session_token and/or api_key.';

let db: MemoryDatabase;
let parts: AccessTestParts;

beforeEach(() => {
  db = new MemoryDatabase();
  const state = new MemoryState(db, {
    services: [SYSTEM, DB, USER, DOCS, ASLEEP, OAUTH_NAMED],
    roles: [
      role(1, [{ serviceId: DB.id, component: '_table/contact/*', verbMask: 1 }]),
      role(2, [{ verbMask: 31 }], false),
      role(3, [{ verbMask: 1 }]),
      role(4, [{ serviceId: DB.id, component: '*', verbMask: 31 }]),
    ],
    apps: [
      app(1, 'key-reader', 1),
      app(2, 'key-no-role', null),
      app(3, 'key-inactive-role', 2),
      app(4, 'key-all', 3),
      app(5, 'key-asleep', 3, false),
      app(6, 'key-other', null),
    ],
  });
  parts = accessParts(db, state);
});

async function identify(credentials: Partial<Credentials> = {}): Promise<IdentifiedCaller> {
  return parts.identity.identify({ address: '127.0.0.1', verb: 'GET', ...credentials });
}

async function tokenOf(userId: number): Promise<string> {
  const options = { issuer: 'x', forever: false, origin: { appId: undefined, address: '::1', userAgent: undefined } };
  return (await db.change((change) => parts.tokens.issue(change, userId, options))).token;
}

function outcome(caller: Caller, target: AccessTarget, component: string, verb: Verb = 'GET', requestor: Requestor = 'API'): string {
  try {
    authorize(caller, target, verb, component, requestor);
    return 'allowed';
  } catch (error) {
    const { status, message } = error as { status: number; message: string };
    return `${status} ${message}`;
  }
}

describe('a refusal', () => {
  it('without credentials asks for some', async () => {
    expect(outcome(await identify(), DB, '_table/contact')).toBe(NOTHING);
    expect(outcome(await identify({ apiKey: '' }), DB, '')).toBe(NOTHING);
  });

  it('of a user without key asks for a key', async () => {
    const user = await insertUser(parts);
    expect(outcome(await identify({ token: await tokenOf(user.id) }), DB, '_table/contact')).toBe(NO_KEY);
  });

  it('of an unknown key or an app without role asks for a token, the same for both', async () => {
    expect(outcome(await identify({ apiKey: 'unknown' }), DB, '_table/contact')).toBe(NO_TOKEN);
    expect(outcome(await identify({ apiKey: 'key-no-role' }), DB, '_table/contact')).toBe(NO_TOKEN);
  });

  it('of a user with a key but without a role says so', async () => {
    const token = await tokenOf((await insertUser(parts)).id);
    const expected = '403 Role not found. A role may not be assigned to you or your application.';
    expect(outcome(await identify({ token, apiKey: 'key-no-role' }), DB, '')).toBe(expected);
    expect(outcome(await identify({ token, apiKey: 'unknown' }), DB, '')).toBe(expected);
  });

  it('of an inactive role says so', async () => {
    expect(outcome(await identify({ apiKey: 'key-inactive-role' }), DB, '')).toBe(
      '403 Access Forbidden. The role assigned to you or your application or the default role of your application is not active.',
    );
  });

  it('of a key whose role lacks the access is 401, of a user 403 with the component', async () => {
    const token = await tokenOf((await insertUser(parts)).id);
    expect(outcome(await identify({ apiKey: 'key-reader' }), DB, '_table/orders')).toBe('401 Unauthorized. User is not authenticated.');
    const user = await identify({ token, apiKey: 'key-reader' });
    expect(outcome(user, DB, '_table/contact', 'POST')).toBe(
      "403 Access Forbidden. POST access to component '_table/contact' of service 'db' is not allowed by this user's role.",
    );
    expect(outcome(user, SYSTEM, '')).toBe("403 Access Forbidden. GET access to service 'system' is not allowed by this user's role.");
    expect(outcome(user, DB, '_table/contact/1')).toBe('allowed');
  });

  it('of a bad token comes first, on public calls and the list of services too', async () => {
    const caller = await identify({ apiKey: 'key-all', token: 'garbage' });
    for (const target of [DB, unknownService('nothing')])
      expect(outcome(caller, target, 'x')).toBe('401 Invalid token: Wrong number of segments');
    expect(outcome(caller, SYSTEM, 'environment')).toBe('401 Invalid token: Wrong number of segments');
    expect(() => refuseBadToken(caller)).toThrow('Invalid token');
    expect(caller.user).toBeUndefined();
  });

  it('of an expired token says how to go on', async () => {
    const token = await tokenOf((await insertUser(parts)).id);
    parts.clock.pass(1440 * 60);
    expect(outcome(await identify({ token }), USER, 'session')).toBe(`401 ${TokenExpired().message}`);
  });

  it('of an inactive app or user comes while identifying', async () => {
    const user = await insertUser(parts);
    const token = await tokenOf(user.id);
    await expect(identify({ apiKey: 'key-asleep', token: 'garbage' })).rejects.toMatchObject({
      status: 403,
      message: 'App is not active.',
    });
    await db.change((change) => change.update(userTable, equals('id', user.id), { is_active: false }));
    await expect(identify({ token })).rejects.toMatchObject({ status: 403, message: 'User is not active.' });
    await db.change((change) => change.delete(userTable, equals('id', user.id)));
    await expect(identify({ token })).rejects.toMatchObject({ status: 404, message: 'User not found.' });
  });
});

describe('an unknown or sleeping service', () => {
  it('is 404 for administrators and for whom a row for all services would let in', async () => {
    const admin = await identify({ token: await tokenOf((await insertUser(parts, { is_sys_admin: true })).id) });
    expect(outcome(admin, unknownService('nothing'), '')).toBe('404 Could not find a service for nothing');
    expect(outcome(await identify({ apiKey: 'key-all' }), unknownService('nothing'), 'x')).toBe('404 Could not find a service for nothing');
  });

  it('looks to everyone else like one without access', async () => {
    expect(outcome(await identify(), unknownService('nothing'), '')).toBe(NOTHING);
    expect(outcome(await identify({ apiKey: 'key-reader' }), unknownService('nothing'), '')).toBe(
      '401 Unauthorized. User is not authenticated.',
    );
  });

  it('that is deactivated says so only to those with access', async () => {
    expect(outcome(await identify({ apiKey: 'key-all' }), ASLEEP, 'x')).toBe('403 Service asleep is deactivated.');
    expect(outcome(await identify({ apiKey: 'key-reader' }), ASLEEP, 'x')).toBe('401 Unauthorized. User is not authenticated.');
  });
});

describe('a call that needs no permission', () => {
  it.each([
    [USER, 'session', ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], []],
    [USER, 'password', ['POST'], ['GET', 'PUT', 'PATCH', 'DELETE']],
    [USER, 'register', ['POST'], ['GET', 'DELETE']],
    [USER, 'profile', ['GET', 'POST', 'PUT', 'PATCH'], ['DELETE']],
    [USER, 'custom', [], ['GET', 'POST']],
    [USER, 'session/x', [], ['GET', 'POST']],
    [SYSTEM, 'admin/session', ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], []],
    [SYSTEM, 'admin/password', ['POST'], ['GET', 'PUT']],
    [SYSTEM, 'environment', ['GET', 'HEAD'], ['POST', 'DELETE']],
    [SYSTEM, 'admin/profile', [], ['GET', 'POST']],
    [SYSTEM, 'session', [], ['GET', 'POST']],
    [DOCS, '', ['GET'], ['POST']],
    [DOCS, 'anything', ['GET'], ['DELETE']],
  ] as const)('is decided by type: %o %s', async (target, component, open, closed) => {
    const caller = await identify();
    for (const verb of open) expect(outcome(caller, target, component, verb)).toBe('allowed');
    for (const verb of closed) expect(outcome(caller, target, component, verb)).toBe(NOTHING);
  });

  it('is not made by the name of a service', async () => {
    expect(outcome(await identify(), OAUTH_NAMED, 'sso', 'POST')).toBe(NOTHING);
    expect(outcome(await identify(), OAUTH_NAMED, '')).toBe(NOTHING);
  });

  it('gives no rights beyond itself', async () => {
    const access = authorize(await identify(), USER, 'GET', 'session', 'API');
    expect(access.isAdmin).toBe(false);
    expect(access.verbsFor('custom', 'API')).toBe(0);
  });
});

describe('the list of tables', () => {
  it('is open to whoever may read anything of the service, and nothing else is', async () => {
    const reader = await identify({ apiKey: 'key-reader' });
    expect(outcome(reader, DB, '_schema')).toBe('allowed');
    for (const component of ['_schema/contact', '_table', ''])
      expect(outcome(reader, DB, component)).toBe('401 Unauthorized. User is not authenticated.');
    expect(outcome(reader, DB, '_schema', 'POST')).toBe('401 Unauthorized. User is not authenticated.');
    expect(outcome(reader, DB, '_schema', 'GET', 'SCRIPT')).toBe('401 Unauthorized. User is not authenticated.');
    expect(outcome(await identify({ apiKey: 'unknown' }), DB, '_schema')).toBe(NO_TOKEN);
  });
});

describe('the role of a caller', () => {
  const assign = (user_id: number, app_id: number, role_id: number) =>
    db.change((change) => change.insert(userToAppToRoleTable, { user_id, app_id, role_id }));

  it('is the one of the user for the app, before that of the app', async () => {
    const user = await insertUser(parts);
    await assign(user.id, 1, 4);
    const token = await tokenOf(user.id);
    expect((await identify({ token, apiKey: 'key-reader' })).role?.id).toBe(4);
    expect((await identify({ apiKey: 'key-reader' })).role?.id).toBe(1);
    expect((await identify({ token, apiKey: 'key-all' })).role?.id).toBe(3);
  });

  it('is never one that the user has for another app', async () => {
    const user = await insertUser(parts);
    await assign(user.id, 1, 4);
    const caller = await identify({ token: await tokenOf(user.id), apiKey: 'key-other' });
    expect(caller.role).toBeUndefined();
    expect(outcome(caller, DB, '_table/contact')).toMatch(/^403 Role not found/);
  });

  it('is none for an administrator, who needs no key', async () => {
    const admin = await identify({ token: await tokenOf((await insertUser(parts, { is_sys_admin: true })).id), apiKey: 'unknown' });
    expect(admin).toMatchObject({ isAdmin: true, role: undefined });
    expect(authorize(admin, SYSTEM, 'DELETE', 'user/1', 'API').isAdmin).toBe(true);
  });

  it('restricts an administrator with any assignment like a user', async () => {
    const user = await insertUser(parts, { is_sys_admin: true });
    await assign(user.id, 1, 1);
    const token = await tokenOf(user.id);
    expect((await identify({ token })).isAdmin).toBe(false);
    expect(outcome(await identify({ token }), SYSTEM, 'user')).toBe(NO_KEY);
    expect(outcome(await identify({ token, apiKey: 'key-reader' }), SYSTEM, 'user')).toMatch(/^403 Access Forbidden/);
  });
});

describe('a deeper check', () => {
  it('refuses without the prefix', async () => {
    const access = authorize(await identify({ apiKey: 'key-reader' }), DB, 'GET', '_table/contact', 'API');
    expect(() => checkDeep(access, 'db', 'GET', '_table/contact', 'API')).not.toThrow();
    expect(() => checkDeep(access, 'db', 'GET', '_table/orders', 'API')).toThrow(
      /^GET access to component '_table\/orders' of service 'db' is not allowed by this user's role\.$/,
    );
  });
});

describe('identifying', () => {
  it('answers at once, and the same caller, for a known key', () => {
    const credentials = { address: '127.0.0.1', verb: 'GET', apiKey: 'key-reader' } as const;
    const caller = parts.identity.identify(credentials);
    expect(caller).not.toBeInstanceOf(Promise);
    expect(parts.identity.identify(credentials)).toBe(caller);
  });

  it('answers at once for a token whose user is in memory, and later otherwise', async () => {
    const token = await tokenOf((await insertUser(parts)).id);
    expect(parts.identity.identify({ address: '::1', verb: 'GET', token })).not.toBeInstanceOf(Promise);
    (parts.state as MemoryState).isCold = true;
    const later = parts.identity.identify({ address: '::1', verb: 'GET', token });
    expect(later).toBeInstanceOf(Promise);
    expect((await later).user?.email).toBe('jane@example.com');
  });

  it('ignores any token at a login and believes none at a refresh', async () => {
    const token = await tokenOf((await insertUser(parts)).id);
    expect(await identify({ token, ignoreToken: true })).toMatchObject({
      user: undefined,
      sessionToken: undefined,
      tokenProblem: undefined,
    });
    const refresh = await identify({ token: 'garbage', keepUnverifiedToken: true });
    expect(refresh).toMatchObject({ user: undefined, sessionToken: 'garbage', tokenProblem: undefined, isAdmin: false });
    expect((await identify({ token, keepUnverifiedToken: true })).user).toBeUndefined();
  });
});
