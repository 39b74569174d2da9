import { equals, userTable } from '@headgate/system-db';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type Credentials, endSessions } from '../src/index.js';
import { type AccessTestParts, accessParts, insertUser, PASSWORD } from './support/fixtures.js';
import { MemoryDatabase } from './support/memory-database.js';
import { MemoryState } from './support/memory-state.js';

let db: MemoryDatabase;
let parts: AccessTestParts;

beforeEach(async () => {
  db = new MemoryDatabase();
  parts = accessParts(db, new MemoryState(db));
  await insertUser(parts);
});

const call = async (password = PASSWORD, more: Partial<Credentials> = {}) =>
  parts.identity.identify({ address: '127.0.0.1', verb: 'GET', basic: { username: 'jane@example.com', password }, ...more });

describe('basic authentication', () => {
  it('identifies users and administrators by email and issues no token', async () => {
    expect(await call()).toMatchObject({ user: { id: 1 }, isAdmin: false, sessionToken: undefined });
    await insertUser(parts, { email: 'root@example.com', is_sys_admin: true });
    expect(await call(PASSWORD, { basic: { username: 'root@example.com', password: PASSWORD } })).toMatchObject({ isAdmin: true });
  });

  it('refuses wrong credentials with 401, the same for every account', async () => {
    const refusal = { status: 401, reason: 'invalid_credentials' };
    await expect(call('wrong')).rejects.toMatchObject(refusal);
    for (const username of ['nobody@example.com', 'jane@example.com\0', '']) {
      await expect(call(PASSWORD, { basic: { username, password: PASSWORD } })).rejects.toMatchObject(refusal);
    }
  });

  it('verifies the password once, then answers from memory, at once', async () => {
    const verify = vi.spyOn(parts.passwords, 'verify');
    await call();
    const again = parts.identity.identify({
      address: '127.0.0.1',
      verb: 'GET',
      basic: { username: 'jane@example.com', password: PASSWORD },
    });
    expect(again).not.toBeInstanceOf(Promise);
    expect(verify).toHaveBeenCalledTimes(1);
  });

  it('forgets what it remembers when sessions end, the user sleeps or is renamed', async () => {
    await call();
    await db.change((change) => endSessions(change, 1));
    const verify = vi.spyOn(parts.passwords, 'verify');
    await call();
    expect(verify).toHaveBeenCalledTimes(1);
    await db.change((change) => change.update(userTable, equals('id', 1), { email: 'new@example.com' }));
    await expect(call()).rejects.toMatchObject({ status: 401 });
    await db.change((change) => change.update(userTable, equals('id', 1), { email: 'jane@example.com', is_active: false }));
    await expect(call()).rejects.toMatchObject({ status: 403, message: 'User is not active.' });
  });

  it('does not let another site write, before the password is looked at', async () => {
    const crossSite = { secFetchSite: 'cross-site', verb: 'POST' } as const;
    await expect(call(PASSWORD, crossSite)).rejects.toMatchObject({ status: 403, reason: 'cross_site_request' });
    await expect(call('wrong', crossSite)).rejects.toMatchObject({ reason: 'cross_site_request' });
    expect(await call(PASSWORD, { ...crossSite, verb: 'GET' })).toMatchObject({ user: { id: 1 } });
    expect(await call(PASSWORD, { secFetchSite: 'same-origin', verb: 'POST' })).toMatchObject({ user: { id: 1 } });
  });

  it('counts failures', async () => {
    for (let attempt = 0; attempt < 10; attempt++) await expect(call('wrong')).rejects.toMatchObject({ status: 401 });
    await expect(call('wrong')).rejects.toMatchObject({ status: 429 });
  });
});
