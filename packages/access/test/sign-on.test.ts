import type { SystemResource } from '@headgate/core';
import {
  appRoleMapTable,
  equals,
  KNOWN_ADMIN_KEY,
  sessionTable,
  tokenMapTable,
  userConfigTable,
  userTable,
  userToAppToRoleTable,
} from '@headgate/system-db';
import { beforeEach, describe, expect, it } from 'vitest';
import { type AccessSettings, newConfirmCode } from '../src/index.js';
import { type AccessTestParts, accessParts, app, insertUser, PASSWORD, role, service } from './support/fixtures.js';
import { MemoryDatabase } from './support/memory-database.js';
import { MemoryState } from './support/memory-state.js';
import { type Call, call } from './support/requests.js';

const JANE = 'jane@example.com';
const ROOT = 'root@example.com';
const NEW_PASSWORD = 'another long password';
const WRONG = { status: 401, body: { message: 'Invalid credentials supplied.' } };

let db: MemoryDatabase;
let parts: AccessTestParts;

function start(settings: Partial<AccessSettings> = {}): void {
  db = new MemoryDatabase();
  const state = new MemoryState(db, {
    services: [service(8, 'user', 'user'), service(9, 'ad', 'ldap'), service(10, 'db', 'pgsql')],
    roles: [role(3, [{}]), role(4, [{}]), role(5, [{}], false)],
    apps: [app(1, 'key', 3), app(2, 'key-inactive', 5)],
  });
  parts = accessParts(db, state, settings);
}

beforeEach(async () => {
  start();
  await insertUser(parts);
  await insertUser(parts, { email: ROOT, name: 'Root', is_sys_admin: true, is_root_admin: true });
});

const at = (resource: SystemResource, options: Call = {}) => call(parts, resource, options);
const login = (body = { email: JANE, password: PASSWORD } as Record<string, string>, options: Call = {}) =>
  at(parts.signOn.userSession, { body, ignoreToken: true, ...options });
const adminLogin = (body: Record<string, string> = { email: ROOT, password: PASSWORD }, options: Call = {}) =>
  at(parts.signOn.adminSession, { body, ...options });
const tokenOf = async (answer: ReturnType<typeof at>) => String((await answer).body.session_token);
const rowOf = async (email: string) => (await db.findOne(userTable, equals('email', email)))!;

