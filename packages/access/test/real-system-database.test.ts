import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SILENT } from '@headgate/core';
import type { OpenSystemState, SystemDatabaseOptions, VersionedSystemDatabase } from '@headgate/system-db';
import {
  appTable,
  createEncrypter,
  equals,
  migrate,
  openSystemDatabase,
  openSystemState,
  roleServiceAccessTable,
  roleTable,
  seed,
  serviceTable,
  userConfigTable,
  userTable,
  userToAppToRoleTable,
} from '@headgate/system-db';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorize, createFirstAdmin, hasActiveAdmin, issueSetupToken, newApiKey, setAdminPassword, unlockAccount } from '../src/index.js';
import { type AccessTestParts, accessParts, Clock, insertUser, PASSWORD, SETTINGS } from './support/fixtures.js';
import { call } from './support/requests.js';

const ADMIN = { email: 'ada@example.com', password: 'a very long password' };
const NEW_PASSWORD = 'another long password';

let folder: string;
let options: SystemDatabaseOptions;
let db: VersionedSystemDatabase;
let state: OpenSystemState;
let parts: AccessTestParts;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headgate-access-'));
  options = { dialect: 'sqlite', file: join(folder, 'system.db'), encrypter: createEncrypter({ key: SETTINGS.appKey }), log: SILENT };
  await migrate(options, { log: SILENT });
  db = await openSystemDatabase(options);
  await seed(db, { log: SILENT });
  state = await openSystemState(db, { configOf: () => undefined, log: SILENT });
  // Expired revocations are not loaded: the time of the tokens must be the real one.
  const clock = new Clock();
  clock.milliseconds = Date.now();
  parts = accessParts(db, state, {}, clock);
});

afterAll(async () => {
  await parts.passwords.close();
  await state.close();
  await db.close();
  await rm(folder, { recursive: true });
});

const login = (email: string, password = PASSWORD, resource = parts.signOn.userSession) =>
  call(parts, resource, { body: { email, password }, ignoreToken: true });
const tokenOf = async (email: string, password = PASSWORD) => String((await login(email, password)).body.session_token);
const sessionStatus = async (token: string) => (await call(parts, parts.signOn.userSession, { verb: 'GET', token })).status;

/** What another process would do with the same database. */
async function elsewhere<T>(work: (other: VersionedSystemDatabase) => Promise<T>): Promise<T> {
  const other = await openSystemDatabase(options);
  try {
    return await work(other);
  } finally {
    await other.close();
  }
}

