import { replaceLookups } from '@headgate/core';
import type { Configuration, LookupRecord } from '@headgate/system-db';
import { lookupTable } from '@headgate/system-db';
import { beforeEach, describe, expect, it } from 'vitest';
import { systemLookups } from '../src/index.js';
import { type AccessTestParts, accessParts, app, insertUser, role, SETTINGS } from './support/fixtures.js';
import { MemoryDatabase } from './support/memory-database.js';
import { MemoryState } from './support/memory-state.js';

const lookup = (name: string, value: string | null, more: Partial<LookupRecord> = {}): LookupRecord => ({
  name,
  value,
  isPrivate: false,
  appId: null,
  roleId: null,
  userId: null,
  ...more,
});

let db: MemoryDatabase;
let parts: AccessTestParts;
let token: string;

beforeEach(async () => {
  db = new MemoryDatabase();
  const state = new MemoryState(db, {
    roles: [role(3, [])],
    apps: [app(4, 'key', 3), app(5, 'other', 3)],
    lookups: [
      lookup('region', 'system'),
      lookup('a', 'system'),
      lookup('a', 'app', { appId: 4 }),
      lookup('b', 'app', { appId: 4 }),
      lookup('b', 'role', { roleId: 3 }),
      lookup('c', 'role', { roleId: 3 }),
      lookup('secret', 'hidden', { isPrivate: true }),
      lookup('c', 'private system', { isPrivate: true }),
      lookup('my-key', 'dashed'),
      lookup('empty', null),
    ],
  });
  parts = accessParts(db, state);
  const user = await insertUser(parts);
  await db.change((change) => change.insert(lookupTable, { user_id: user.id, name: 'c', value: 'user' }));
  const options = { issuer: 'x', forever: false, origin: { appId: 4, address: '::1', userAgent: undefined } };
  token = (await db.change((change) => parts.tokens.issue(change, user.id, options))).token;
});

async function replace(text: string, { withToken = true, apiKey = 'key', includePrivate = false } = {}): Promise<string> {
  const caller = await parts.identity.identify({ address: '::1', verb: 'GET', apiKey, ...(withToken && { token }) });
  return replaceLookups(text, caller.lookups, { includePrivate });
}

describe('lookups of a caller', () => {
  it('take the narrower owner: system, app, role, user', async () => {
    expect(await replace('{region} {a} {b} {c}')).toBe('system app role user');
    expect(await replace('{a} {c}', { withToken: false })).toBe('app role');
    expect(await replace('{a} {b}', { apiKey: 'other', withToken: false })).toBe('system role');
  });

  it('show private values only where they may be shown, and there first', async () => {
    expect(await replace('{secret} {c}')).toBe('{secret} user');
    expect(await replace('{secret} {c}', { includePrivate: true })).toBe('hidden private system');
  });

  it('know the caller, before any record', async () => {
    expect(await replace('{user.id} {user.email} {user.display_name} {user.is_sys_admin}')).toBe('1 jane@example.com Jane Doe 0');
    expect(await replace('{role.id} {role.name} {app.id} {app.api_key}')).toBe('3 role-3 4 key');
    expect(await replace('{session.token}')).toBe(token);
    expect(await replace('{df.host_url} {df.name} {df.api_version} {df.confirm_reset_url}')).toBe(
      'http://localhost:8080 Headgate 2.0 http://localhost:8080/reset',
    );
  });

  it('leave unknown names as they are, never another field of the user', async () => {
    const text = '{nothing} {user.password} {user.roles} {df.appKey} {app.constructor} {empty}';
    expect(await replace(text)).toBe(text);
    expect(await replace('{user.email}', { withToken: false })).toBe('{user.email}');
  });

  it('may have a dash in their names', async () => {
    expect(await replace('{my-key} {strtoupper(my-key)}')).toBe('dashed DASHED');
  });

  it('of the system are there without any caller', () => {
    const source = systemLookups(parts.state.latest as Configuration, SETTINGS);
    expect(replaceLookups('{region} {a} {secret}', source, { includePrivate: true })).toBe('system system hidden');
  });
});