describe('a login', () => {
  it('answers the session document, its keys in order, with the real expiry', async () => {
    const { status, body } = await login();
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual([
      'session_token',
      'session_id',
      'id',
      'name',
      'first_name',
      'last_name',
      'email',
      'is_sys_admin',
      'last_login_date',
      'host',
      'token_expiry_date',
    ]);
    expect(body).toMatchObject({
      id: 1,
      name: 'Jane Doe',
      email: JANE,
      is_sys_admin: false,
      host: 'node-1',
      token_expiry_date: '2023-11-15 22:13:20',
    });
    expect(body.session_id).toBe(body.session_token);
    expect(body.last_login_date).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    expect(JSON.stringify(body)).not.toContain('argon2');
  });

  it('shows the role that the key of an app gives, and ignores whatever token came along', async () => {
    const { body } = await login(undefined, { apiKey: 'key', token: 'garbage' });
    expect(body).toMatchObject({ role: 'role-3', role_id: 3 });
    await db.change((change) => change.insert(userToAppToRoleTable, { user_id: 1, app_id: 1, role_id: 4 }));
    expect((await login(undefined, { apiKey: 'key' })).body).toMatchObject({ role_id: 4 });
    expect((await login(undefined, { apiKey: 'unknown' })).body).not.toHaveProperty('role');
    expect(await login(undefined, { apiKey: 'key-inactive' })).toMatchObject({ status: 403, body: { message: 'Role is not active.' } });
  });

  it('leaves its traces in one change', async () => {
    await db.change((change) => change.update(userTable, equals('id', 1), { confirm_code: 'X' }));
    await login(undefined, { apiKey: 'key' });
    expect(await rowOf(JANE)).toMatchObject({ confirm_code: null, last_login_date: expect.any(String) });
    expect(await db.find(sessionTable)).toMatchObject([{ user_id: 1, app_id: 1, address: '127.0.0.1', user_agent: 'vitest' }]);
    expect(await db.count(tokenMapTable)).toBe(1);
  });

  it('names the installation as issuer, never the Host header', async () => {
    const payload = JSON.parse(Buffer.from((await tokenOf(login())).split('.')[1]!, 'base64url').toString());
    expect(payload.iss).toBe('http://localhost:8080/api/v2/user/session');
  });

  it('is refused the same for a wrong password, an unknown, sleeping or other side account', async () => {
    await insertUser(parts, { email: 'asleep@example.com', is_active: false });
    expect(await login({ email: JANE, password: 'wrong' })).toMatchObject(WRONG);
    expect(await login({ email: 'nobody@example.com', password: PASSWORD })).toMatchObject(WRONG);
    expect(await login({ email: 'asleep@example.com', password: PASSWORD })).toMatchObject(WRONG);
    expect(await login({ email: ROOT, password: PASSWORD })).toMatchObject(WRONG);
    expect(await adminLogin({ email: JANE, password: PASSWORD })).toMatchObject(WRONG);
    expect(await db.count(sessionTable)).toBe(0);
  });

  it('names the missing field', async () => {
    expect(await login({ password: PASSWORD })).toMatchObject({
      status: 400,
      body: { message: 'Login request is missing required email.' },
    });
    expect(await login({ email: JANE })).toMatchObject({ status: 400, body: { message: 'Login request is missing required password.' } });
    start({ loginAttribute: 'username' });
    await insertUser(parts, { username: 'jane_doe' });
    expect((await login()).body.message).toBe('Login request is missing required username.');
    expect((await login({ username: 'jane_doe', password: PASSWORD })).status).toBe(200);
  });

  it('takes only text as credentials', async () => {
    for (const email of [{ $ne: null }, ['x'], true, null]) {
      expect((await at(parts.signOn.userSession, { body: { email, password: PASSWORD } })).status).toBe(400);
    }
  });

  it('refuses NUL characters, which a database may not compare with', async () => {
    expect((await login({ email: 'jane\0@example.com', password: PASSWORD })).status).toBe(400);
    expect((await login({ email: JANE, password: `${PASSWORD}\0` })).status).toBe(400);
    expect((await at(parts.signOn.userProfile, { token: await tokenOf(login()), body: { first_name: 'a\0' } })).status).toBe(400);
    expect((await at(parts.signOn.register, { body: { email: 'a\0b@example.com', new_password: NEW_PASSWORD } })).status).toBe(400);
  });

  it('of an unrestricted administrator is marked for the admin app, and for nobody else', async () => {
    const byAdminApp = () => adminLogin(undefined, { apiKey: KNOWN_ADMIN_KEY });
    expect((await byAdminApp()).body).toMatchObject({ is_sys_admin: true, is_root_admin: true });
    expect((await adminLogin()).body).not.toHaveProperty('is_root_admin');
    await db.change((change) => change.insert(userToAppToRoleTable, { user_id: 2, app_id: 1, role_id: 3 }));
    expect((await byAdminApp()).body).not.toHaveProperty('is_root_admin');
  });

  it('as user with the right password of an administrator is no failure', async () => {
    for (let attempt = 0; attempt < 15; attempt++) expect((await login({ email: ROOT, password: PASSWORD })).status).toBe(401);
    expect((await adminLogin()).status).toBe(200);
  });

  it('fails with 429 after ten failures, for accounts that do not exist alike', async () => {
    for (const email of [JANE, 'nobody@example.com']) {
      for (let attempt = 0; attempt < 10; attempt++) expect((await login({ email, password: 'wrong' })).status).toBe(401);
      expect(await login({ email, password: PASSWORD })).toMatchObject({ status: 429, body: { reason: 'too_many_failures' } });
    }
  });

  it('renews a hash of the original', async () => {
    const password = '$2y$12$GcdlBgQEBw1/O36y6HzFn.nOx0URYiekqmXXihoSpSoDF2AKXZv/K';
    await db.change((change) => change.update(userTable, equals('id', 1), { password }));
    expect((await login({ email: JANE, password: 'conformance-user-password' })).status).toBe(200);
    expect((await rowOf(JANE)).password).toMatch(/^\$argon2id\$/);
    expect((await login({ email: JANE, password: 'conformance-user-password' })).status).toBe(200);
  });

  it('through a directory says what is not there', async () => {
    const service = (name: string) => at(parts.signOn.userSession, { body: { service: name, username: 'x', password: 'y' } });
    expect(await service('nothing')).toMatchObject({ status: 404, body: { message: 'Could not find a service for nothing' } });
    expect(await service('db')).toMatchObject({ status: 404, body: { message: 'Could not find a service for db' } });
    expect(await service('ad')).toMatchObject({ status: 501 });
  });
});

