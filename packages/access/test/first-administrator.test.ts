import { equals, setupTokenTable, userTable } from '@headgate/system-db';
import { beforeEach, describe, expect, it } from 'vitest';
import { adminFieldProblems, createFirstAdmin, hasActiveAdmin, issueSetupToken, setAdminPassword } from '../src/index.js';
import { type AccessTestParts, accessParts } from './support/fixtures.js';
import { MemoryDatabase } from './support/memory-database.js';
import { MemoryState } from './support/memory-state.js';

const FIELDS = { email: 'ada.admin@example.com', password: 'a very long password' };

let db: MemoryDatabase;
let parts: AccessTestParts;

beforeEach(() => {
  db = new MemoryDatabase();
  parts = accessParts(db, new MemoryState(db));
});

const create = (token: string, fields = FIELDS) => createFirstAdmin(db, parts.passwords, fields, { token });

describe('the first administrator', () => {
  it('is made with the set-up token, which is used up', async () => {
    expect(await hasActiveAdmin(db)).toBe(false);
    const token = await issueSetupToken(db);
    expect(token).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(JSON.stringify(db.rows(setupTokenTable))).not.toContain(token);
    expect(await create(token)).toMatchObject({
      email: FIELDS.email,
      username: FIELDS.email,
      name: 'ada admin',
      is_sys_admin: true,
      is_root_admin: true,
      is_active: true,
    });
    expect(await hasActiveAdmin(db)).toBe(true);
    expect(await db.count(setupTokenTable)).toBe(0);
  });

  it('is not made with another, an old or a used token', async () => {
    const first = await issueSetupToken(db);
    const token = await issueSetupToken(db);
    for (const wrong of [first, '', `${token}x`])
      await expect(create(wrong)).rejects.toMatchObject({ status: 403, reason: 'setup_refused' });
    db.rows(setupTokenTable)[0]!.expires_at = Math.floor(Date.now() / 1000);
    await expect(create(token)).rejects.toMatchObject({ reason: 'setup_refused' });
    expect(await db.count(userTable)).toBe(0);
    const good = await issueSetupToken(db);
    const outcomes = await Promise.allSettled([create(good), create(good, { ...FIELDS, email: 'eve@example.com' })]);
    expect(outcomes.map((outcome) => outcome.status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await db.count(userTable)).toBe(1);
  });

  it('is made once only, by the operator too', async () => {
    await createFirstAdmin(db, parts.passwords, FIELDS, 'operator');
    await expect(createFirstAdmin(db, parts.passwords, { ...FIELDS, email: 'b@example.com' }, 'operator')).rejects.toMatchObject({
      message: 'There is an administrator already.',
    });
    await expect(create(await issueSetupToken(db))).rejects.toMatchObject({ reason: 'setup_refused' });
  });

  it('needs good fields, and bad ones do not use the token up', async () => {
    const token = await issueSetupToken(db);
    await expect(create(token, { email: 'no email', password: 'short' })).rejects.toMatchObject({
      status: 400,
      context: { email: expect.any(Array), password: expect.any(Array) },
    });
    expect(adminFieldProblems({ ...FIELDS, password_confirmation: 'other', username: 'abc', phone: 'x'.repeat(40) })).toEqual({
      password: 'The password field confirmation does not match.',
      username: 'The username field must be at least 6 characters.',
      phone: 'The phone field must not be greater than 32 characters.',
    });
    expect(adminFieldProblems({ ...FIELDS, username: '', phone: '', name: '' })).toEqual({});
    expect((await create(token)).email).toBe(FIELDS.email);
  });
});

describe('a lost administrator password', () => {
  it('is set anew and ends the sessions, for administrators only', async () => {
    const admin = await createFirstAdmin(db, parts.passwords, FIELDS, 'operator');
    expect(await setAdminPassword(db, parts.passwords, FIELDS.email, 'another long password')).toBe(true);
    const row = await db.findOne(userTable, equals('id', admin.id));
    expect(await parts.passwords.verify('another long password', row?.password)).toBe(true);
    expect(db.raised).toContain(`user:${admin.id}`);
    expect(await setAdminPassword(db, parts.passwords, 'nobody@example.com', 'another long password')).toBe(false);
    await expect(setAdminPassword(db, parts.passwords, FIELDS.email, 'short')).rejects.toMatchObject({ status: 400 });
  });
});
