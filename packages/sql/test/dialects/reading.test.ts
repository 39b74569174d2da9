import { HeadgateError, isExactNumber, type JsonValue } from '@headgate/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Predicate } from '../../src/plan/nodes.js';
import { mariadbSample, postgresSample, type SampleDatabase, sqliteSample } from './databases.js';
import { PlanRunner } from './plan-runner.js';

readingSuite('PostgreSQL', await postgresSample());
readingSuite('MariaDB', await mariadbSample());
readingSuite('SQLite', await sqliteSample());

/** What reading promises on every database, values and all. */
function readingSuite(title: string, database: SampleDatabase | undefined): void {
  describe.skipIf(!database)(`reading ${title}`, () => {
    if (!database) return;
    const { traits } = database;
    const dialectKind = (error: unknown) => database.dialect.classify(error)?.kind ?? error;
    let db: PlanRunner;
    beforeAll(async () => {
      db = await PlanRunner.of(database);
      await db.fill();
    });
    afterAll(() => database.close());

    it('shows values in the forms of the contract', async () => {
      const [ann] = await db.read('person', { filter: 'id = 1' });
      const { big, ...rest } = ann ?? {};
      expect(isExactNumber(big) && big.rawJSON).toBe('9007199254740993');
      expect(rest).toEqual({
        id: 1,
        company_id: 1,
        name: 'Ann',
        email: 'ann@example.com',
        age: 34,
        balance: 10.5,
        ratio: 0.5,
        active: true,
        born: '1990-01-31',
        wakes: '06:30:00',
        seen: '2024-01-31 10:15:00',
        photo: 'AAECAw==',
        prefs: '{"theme":"dark"}',
        note: 'first',
      });
    });

    it('shows nulls and empty values apart', async () => {
      const [none] = await db.read('person', {
        filter: 'id = 3',
        fields: ['email', 'age', 'big', 'balance', 'ratio', 'active', 'born', 'wakes', 'seen', 'photo', 'prefs'],
      });
      expect(new Set(Object.values(none ?? {}))).toEqual(new Set([null]));
      expect(await db.read('person', { filter: 'id = 4', fields: ['photo', 'ratio', 'active'] })).toEqual([
        { photo: '', ratio: 1e20, active: true },
      ]);
    });

    it('shows native values where they are asked for', async () => {
      const [ann] = await db.read('person', {
        filter: 'id = 1',
        fields: ['id', 'big', 'balance', 'prefs', 'seen', 'active'],
        style: 'native',
      });
      expect(ann).toMatchObject({
        id: 1,
        big: '9007199254740993',
        prefs: { theme: 'dark' },
        active: true,
        seen: expect.stringMatching(/^2024-01-31T10:15:00/),
      });
      expect(ann?.balance).toMatch(/^10\.50*$/);
    });

    if (traits.exactDecimals)
      it('loses no digit of a decimal', async () => {
        const digits = '12345678901234567890.123456789012345678';
        await db.insert('person', [{ id: 90, name: 'rich', balance: digits }]);
        const [rich] = await db.read('person', { filter: `balance = ${digits}`, fields: ['id', 'balance'] });
        expect(rich?.id).toBe(90);
        expect(isExactNumber(rich?.balance) && rich.balance.rawJSON).toBe(digits);
        await db.delete('person', 'id = 90');
      });

    const filters: [string, JsonValue[]][] = [
      ['id = 1', [1]],
      ["name = 'O''Brien'", [2]],
      ["name = O'Brien", [2]],
      ["name = 'Zoë) AND (x'", [3]],
      ['age > 17', [1, 4]],
      ['age >= 17', [1, 2, 4]],
      ['age != 34', [2, 4]],
      ['NOT (age = 34)', [2, 4]],
      ['age BETWEEN 17 AND 34', [1, 2]],
      ['age NOT BETWEEN 17 AND 34', [4]],
      ['age IS NULL', [3]],
      ['age = null', [3]],
      ['age IS NOT NULL', [1, 2, 4]],
      ['id IN (1, 3, 99)', [1, 3]],
      ['id NOT IN (1, 3)', [2, 4]],
      ['id IN ()', []],
      ['active = true', [1, 4]],
      ['active = 0', [2]],
      ['big = 9007199254740993', [1]],
      ['big = 9007199254740992', []],
      ['big < 0', [2]],
      ['balance = 10.5', [1]],
      ['balance < 0', [2]],
      ['ratio >= 0.5', [1, 4]],
      ["born = '1990-01-31'", [1]],
      ['born > 1990-01-31', [2]],
      ["wakes < '06:00:00'", [4]],
      ["seen = '2024-02-29 23:59:59'", [2]],
      ['seen >= 2024-01-31', [1, 2]],
      ['note CONTAINS 50%', [2]],
      ['note STARTS WITH 50%', [2]],
      ['note CONTAINS a_b', [2]],
      ["note CONTAINS 'back\\slash'", [3]],
      ['note ENDS WITH \\slash', [3]],
      ["note LIKE '50%'", [2, 4]],
      ["note LIKE '%a_b'", [2, 4]],
      ["note NOT LIKE '50%'", [1, 3]],
      ['(age > 60) OR (id = 2) AND (active = false)', [2, 4]],
      ['(company_id = 1) && ((id = 2) || (id = 4))', [2]],
      ['born < (NOW() - INTERVAL 30 YEAR)', [1, 4]],
      ['seen < (NOW())', [1, 2, 4]],
      ['born > (CURRENT_DATE + INTERVAL 1 DAY)', []],
    ];
    it.each(filters)('finds by %s', async (filter, ids) => {
      expect(await db.ids('person', filter)).toEqual(ids);
      expect(await db.count('person', filter)).toBe(ids.length);
    });

    if (database.dialect.capabilities.xor)
      it('knows exclusive or', async () => {
        expect(await db.ids('person', '(id = 1) XOR (active = true)')).toEqual([4]);
      });

    it('compares the case of letters as the database does', async () => {
      expect(await db.ids('person', "name LIKE 'ANN'")).toEqual(traits.likeIgnoresCase ? [1, 4] : []);
    });

    it('binds parameters of the call', async () => {
      expect(await db.ids('person', 'name = :n', { ':n': "O'Brien" })).toEqual([2]);
      expect(await db.ids('person', 'id IN (:a, :b)', { a: 1, b: 2 })).toEqual([1, 2]);
      expect(await db.ids('person', 'name = :n', { ':n': "x' OR 'a'='a" })).toEqual([]);
    });

    it.each([
      ['age = abc', 'age'],
      ['active = banana', 'active'],
      ['born = notadate', 'born'],
      ['balance = abc', 'balance'],
      ['seen = notadate', 'seen'],
      ['big = 99999999999999999999', 'big'],
    ])('refuses %s before the database sees it', async (filter, field) => {
      await expect(db.ids('person', filter)).rejects.toMatchObject({
        reason: 'bad_filter_value',
        message: expect.stringContaining(`'${field}'`),
      });
    });

    it('takes patterns of any length, or refuses them', async () => {
      const outcome = await db.ids('person', `note LIKE '${'%a'.repeat(40_000)}'`).catch((error: unknown) => dialectKind(error));
      expect(outcome).toBeOneOf([[], 'value']);
    });

    it('takes no day that the calendar has not', async () => {
      const outcome = await db
        .ids('person', 'born = 2023-02-30')
        .catch((error: unknown) => database.dialect.classify(error)?.kind ?? error);
      expect(outcome === 'value' || (outcome instanceof HeadgateError && outcome.reason === 'bad_filter_value')).toBe(true);
    });

    it('orders, nulls where they are asked for', async () => {
      const ids = async (order: string) => (await db.read('person', { order, fields: ['id'] })).map(({ id }) => id);
      expect(await ids('age desc nulls last')).toEqual([4, 1, 2, 3]);
      expect(await ids('age asc nulls first')).toEqual([3, 2, 1, 4]);
      expect(await ids('age asc nulls last, id')).toEqual([2, 1, 4, 3]);
      expect(await ids('age')).toEqual(traits.nullsFirst ? [3, 2, 1, 4] : [2, 1, 4, 3]);
      expect(await ids('active desc nulls last, id desc')).toEqual([4, 1, 2, 3]);
    });

    it('pages', async () => {
      expect(await db.read('person', { order: 'id', limit: 2, offset: 1, fields: ['id'] })).toEqual([{ id: 2 }, { id: 3 }]);
      expect(await db.read('person', { order: 'id', limit: 2, offset: 99, fields: ['id'] })).toEqual([]);
    });

    it('finds rows by tuples of a composite key', async () => {
      const byKeys = (keys: readonly (readonly number[])[]) =>
        db.read('line', {
          order: 'order_no, line_no',
          fields: ['product'],
          where: (bindings): Predicate => {
            const columns = db.table('line').primaryKey;
            return { kind: 'keys', columns, slots: keys.map((key) => columns.map((column, index) => bindings.raw(column, key[index]))) };
          },
        });
      expect(
        await byKeys([
          [1, 2],
          [2, 1],
          [2, 2],
        ]),
      ).toEqual([{ product: 'ink' }, { product: 'cap' }]);
    });

    it('takes a thousand terms side by side, and refuses those nested beyond reason', async () => {
      const many = Array.from({ length: 2_000 }, (_, index) => `(id = ${index})`).join(' OR ');
      expect(await db.ids('person', many)).toEqual([1, 2, 3, 4]);
      expect(await db.ids('person', `id IN (${Array.from({ length: 2_000 }, (_, index) => index).join(',')})`)).toEqual([1, 2, 3, 4]);
      const nots = (depth: number) => `${'NOT ('.repeat(depth)}id = 1${')'.repeat(depth)}`;
      expect(await db.ids('person', nots(200))).toEqual([1]);
      expect(await db.ids('person', nots(800))).toEqual([1]);
      const mixed = (depth: number) => `${'(id > 0) AND ((id = 99) OR ('.repeat(depth)}id = 1${'))'.repeat(depth)}`;
      expect(await db.ids('person', mixed(200))).toEqual([1]);
      for (const tooDeep of [nots(2_000), mixed(1_000)]) {
        const outcome = await db.ids('person', tooDeep).catch((error: unknown) => error);
        expect(outcome instanceof HeadgateError ? outcome.status : outcome).toBeOneOf([400, [1]]);
      }
    });

    it('reads views', async () => {
      expect(await db.read('adult', { order: 'id', fields: ['name'] })).toEqual([{ name: 'Ann' }, { name: 'ann' }]);
    });

    it('describes tables alike', () => {
      const person = db.table('person');
      expect(person).toMatchObject({ isView: false, isWritable: true });
      expect(person.primaryKey.map(({ name }) => name)).toEqual(['id']);
      expect(person.column('id')).toMatchObject({ type: 'id', autoIncrement: true, required: false });
      expect(person.column('company_id')).toMatchObject({ type: 'reference', refTable: 'company', refField: 'id', isForeignKey: true });
      expect(person.column('name')).toMatchObject({ type: 'string', length: 60, default: 'nobody', required: false, allowNull: false });
      expect(person.column('email')).toMatchObject({ isUnique: true });
      expect(person.column('big')).toMatchObject({ type: 'bigint', kind: 'bigint' });
      expect(person.column('balance')).toMatchObject({ type: 'decimal', precision: 38, scale: 18 });
      expect(person.column('active')).toMatchObject({ type: 'boolean', kind: 'boolean' });
      expect(person.column('photo')).toMatchObject({ kind: 'binary' });
      expect(person.relationships.map(({ name, type }) => [name, type])).toEqual([['company_by_company_id', 'belongs_to']]);
      expect(db.table('company').relationships.map(({ name, type }) => [name, type])).toEqual([['person_by_company_id', 'has_many']]);
      expect(db.table('line').primaryKey.map(({ name }) => name)).toEqual(['order_no', 'line_no']);
      expect(db.table('adult')).toMatchObject({ isView: true, primaryKey: [] });
    });
  });
}