describe('a session', () => {
  it('is shown to its owner, with the expiry of its token', async () => {
    const token = await tokenOf(login());
    parts.clock.pass(600);
    const { status, body } = await at(parts.signOn.userSession, { verb: 'GET', token, apiKey: 'key' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      session_token: token,
      token_expiry_date: '2023-11-15 22:13:20',
      role: 'role-3',
      last_login_date: expect.any(String),
    });
    const root = await tokenOf(adminLogin());
    expect((await at(parts.signOn.userSession, { verb: 'GET', token: root, apiKey: KNOWN_ADMIN_KEY })).body).toMatchObject({
      is_root_admin: true,
      email: ROOT,
    });
  });

  it('is needed', async () => {
    expect(await at(parts.signOn.userSession, { verb: 'GET' })).toMatchObject({
      status: 401,
      body: { message: 'There is no valid session for the current request.' },
    });
    expect((await at(parts.signOn.userSession, { verb: 'GET', apiKey: 'key' })).status).toBe(401);
    expect(await at(parts.signOn.adminSession, { verb: 'GET' })).toMatchObject({
      status: 404,
      body: { message: 'No user session found.' },
    });
    const token = await tokenOf(login());
    expect(await at(parts.signOn.adminSession, { verb: 'GET', token })).toMatchObject({
      status: 401,
      body: { message: 'You are not authorized to perform this action.' },
    });
  });

  it('is refreshed without showing the role', async () => {
    const token = await tokenOf(login());
    parts.clock.pass(1440 * 60 + 1);
    const refresh = { verb: 'PUT', token, keepUnverifiedToken: true, apiKey: 'key' } as const;
    const { status, body } = await at(parts.signOn.userSession, refresh);
    expect(status).toBe(200);
    expect(body).not.toHaveProperty('role');
    expect(body.session_token).not.toBe(token);
    expect(await at(parts.signOn.userSession, refresh)).toMatchObject({
      status: 401,
      body: { message: 'Token refresh failed. The token has been blacklisted' },
    });
    expect((await at(parts.signOn.userSession, { verb: 'PUT' })).status).toBe(401);
  });

  it('ends with a logout, which needs none', async () => {
    const token = await tokenOf(login());
    const other = await tokenOf(login());
    expect(await at(parts.signOn.userSession, { verb: 'DELETE', token })).toEqual({ status: 200, body: { success: true } });
    expect(await at(parts.signOn.userSession, { verb: 'DELETE', token })).toMatchObject({ status: 403, body: { reason: 'token_revoked' } });
    expect((await at(parts.signOn.userSession, { verb: 'GET', token: other })).status).toBe(200);
    expect(await at(parts.signOn.userSession, { verb: 'DELETE' })).toEqual({ status: 200, body: { success: true } });
  });

  it('has no other verbs and nothing below', async () => {
    expect(await at(parts.signOn.userSession, { verb: 'PATCH' })).toMatchObject({
      status: 400,
      body: { message: "PATCH requests without a resource are not currently supported by the 'session' service." },
    });
    expect((await at(parts.signOn.userSession, { verb: 'GET', path: ['x'] })).status).toBe(400);
  });
});

