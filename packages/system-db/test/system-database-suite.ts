import { HeadgateError } from '@headgate/core';
import {
  all,
  any,
  type Condition,
  corsConfigTable,
  emailTemplateTable,
  equals,
  isNull,
  limitsTable,
  lookupTable,
  migrate,
  oauthConfigTable,
  oneOf,
  openSystemDatabase,
  ReferenceViolation,
  roleServiceAccessTable,
  roleTable,
  type SystemDatabaseOptions,
  type SystemDialect,
  seed,
  serviceTable,
  systemCustomTable,
  tokenMapTable,
  UniqueViolation,
  userTable,
  type VersionedSystemDatabase,
} from '@headgate/system-db';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { emptyDatabase, type Outsider, openOutsider } from './databases.ts';

/** What the system database promises, whatever it runs on. */
export async function systemDatabaseSuite(dialect: SystemDialect): Promise<void> {
  const options = await emptyDatabase(dialect);
  describe.skipIf(!options)(`the system database on ${dialect}`, () => {
    let db: VersionedSystemDatabase;
    let outsider: Outsider;

    beforeAll(async () => {
      await migrate(options!, { log: options!.log });
      db = await openSystemDatabase(options!);
      outsider = await openOutsider(options!);
    });
    afterAll(async () => {
      await outsider?.close();
      await db?.close();
    });

    describeValues(() => ({ db, outsider, options: options! }));
    describeQueries(() => ({ db, outsider, options: options! }));
    describeChanges(() => ({ db, outsider, options: options! }));
  });
}

type Given = () => { readonly db: VersionedSystemDatabase; readonly outsider: Outsider; readonly options: SystemDatabaseOptions };