describe('on a real system database', () => {
  it('the first administrator is made, logs in and has all rights', async () => {
    expect(await hasActiveAdmin(db)).toBe(false);
    const token = await issueSetupToken(db);
    await createFirstAdmin(db, parts.passwords, ADMIN, { token });
    await expect(createFirstAdmin(db, parts.passwords, { ...ADMIN, email: 'b@example.com' }, { token })).rejects.toMatchObject({
      status: 403,
    });
    const { status, body } = await login(ADMIN.email, ADMIN.password, parts.signOn.adminSession);
    expect(status).toBe(200);
    const caller = await parts.identity.identify({ address: '::1', verb: 'GET', token: String(body.session_token) });
    expect(caller.isAdmin).toBe(true);
    const system = caller.configuration.servicesByName.get('system')!;
    expect(authorize(caller, system, 'DELETE', 'user/1', 'API').isAdmin).toBe(true);
  });

  it('the password of an administrator is set by another process, which ends his sessions here', async () => {
    const { body } = await login(ADMIN.email, ADMIN.password, parts.signOn.adminSession);
    const token = String(body.session_token);
    expect(await sessionStatus(token)).toBe(200);
    await elsewhere((other) => setAdminPassword(other, parts.passwords, ADMIN.email, NEW_PASSWORD));
    await state.current();
    await expect.poll(() => sessionStatus(token), { timeout: 2000 }).toBe(403);
    expect((await login(ADMIN.email, NEW_PASSWORD, parts.signOn.adminSession)).status).toBe(200);
  });

  it('a session lives, is refreshed, and ends at once', async () => {
    const user = await insertUser(parts, { email: 'session@example.com' });
    const token = await tokenOf('session@example.com');
    expect(await sessionStatus(token)).toBe(200);
    const refreshed = await call(parts, parts.signOn.userSession, { verb: 'PUT', token, keepUnverifiedToken: true });
    const next = String(refreshed.body.session_token);
    expect(await sessionStatus(token)).toBe(403);
    expect(await sessionStatus(next)).toBe(200);
    expect(await parts.tokens.listSessions(user.id)).toHaveLength(1);
    await call(parts, parts.signOn.userSession, { verb: 'DELETE', token: next });
    expect(await sessionStatus(next)).toBe(403);
    expect(await parts.tokens.listSessions(user.id)).toEqual([]);
  });

  it('two refreshes or log-outs of one token at once do not fail', async () => {
    await insertUser(parts, { email: 'twice@example.com' });
    const token = await tokenOf('twice@example.com');
    const refresh = () => call(parts, parts.signOn.userSession, { verb: 'PUT', token, keepUnverifiedToken: true });
    expect((await Promise.all([refresh(), refresh()])).map((answer) => answer.status).toSorted()).toEqual([200, 401]);
    const other = await tokenOf('twice@example.com');
    const logout = () => call(parts, parts.signOn.userSession, { verb: 'DELETE', token: other });
    for (const answer of await Promise.all([logout(), logout()])) expect([200, 403]).toContain(answer.status);
    expect(await sessionStatus(other)).toBe(403);
  });

  it('one session of a user is revoked, and all of them', async () => {
    const user = await insertUser(parts, { email: 'revoked@example.com' });
    const [one, two] = [await tokenOf('revoked@example.com'), await tokenOf('revoked@example.com')];
    const [session] = await parts.tokens.listSessions(user.id);
    expect(await parts.tokens.revokeSession(user.id, session!.jti)).toBe(true);
    expect([await sessionStatus(one), await sessionStatus(two)].toSorted()).toEqual([200, 403]);
    await parts.tokens.revokeAll(user.id);
    expect([await sessionStatus(one), await sessionStatus(two)]).toEqual([403, 403]);
  });

  it('a new password ends sessions and remembered basic credentials', async () => {
    await insertUser(parts, { email: 'password@example.com' });
    const basic = { username: 'password@example.com', password: PASSWORD };
    const identify = async () => parts.identity.identify({ address: '::1', verb: 'GET', basic });
    const token = await tokenOf(basic.username);
    expect((await identify()).user?.email).toBe(basic.username);
    const changed = await call(parts, parts.signOn.userPassword, { token, body: { old_password: PASSWORD, new_password: NEW_PASSWORD } });
    expect(changed).toEqual({ status: 200, body: { success: true } });
    expect(await sessionStatus(token)).toBe(403);
    await expect(identify()).rejects.toMatchObject({ status: 401 });
  });

  it('a key opens what its role says, and a change of the role holds for the next call', async () => {
    const apiKey = newApiKey();
    const { roleId, serviceId } = await db.change(async (change) => {
      const service = (await change.findOne(serviceTable, equals('name', 'files')))!;
      const role = await change.insert(roleTable, { name: 'reader', is_active: true });
      const row = { role_id: role.id, service_id: service.id, component: '_table/contact/*', verb_mask: 1, requestor_mask: 1 };
      await change.insert(roleServiceAccessTable, { ...row, filters: [{ name: 'country', operator: '=', value: 'DE' }] });
      const app = await change.insert(appTable, { name: 'shop', api_key: apiKey, is_active: true, role_id: role.id });
      change.raise(`role:${role.id}`);
      change.raise(`app:${app.id}`);
      return { roleId: role.id, serviceId: service.id };
    });
    const attempt = async (component: string) => {
      const caller = await parts.identity.identify({ address: '::1', verb: 'GET', apiKey });
      return authorize(caller, caller.configuration.services.get(serviceId)!, 'GET', component, 'API');
    };
    expect((await attempt('_table/contact/1')).recordFilter('contact', 'GET', 'API')?.conditions).toEqual([
      { name: 'country', operator: '=', value: 'DE' },
    ]);
    await expect(attempt('_table/orders')).rejects.toMatchObject({ status: 401 });
    await db.change(async (change) => {
      await change.update(roleTable, equals('id', roleId), { is_active: false });
      change.raise(`role:${roleId}`);
    });
    await expect(attempt('_table/contact')).rejects.toMatchObject({ status: 403 });
  });

  it('a registration gives the configured role', async () => {
    const roleId = await db.change(async (change) => {
      const service = (await change.findOne(serviceTable, equals('name', 'user')))!;
      const role = await change.insert(roleTable, { name: 'registered', is_active: true });
      const values = { allow_open_registration: true, open_reg_email_service_id: null, open_reg_role_id: role.id };
      await change.update(userConfigTable, equals('service_id', service.id), values);
      change.raise(`role:${role.id}`);
      return role.id;
    });
    const body = { email: 'max.power@example.com', new_password: NEW_PASSWORD };
    expect(await call(parts, parts.signOn.register, { body })).toEqual({ status: 200, body: { success: true } });
    expect((await call(parts, parts.signOn.register, { body })).body.context).toEqual({ email: ['The email has already been taken.'] });
    const user = (await db.findOne(userTable, equals('email', body.email)))!;
    const roles = await db.find(userToAppToRoleTable, { where: equals('user_id', user.id) });
    expect(roles.length).toBe(state.latest.apps.size);
    expect(new Set(roles.map((row) => row.role_id))).toEqual(new Set([roleId]));
  });

  it('a profile changes, and its owner is known under the new name at once', async () => {
    await insertUser(parts, { email: 'profile@example.com' });
    const token = await tokenOf('profile@example.com');
    await sessionStatus(token);
    await call(parts, parts.signOn.userProfile, { token, body: { first_name: 'Known' } });
    const caller = await parts.identity.identify({ address: '::1', verb: 'GET', token });
    expect(caller.lookups.find('user.first_name', false)).toBe('Known');
  });

  it('an account unlocked by another process may log in at once', async () => {
    await insertUser(parts, { email: 'locked@example.com' });
    for (let attempt = 0; attempt < 10; attempt++) expect((await login('locked@example.com', 'wrong')).status).toBe(401);
    expect((await login('locked@example.com')).status).toBe(429);
    await elsewhere((other) => unlockAccount(other, 'locked@example.com'));
    expect((await login('locked@example.com')).status).toBe(200);
  });
});