describe('changing the password', () => {
  const change = (token: string, body: Record<string, string>, query = {}) => at(parts.signOn.userPassword, { token, body, query });
  const both = { old_password: PASSWORD, new_password: NEW_PASSWORD };

  it('ends all sessions and takes the new password', async () => {
    const token = await tokenOf(login());
    const other = await tokenOf(login());
    expect(await change(token, both)).toEqual({ status: 200, body: { success: true } });
    for (const ended of [token, other]) expect((await at(parts.signOn.userSession, { verb: 'GET', token: ended })).status).toBe(403);
    expect((await login()).status).toBe(401);
    expect((await login({ email: JANE, password: NEW_PASSWORD })).status).toBe(200);
  });

  it('begins a session where the call asks for it', async () => {
    const { body } = await change(await tokenOf(login()), both, { login: 'true' });
    expect(body.success).toBe(true);
    expect((await at(parts.signOn.userSession, { verb: 'GET', token: String(body.session_token) })).status).toBe(200);
  });

  it('is refused without the old one, with a short one, or without a session', async () => {
    const token = await tokenOf(login());
    const little = { status: 400, body: { message: 'Not enough information provided to change password.' } };
    expect(await change(token, { ...both, old_password: 'wrong' })).toMatchObject({
      status: 400,
      body: { message: 'The password supplied does not match.' },
    });
    expect(await change(token, { ...both, new_password: 'short' })).toMatchObject({
      status: 400,
      body: { message: 'Invalid data supplied. The password field must be at least 16 characters.' },
    });
    expect(await change(token, { new_password: NEW_PASSWORD })).toMatchObject(little);
    expect(await at(parts.signOn.userPassword, { body: both })).toMatchObject(little);
    expect(await at(parts.signOn.userPassword, { body: {} })).toMatchObject(little);
    expect((await login()).status).toBe(200);
  });

  it('of the other side is refused', async () => {
    const refusal = (email: string) => ({
      status: 401,
      body: { message: `You are not authorized to reset/change password for the account ${email}` },
    });
    expect(await change(await tokenOf(adminLogin()), both)).toMatchObject(refusal(ROOT));
    expect(await at(parts.signOn.adminPassword, { token: await tokenOf(login()), body: both })).toMatchObject(refusal(JANE));
  });

  it('cannot be guessed with a stolen token', async () => {
    const token = await tokenOf(login());
    for (let attempt = 0; attempt < 10; attempt++) expect((await change(token, { ...both, old_password: 'wrong' })).status).toBe(400);
    expect((await change(token, { ...both, old_password: 'wrong' })).status).toBe(429);
  });
});

describe('a forgotten password', () => {
  const reset = (email: string, resource = parts.signOn.userPassword) => at(resource, { body: { email }, query: { reset: 'true' } });
  const ask = async (id: number) => {
    const security_answer = await parts.passwords.hash('Rex the dog');
    await db.change((change) => change.update(userTable, equals('id', id), { security_question: 'First pet?', security_answer }));
  };
  const byAnswer = (email: string, security_answer: string) =>
    at(parts.signOn.userPassword, { body: { email, security_answer, new_password: NEW_PASSWORD } });

  it('answers the question, or the same as for an unknown account', async () => {
    const unknown = await reset('nobody@example.com');
    expect(unknown).toEqual({ status: 200, body: { success: true } });
    expect(await reset(JANE)).toEqual(unknown);
    expect(await reset(ROOT)).toEqual(unknown);
    await ask(1);
    expect(await reset(JANE)).toEqual({ status: 200, body: { security_question: 'First pet?' } });
  });

  it('of an administrator is found on his own path', async () => {
    await ask(2);
    expect((await reset(ROOT)).status).toBe(401);
    expect((await reset(ROOT, parts.signOn.adminPassword)).body).toEqual({ security_question: 'First pet?' });
  });

  it('is set by the right answer, and all sessions end', async () => {
    await ask(1);
    const token = await tokenOf(login());
    const wrong = { status: 400, body: { message: 'The answer supplied does not match.' } };
    expect(await byAnswer(JANE, 'Rex the cat')).toMatchObject(wrong);
    expect(await byAnswer('nobody@example.com', 'Rex the dog')).toMatchObject(wrong);
    expect(await byAnswer(ROOT, 'Rex the dog')).toMatchObject(wrong);
    expect(await byAnswer(JANE, 'Rex the dog')).toEqual({ status: 200, body: { success: true } });
    expect((await at(parts.signOn.userSession, { verb: 'GET', token })).status).toBe(403);
    expect((await login({ email: JANE, password: NEW_PASSWORD })).status).toBe(200);
  });

  it('cannot be guessed by its answer', async () => {
    await ask(1);
    for (let attempt = 0; attempt < 10; attempt++) await byAnswer(JANE, 'wrong');
    expect((await byAnswer(JANE, 'Rex the dog')).status).toBe(429);
  });

  it('is set by a code once, within its time', async () => {
    const byCode = (code: string, email = JANE) => at(parts.signOn.userPassword, { body: { email, code, new_password: NEW_PASSWORD } });
    const unknown = { status: 404, body: { message: 'The supplied email and/or confirmation code were not found in the system.' } };
    const { code, stored } = newConfirmCode(parts.settings);
    expect(await byCode('123')).toMatchObject({ status: 400, body: { message: 'Invalid confirmation code format.' } });
    expect(await byCode(code)).toMatchObject(unknown);
    await db.change((change) => change.update(userTable, equals('id', 1), { confirm_code: stored }));
    expect(await byCode('ABCDEFGHIJKLMNOPQRSTUVWXYZ012345')).toMatchObject(unknown);
    expect(await byCode(code, 'nobody@example.com')).toMatchObject(unknown);
    expect(await byCode(code)).toEqual({ status: 200, body: { success: true } });
    expect(await byCode(code)).toMatchObject(unknown);
    expect((await login({ email: JANE, password: NEW_PASSWORD })).status).toBe(200);
    const old = newConfirmCode(parts.settings, 1);
    await db.change((change) => change.update(userTable, equals('id', 1), { confirm_code: old.stored }));
    expect(await byCode(old.code)).toMatchObject({ status: 400, body: { message: 'Confirmation code expired.' } });
  });
});