function describeValues(given: Given): void {
  describe('values', () => {
    it('read alike: times as UTC text to the second, booleans, numbers, defaults of the columns', async () => {
      const { db } = given();
      const user = await db.change((change) =>
        change.insert(userTable, {
          name: 'Ada',
          email: 'ada@example.com',
          last_login_date: '2026-01-05T10:00:00.750Z',
          is_sys_admin: true,
        }),
      );
      expect(user).toMatchObject({
        last_login_date: '2026-01-05 10:00:00',
        is_sys_admin: true,
        is_active: true,
        phone: null,
        is_root_admin: false,
      });
      expect(user.created_date).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
      expect(Math.abs(Date.parse(`${user.last_modified_date.replace(' ', 'T')}Z`) - Date.now())).toBeLessThan(60_000);
      expect(typeof user.id).toBe('number');
    });

    it('take a time with a zone for the same moment in UTC', async () => {
      const { db } = given();
      const user = await db.change((change) =>
        change.insert(userTable, { name: 'Z', email: 'z@example.com', last_login_date: '2026-01-05T10:00:00+02:00' }),
      );
      expect(user.last_login_date).toBe('2026-01-05 08:00:00');
    });

    it('keep JSON, and read what is no JSON as the text that it is', async () => {
      const { db, outsider } = given();
      const values = [{ a: [1, 'ü', null] }, [], '123', 'plain', true, 12, null];
      for (const [index, value] of values.entries())
        await db.change((change) => change.insert(systemCustomTable, { name: `v${index}`, value }));
      await outsider.query(`INSERT INTO system_custom (name, "value") VALUES ('bad', '{"a":')`);
      const rows = await db.find(systemCustomTable);
      expect(rows.find((row) => row.name === 'bad')?.value).toBe('{"a":');
      for (const [index, value] of values.entries()) expect(rows.find((row) => row.name === `v${index}`)?.value).toEqual(value);
      const template = await db.change((change) => change.insert(emailTemplateTable, { name: 't', to: ['a@b', 'c@d'], cc: 'x@y' }));
      expect(template).toMatchObject({ to: ['a@b', 'c@d'], cc: 'x@y', bcc: null });
    });

    it('encrypt secrets at rest, and never show the plain text to the database', async () => {
      const { db, outsider } = given();
      const lookup = await db.change((change) => change.insert(lookupTable, { name: 'key', value: 'hunter2' }));
      expect(lookup.value).toBe('hunter2');
      const [stored] = await outsider.query(`SELECT * FROM lookup WHERE id = ${lookup.id}`);
      expect(JSON.stringify(stored)).not.toContain('hunter2');
      expect(String(stored?.value)).toMatch(/^eyJ/);
    });

    it('read a secret of another key as null, and go on', async () => {
      const { db, outsider } = given();
      const lookup = await db.change((change) => change.insert(lookupTable, { name: 'foreign', value: 'x' }));
      await outsider.query(`UPDATE lookup SET "value" = 'eyJ-damaged' WHERE id = ${lookup.id}`);
      expect((await db.findOne(lookupTable, equals('id', lookup.id)))?.value).toBeNull();
    });

    it('are refused by name where a column cannot hold them, and nothing is stored', async () => {
      const { db } = given();
      const refused = async (values: Record<string, unknown>, text: RegExp) => {
        const attempt = db.change((change) => change.insert(roleTable, { name: 'refused', ...values }));
        await expect(attempt).rejects.toThrow(text);
        await expect(attempt).rejects.toMatchObject({ status: 400 });
      };
      await refused({ name: 'x'.repeat(65) }, /name field must not be greater than 64 characters/);
      await refused({ name: 'a\0b' }, /name field must not contain a null character/);
      await refused({ is_active: 'maybe' }, /is_active field must be true or false/);
      await refused({ created_date: 'yesterday' }, /created_date field must be a valid date/);
      await refused({ created_date: '2026-02-30 00:00:00' }, /created_date field must be a valid date/);
      await refused({ created_by_id: 2 ** 31 }, /created_by_id field must be between/);
      await refused({ created_by_id: 1.5 }, /created_by_id field must be an integer/);
      expect(await db.count(roleTable, equals('name', 'refused'))).toBe(0);
      // 64 characters of four bytes each are 64 characters.
      expect((await db.change((change) => change.insert(roleTable, { name: '😀'.repeat(32) }))).name).toBe('😀'.repeat(32));
    });

    it('say which field is missing', async () => {
      await expect(given().db.change((change) => change.insert(roleTable, { description: 'nameless' }))).rejects.toThrow(
        /The name field is required/,
      );
    });

    it('of a flag are booleans where the column is a number', async () => {
      const { db } = given();
      const limit = await db.change((change) =>
        change.insert(limitsTable, { type: 'instance', key_text: 'k', rate: 1, period: 1, name: 'l', is_active: false, verb: 'GET' }),
      );
      expect(limit).toMatchObject({ is_active: false, verb: 'GET' });
      expect(await db.count(limitsTable, equals('is_active', false))).toBe(1);
    });

    it('of a table without key can be written and read', async () => {
      const { db } = given();
      const { id } = await db.change((change) => change.insert(userTable, { name: 'T', email: 't@example.com' }));
      const row = { user_id: id, token: 'a'.repeat(500), iat: 1, exp: 2 };
      expect(await db.change((change) => change.insert(tokenMapTable, row))).toEqual(row);
      expect(await db.change((change) => change.delete(tokenMapTable, equals('user_id', id)))).toBe(1);
    });
  });
}

