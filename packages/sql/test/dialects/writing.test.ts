import { isExactNumber, parseFilter } from '@headgate/core';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Bindings } from '../../src/plan/bindings.js';
import { planFilter } from '../../src/plan/filter-plan.js';
import type { InsertPlan } from '../../src/plan/nodes.js';
import { mariadbSample, postgresSample, type SampleDatabase, sqliteSample } from './databases.js';
import { PlanRunner } from './plan-runner.js';

writingSuite('PostgreSQL', await postgresSample());
writingSuite('MariaDB', await mariadbSample());
writingSuite('SQLite', await sqliteSample());

/** What plans of writes do on every database. */
function writingSuite(title: string, database: SampleDatabase | undefined): void {
  describe.skipIf(!database)(`writing ${title}`, () => {
    if (!database) return;
    const { dialect, connection } = database;
    let db: PlanRunner;
    beforeEach(async () => {
      db = await PlanRunner.of(database);
      for (const table of ['line', 'person', 'company']) await connection.query(`DELETE FROM ${table}`);
      await db.fill();
    });
    afterAll(() => database.close());

    const problem = (promise: Promise<unknown>) =>
      promise.then(
        () => undefined,
        (error: unknown) => dialect.classify(error)?.kind,
      );

    it('keeps what it is given', async () => {
      const photo = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString('base64');
      await db.insert('person', [
        {
          id: 50,
          name: "x'); DROP TABLE person; --",
          photo,
          prefs: { a: [1, null] },
          active: false,
          big: -1,
          ratio: 1e-7,
          born: '2000-02-29',
        },
      ]);
      const [row] = await db.read('person', { filter: 'id = 50' });
      expect(row).toMatchObject({
        name: "x'); DROP TABLE person; --",
        photo,
        active: false,
        big: -1,
        ratio: 1e-7,
        born: '2000-02-29',
        note: null,
      });
      expect(JSON.parse(String(row?.prefs))).toEqual({ a: [1, null] });
    });

    it.each(['9223372036854775807', '-9223372036854775808', '9007199254740993'])('keeps the integer %s', async (digits) => {
      await db.insert('person', [{ id: 51, name: 'big', big: digits }]);
      const [row] = await db.read('person', { filter: `(id = 51) AND (big = ${digits})`, fields: ['big'] });
      expect(isExactNumber(row?.big) && row.big.rawJSON).toBe(digits);
    });

    it('updates and deletes what matches, and counts it', async () => {
      expect((await db.update('person', { note: 'changed', balance: '1.25' }, 'company_id = 1')).affected).toBe(2);
      expect(await db.read('person', { filter: "note = 'changed'", order: 'id', fields: ['id', 'balance'] })).toEqual([
        { id: 1, balance: 1.25 },
        { id: 2, balance: 1.25 },
      ]);
      expect((await db.update('person', { note: 'changed' }, 'company_id = 1')).affected).toBe(2);
      expect((await db.delete('person', 'id IN (1, 99)')).affected).toBe(1);
      expect(await db.ids('person', 'id > 0')).toEqual([2, 3, 4]);
    });

    it('writes the defaults of the table and the time of the server', async () => {
      await db.insertValues('person', {
        name: { kind: 'default' },
        note: { kind: 'default' },
        seen: { kind: 'now' },
        born: { kind: 'now' },
      });
      const [row] = await db.read('person', { filter: "name = 'nobody'" });
      expect(row).toMatchObject({
        note: null,
        seen: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/),
        born: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
      });
    });

    it('names what the database refuses', async () => {
      expect(await problem(db.insert('company', [{ id: 1, name: 'other' }]))).toBe('duplicate');
      expect(await problem(db.insert('company', [{ id: 9, name: 'Acme' }]))).toBe('duplicate');
      expect(await problem(db.insert('company', [{ id: 9, name: null }]))).toBe('null');
      expect(await problem(db.insert('person', [{ id: 60, name: 'lost', company_id: 77 }]))).toBe('reference');
      expect(await db.count('company')).toBe(2);
    });

    const byId =
      (set: Record<string, string>, where?: string) =>
      (bindings: Bindings): InsertPlan['onConflict'] => {
        const table = db.table('company');
        return {
          key: table.primaryKey,
          update: db.assignments('company', set, bindings),
          where: where === undefined ? undefined : planFilter(parseFilter(where), table, bindings),
        };
      };

    it('inserts or updates by the key', async () => {
      await db.insert('company', [{ id: 3, name: 'Initech' }], byId({ name: 'unused' }));
      await db.insert('company', [{ id: 1, name: 'Acme' }], byId({ name: 'Acme Ltd' }));
      expect(await db.read('company', { order: 'id' })).toEqual([
        { id: 1, name: 'Acme Ltd' },
        { id: 2, name: 'Globex' },
        { id: 3, name: 'Initech' },
      ]);
    });

    it('does not update another record whose other unique field conflicts', async () => {
      expect(await problem(db.insert('company', [{ id: 7, name: 'Acme' }], byId({ name: 'stolen' })))).toBe('duplicate');
      expect(await db.read('company', { order: 'id' })).toEqual([
        { id: 1, name: 'Acme' },
        { id: 2, name: 'Globex' },
      ]);
    });

    it('updates on conflict only what the condition lets it', async () => {
      // PostgreSQL tells the existing row from the new one by the table's name, which the compiler adds where it must.
      await db.insert('company', [{ id: 1, name: 'x' }], byId({ name: 'changed' }, "name = 'Globex'"));
      expect(await db.ids('company', "name = 'changed'")).toEqual([]);
      await db.insert('company', [{ id: 2, name: 'y' }], byId({ name: 'changed' }, "name = 'Globex'"));
      expect(await db.ids('company', "name = 'changed'")).toEqual([2]);
    });

    if (dialect.capabilities.returning)
      it('answers columns of the rows it touched, in the order of the rows', async () => {
        const table = db.table('company');
        const name = table.column('name')!;
        const columns = [...table.primaryKey, name];
        const slot = (index: number) => ({ kind: 'slot' as const, slot: { index, column: name } });
        const insert = dialect.compile({
          kind: 'insert',
          table,
          columns: [name],
          rows: [[slot(0)], [slot(1)]],
          returning: columns,
          onConflict: undefined,
          style: 'contract',
          slots: 2,
        });
        const { rows } = await connection.run(insert, ['first', 'second']);
        expect(rows.map((row) => row[1])).toEqual(['first', 'second']);
        const update = dialect.compile({
          kind: 'update',
          table,
          set: [{ column: name, value: slot(0) }],
          where: { kind: 'compare', column: name, operator: '=', slot: { index: 1, column: name } },
          returning: columns,
          style: 'contract',
          slots: 2,
        });
        expect((await connection.run(update, ['third', 'first'])).rows.map((row) => row[1])).toEqual(['third']);
      });

    if (!dialect.capabilities.returning)
      it('tells the generated key of the first row', async () => {
        const { insertId } = await db.insert('company', [{ name: 'one' }, { name: 'two' }]);
        expect(await db.ids('company', "name = 'one'")).toEqual([insertId]);
        expect(await db.ids('company', "name = 'two'")).toEqual([Number(insertId) + 1]);
      });
  });
}