describe('a profile', () => {
  const update = (token: string, body: Record<string, unknown>) => at(parts.signOn.userProfile, { token, body: body as never });
  const show = async (token: string) => (await at(parts.signOn.userProfile, { verb: 'GET', token })).body;

  it('shows the own account and nothing secret', async () => {
    expect(await show(await tokenOf(login()))).toEqual({
      username: JANE,
      first_name: 'Jane',
      last_name: 'Doe',
      name: 'Jane Doe',
      email: JANE,
      phone: null,
      security_question: null,
      default_app_id: null,
      oauth_provider: '',
      adldap: '',
    });
  });

  it('takes its own fields and no other', async () => {
    const token = await tokenOf(login());
    const body = {
      first_name: 'Known',
      phone: '',
      is_sys_admin: true,
      is_active: false,
      password: 'x',
      id: 2,
      oauth_provider: 'google',
      favourite: 'red',
    };
    expect(await update(token, body)).toEqual({ status: 200, body: { success: true } });
    expect(await rowOf(JANE)).toMatchObject({ id: 1, first_name: 'Known', is_sys_admin: false, is_active: true, oauth_provider: null });
    expect(await show(token)).toMatchObject({ first_name: 'Known' });
    expect(db.raised).toContain('user:1');
  });

  it('stores the security answer hashed', async () => {
    const token = await tokenOf(login());
    await update(token, { security_question: 'First pet?', security_answer: 'Rex' });
    expect((await rowOf(JANE)).security_answer).toMatch(/^\$argon2id/);
    expect((await show(token)).security_question).toBe('First pet?');
  });

  it('checks its fields, all at once', async () => {
    const token = await tokenOf(login());
    expect((await update(token, { username: 'abc' })).body.message).toBe(
      'Invalid data supplied. The username field must be at least 6 characters.',
    );
    expect((await update(token, { username: ROOT })).body.message).toBe('Invalid data supplied. The username has already been taken.');
    const { status, body } = await update(token, { name: '', phone: 'x'.repeat(33), first_name: 7, default_app_id: 'x' });
    expect(status).toBe(400);
    for (const field of ['name', 'phone', 'first_name', 'default_app_id']) expect(body.message).toContain(field);
    expect(await update(token, {})).toMatchObject({ status: 400, body: { message: 'No data supplied for operation.' } });
  });

  it('changes the email with the password only, and answers a new token', async () => {
    const token = await tokenOf(login());
    const email = 'new@example.com';
    expect((await update(token, { email })).body.message).toBe('Current Password required to change email');
    expect(await update(token, { email, current_password: 'wrong' })).toMatchObject({
      status: 400,
      body: { message: 'The password supplied does not match.' },
    });
    expect((await update(token, { email: ROOT, current_password: PASSWORD })).body.message).toContain('has already been taken');
    const { body } = await update(token, { email, current_password: PASSWORD });
    expect(body.success).toBe(true);
    expect((await at(parts.signOn.userSession, { verb: 'GET', token })).status).toBe(401);
    expect((await show(String(body.session_token))).email).toBe(email);
  });

  it('needs a session, that of administrators one of an administrator', async () => {
    expect((await at(parts.signOn.userProfile, { verb: 'GET' })).body.message).toBe('There is no valid session for the current request.');
    expect(await at(parts.signOn.userProfile, { body: { name: 'x' } })).toMatchObject({
      status: 404,
      body: { message: 'No user session found.' },
    });
    expect((await at(parts.signOn.adminProfile, { verb: 'GET', token: await tokenOf(login()) })).status).toBe(401);
    expect((await at(parts.signOn.adminProfile, { verb: 'GET', token: await tokenOf(adminLogin()) })).body.email).toBe(ROOT);
    expect((await at(parts.signOn.userProfile, { verb: 'DELETE' })).body.message).toBe(
      "DELETE requests without a resource are not currently supported by the 'profile' service.",
    );
  });
});