function describeQueries(given: Given): void {
  describe('queries', () => {
    const names = ['alpha', 'Beta', 'gamma', '50%', 'under_score', 'ÄRGER', 'back\\slash', "quote'"];

    beforeAll(async () => {
      await given().db.change(async (change) => {
        for (const [index, name] of names.entries()) {
          await change.insert(corsConfigTable, {
            path: name,
            max_age: index * 10,
            enabled: index % 2 === 0,
            ...(index < 2 && { origin: 'o' }),
          });
        }
      });
    });

    const found = async (where: Condition) =>
      (await given().db.find(corsConfigTable, { where, order: [['max_age', 'asc']] })).map((row) => row.path);
    const like = (pattern: string, negated = false, column = 'path'): Condition => ({ kind: 'like', column, pattern, negated });

    it('compare', async () => {
      expect(await found(equals('path', 'gamma'))).toEqual(['gamma']);
      expect(await found({ kind: 'compare', column: 'max_age', operator: '>=', value: 60 })).toEqual(['back\\slash', "quote'"]);
      expect(await found({ kind: 'compare', column: 'max_age', operator: '!=', value: 0 })).toHaveLength(7);
      expect(await found({ kind: 'compare', column: 'max_age', operator: '<', value: 99_999_999_999 })).toHaveLength(8);
      expect(await found(equals('max_age', 1.5))).toEqual([]);
      expect(await found(equals('enabled', true))).toHaveLength(4);
      expect(await found(oneOf('max_age', [10, 20, 12_345_678_901]))).toEqual(['Beta', 'gamma']);
      expect(await found(oneOf('max_age', []))).toEqual([]);
      expect(await found({ kind: 'in', column: 'max_age', values: [], negated: true })).toHaveLength(8);
      expect(await found({ kind: 'between', column: 'max_age', low: 10, high: 20, negated: false })).toEqual(['Beta', 'gamma']);
      expect(await found(isNull('origin'))).toHaveLength(6);
      expect(await found({ kind: 'null', column: 'origin', negated: true })).toHaveLength(2);
      expect(await found({ kind: 'compare', column: 'created_date', operator: '>', value: '2020-01-01' })).toHaveLength(8);
    });

    it('join and negate, empty lists included', async () => {
      expect(await found(any(equals('path', 'alpha'), all(equals('max_age', 20), isNull('origin'))))).toEqual(['alpha', 'gamma']);
      expect(await found({ kind: 'not', term: any(equals('max_age', 0), equals('max_age', 10)) })).toHaveLength(6);
      expect(await found(all())).toHaveLength(8);
      expect(await found(any())).toEqual([]);
    });

    it('match patterns whatever the case, escapes and other alphabets included', async () => {
      expect(await found(like('BETA'))).toEqual(['Beta']);
      expect(await found(like('%ärg%'))).toEqual(['ÄRGER']);
      expect(await found(like('50\\%'))).toEqual(['50%']);
      expect(await found(like('under\\_score'))).toEqual(['under_score']);
      expect(await found(like('alph\\_'))).toEqual([]);
      expect(await found(like('alph_'))).toEqual(['alpha']);
      expect(await found(like('back\\\\slash'))).toEqual(['back\\slash']);
      expect(await found(like("%'"))).toEqual(["quote'"]);
      expect(await found(like('%|%'))).toEqual([]);
      expect(await found(like('%a%', true))).not.toContain('alpha');
    });

    it('match patterns on the text of numbers', async () => {
      expect(await found(like('7_', false, 'max_age'))).toEqual(["quote'"]);
    });

    it('bind every value and refuse unknown columns', async () => {
      expect(await found(equals('path', "' OR 1=1 --"))).toEqual([]);
      await expect(found(equals('path" OR 1=1 --', 'x'))).rejects.toMatchObject({ status: 400 });
      await expect(found(equals('max_age', 'ten'))).rejects.toMatchObject({ status: 400 });
      await expect(found(equals('enabled', 'maybe'))).rejects.toMatchObject({ status: 400 });
      await expect(found(equals('created_date', 'soon'))).rejects.toMatchObject({ status: 400 });
    });

    it('order, and cut pages that do not overlap', async () => {
      const { db } = given();
      const page = async (offset: number) =>
        (await db.find(corsConfigTable, { order: [['enabled', 'desc']], limit: 3, offset })).map((row) => row.path);
      const paged = [...(await page(0)), ...(await page(3)), ...(await page(6))];
      expect([...paged].sort()).toEqual([...names].sort());
      expect((await db.find(corsConfigTable, { offset: 6 })).map((row) => row.path)).toEqual(names.slice(6));
      expect(await db.count(corsConfigTable)).toBe(8);
      expect(await db.count(corsConfigTable, equals('enabled', true))).toBe(4);
    });
  });
}