describe('a registration', () => {
  const registration = { email: 'max.power@example.com', new_password: NEW_PASSWORD };
  const register = (body: Record<string, string> = registration, query = {}) => at(parts.signOn.register, { body, query });
  const open = (more = {}) =>
    db.change((change) => change.insert(userConfigTable, { service_id: 8, allow_open_registration: true, ...more }));

  it('is closed, after the form was checked and without a word on who is registered', async () => {
    expect(await register()).toMatchObject({ status: 403, body: { message: 'Open Registration is not enabled.' } });
    expect(await register({ ...registration, email: JANE })).toMatchObject({ status: 403 });
    expect(await register({ ...registration, email: 'no email' })).toMatchObject({
      status: 400,
      body: { message: 'Validation failed', context: { email: ['The email field must be a valid email address.'] } },
    });
    expect((await register({ new_password: NEW_PASSWORD })).body.context).toEqual({ email: ['The email field is required.'] });
    expect(await db.count(userTable)).toBe(2);
  });

  it('makes a user with names from the email and the configured roles', async () => {
    await open({ open_reg_role_id: 3 });
    await db.change((change) => change.insert(appRoleMapTable, { service_id: 8, app_id: 2, role_id: 4 }));
    expect(await register({ ...registration, is_sys_admin: 'true' })).toEqual({ status: 200, body: { success: true } });
    expect(await rowOf(registration.email)).toMatchObject({
      name: 'max power',
      first_name: 'max',
      last_name: 'power',
      username: registration.email,
      is_active: true,
      is_sys_admin: false,
    });
    expect(await db.find(userToAppToRoleTable)).toMatchObject([
      { app_id: 1, role_id: 3 },
      { app_id: 2, role_id: 4 },
    ]);
    expect((await login({ email: registration.email, password: NEW_PASSWORD })).status).toBe(200);
  });

  it('logs in where the call asks for it', async () => {
    await open();
    const { body } = await register(registration, { login: 'true' });
    expect((await at(parts.signOn.userSession, { verb: 'GET', token: String(body.session_token) })).body.email).toBe(registration.email);
  });

  it('refuses what is taken, short, missing or not confirmed, and makes nobody', async () => {
    await open();
    expect((await register({ ...registration, email: JANE })).body.context).toEqual({ email: ['The email has already been taken.'] });
    expect((await register({ ...registration, username: ROOT })).body.context).toEqual({
      username: ['The username has already been taken.'],
    });
    expect((await register({ ...registration, new_password: 'short' })).body.context).toHaveProperty('new_password');
    expect((await register({ email: registration.email })).body.context).toHaveProperty('password');
    expect((await register({ ...registration, password_confirmation: 'other' })).body.context).toHaveProperty('password');
    expect(await db.count(userTable)).toBe(2);
  });

  it('that a mail must confirm is not built and makes nobody', async () => {
    await open({ open_reg_email_service_id: 7 });
    expect((await register()).status).toBe(501);
    expect(await db.count(userTable)).toBe(2);
  });
});