function describeChanges(given: Given): void {
  describe('changes', () => {
    let name: string;
    let serial = 0;
    beforeEach(() => {
      name = `change-${++serial}`;
    });

    it('update and delete say how many rows matched, changed or not', async () => {
      const { db } = given();
      await db.change((change) => change.insert(roleTable, { name, description: 'same' }));
      expect(await db.change((change) => change.update(roleTable, equals('name', name), { description: 'same' }))).toBe(1);
      expect(await db.change((change) => change.update(roleTable, equals('name', 'nobody'), { description: 'x' }))).toBe(0);
      expect(await db.change((change) => change.update(roleTable, equals('name', name), {}))).toBe(1);
      expect(await db.change((change) => change.delete(roleTable, equals('name', name)))).toBe(1);
    });

    it('roll back whole when the work throws, and throw that on', async () => {
      const { db } = given();
      const before = await db.readVersion();
      const failure = new Error('on purpose');
      const attempt = db.change(async (change) => {
        await change.insert(roleTable, { name });
        change.raise('role:1');
        throw failure;
      });
      await expect(attempt).rejects.toBe(failure);
      expect(await db.count(roleTable, equals('name', name))).toBe(0);
      expect(await db.readVersion()).toEqual(before);
    });

    it('name the columns of a unique key that refuses', async () => {
      const { db } = given();
      await db.change((change) => change.insert(roleTable, { name }));
      const attempt = db.change((change) => change.insert(roleTable, { name }));
      await expect(attempt).rejects.toBeInstanceOf(UniqueViolation);
      await expect(attempt).rejects.toMatchObject({ columns: ['name'] });
      await db.change((change) => change.insert(systemCustomTable, { name, value: 1 }));
      await expect(db.change((change) => change.insert(systemCustomTable, { name, value: 2 }))).rejects.toMatchObject({
        columns: ['name'],
      });
    });

    it('name the key that refuses a missing record, and one that holds on to a record', async () => {
      const { db } = given();
      const missing = db.change((change) => change.insert(roleServiceAccessTable, { role_id: 999_999 }));
      await expect(missing).rejects.toBeInstanceOf(ReferenceViolation);
      await expect(missing).rejects.toMatchObject({ table: 'role_service_access', columns: ['role_id'] });
      const roleId = await db.change(async (change) => {
        const role = await change.insert(roleTable, { name });
        const service = await change.insert(serviceTable, { name, label: name, type: 'oauth_github' });
        await change.insert(oauthConfigTable, { service_id: service.id, default_role: role.id, client_id: 'c', client_secret: 's' });
        return role.id;
      });
      const held = db.change((change) => change.delete(roleTable, equals('id', roleId)));
      await expect(held).rejects.toMatchObject({ name: 'ReferenceViolation', table: 'oauth_config', columns: ['default_role'] });
      expect(await db.count(roleTable, equals('id', roleId))).toBe(1);
    });

    it('delete what belongs to a record, and forget the record where it is only named', async () => {
      const { db } = given();
      const { user, role } = await db.change(async (change) => {
        const user = await change.insert(userTable, { name, email: `${name}@example.com` });
        const role = await change.insert(roleTable, { name, created_by_id: user.id });
        await change.insert(roleServiceAccessTable, { role_id: role.id, filters: [{ name: 'a', operator: '=', value: '1' }] });
        return { user, role };
      });
      await db.change((change) => change.delete(userTable, equals('id', user.id)));
      expect((await db.findOne(roleTable, equals('id', role.id)))?.created_by_id).toBeNull();
      await db.change((change) => change.delete(roleTable, equals('id', role.id)));
      expect(await db.count(roleServiceAccessTable, equals('role_id', role.id))).toBe(0);
    });

    it('side by side never mix, nor show a half', async () => {
      const { db } = given();
      const pairs = Array.from({ length: 12 }, async (_, index) => {
        await db.change(async (change) => {
          await change.insert(roleTable, { name: `${name}-${index}-a` });
          await new Promise(setImmediate);
          await change.insert(roleTable, { name: `${name}-${index}-b` });
          change.raise(`role:${index}`);
          if (index % 3 === 0) throw new Error('on purpose');
        });
      });
      const seen: number[] = [];
      const looks = Array.from({ length: 10 }, async () => {
        await new Promise(setImmediate);
        seen.push(await db.count(roleTable, { kind: 'like', column: 'name', pattern: `${name}-%`, negated: false }));
      });
      const settled = await Promise.allSettled([...pairs, ...looks]);
      expect(settled.filter((result) => result.status === 'rejected')).toHaveLength(4);
      expect(seen.every((count) => count % 2 === 0)).toBe(true);
      expect(await db.count(roleTable, { kind: 'like', column: 'name', pattern: `${name}-%`, negated: false })).toBe(16);
    });

    it('see their own writes, and run what waits for the commit after it', async () => {
      const { db } = given();
      const order: string[] = [];
      await db.change(async (change) => {
        change.afterCommit(async () => {
          order.push(`after: ${await db.count(roleTable, equals('name', name))}`);
        });
        change.afterCommit(() => {
          throw new Error('is logged, not thrown');
        });
        await change.insert(roleTable, { name });
        order.push(`inside: ${await change.count(roleTable, equals('name', name))}`);
      });
      expect(order).toEqual(['inside: 1', 'after: 1']);
    });

    it('take keys that are given, and never give those out again', async () => {
      const { db } = given();
      const high = await db.change((change) => change.insert(roleTable, { id: 5_000 + serial, name }));
      const next = await db.change((change) => change.insert(roleTable, { name: `${name}-next` }));
      expect(next.id).toBeGreaterThan(high.id);
      await db.change((change) => change.delete(roleTable, equals('id', next.id)));
      expect((await db.change((change) => change.insert(roleTable, { name: `${name}-next` }))).id).toBeGreaterThan(next.id);
    });

    it('cannot be started inside another one', async () => {
      const { db } = given();
      await expect(db.change(async () => db.change(async () => undefined))).rejects.toThrow(/inside/);
      await db.change(async (change) =>
        change.afterCommit(() => db.change(async (inner) => void (await inner.insert(roleTable, { name })))),
      );
      expect(await db.count(roleTable, equals('name', name))).toBe(1);
    });

    it('that wait for each other both come to their end', async () => {
      const { db } = given();
      // One writer at a time: on SQLite nothing can wait for the other.
      if (db.dialect === 'sqlite') return;
      await db.change(async (change) => {
        for (const name of ['deadlock-a', 'deadlock-b']) await change.insert(roleTable, { name, description: '0' });
      });
      const bothBegan = { count: 0, tell: () => {} };
      const meeting = new Promise<void>((resolve) => {
        bothBegan.tell = resolve;
      });
      const cross = (first: string, second: string) =>
        db.change(async (change) => {
          await change.update(roleTable, equals('name', first), { description: first });
          if (++bothBegan.count === 2) bothBegan.tell();
          await meeting;
          await change.update(roleTable, equals('name', second), { description: first });
          return first;
        });
      expect(await Promise.all([cross('deadlock-a', 'deadlock-b'), cross('deadlock-b', 'deadlock-a')])).toEqual([
        'deadlock-a',
        'deadlock-b',
      ]);
      // The one that was ended ran again, whole and after the other.
      const [a, b] = await db.find(roleTable, { where: oneOf('name', ['deadlock-a', 'deadlock-b']), order: [['name', 'asc']] });
      expect(a!.description).toBe(b!.description);
      expect(bothBegan.count).toBeGreaterThanOrEqual(3);
    });

    it('raise numbers one by one, however many run at once', async () => {
      const { db } = given();
      const before = await db.readVersion();
      await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          db.change(async (change) => {
            change.raise(`role:${index}`);
            change.raise('lookup');
          }),
        ),
      );
      const after = await db.readVersion();
      expect(after.number).toBe(before.number + 10);
      expect(after.nonce).not.toBe(before.nonce);
    });

    it('seed an empty database once', async () => {
      const { options } = given();
      const empty = await emptyDatabase(options.dialect);
      await migrate(empty!, { log: empty!.log });
      const db = await openSystemDatabase(empty!);
      try {
        expect(await seed(db, { log: empty!.log })).toEqual({ seeded: true });
        expect(await seed(db, { log: empty!.log })).toEqual({ seeded: false });
        expect((await db.find(serviceTable)).map((row) => row.name)).toEqual([
          'system',
          'api_docs',
          'files',
          'logs',
          'db',
          'email',
          'user',
        ]);
      } finally {
        await db.close();
      }
    });

    it('on a database that is gone answer that the system is not available', async () => {
      const { options } = given();
      if (options.dialect === 'sqlite') return;
      const attempt = openSystemDatabase({ ...options, port: 1 });
      await expect(attempt).rejects.toBeInstanceOf(HeadgateError);
      await expect(attempt).rejects.toMatchObject({ status: 503, reason: 'system_unavailable' });
    });
  });
}
