import {
  allTables,
  BadKey,
  type CarriedRow,
  type Column,
  createEncrypter,
  equals,
  exportRows,
  generateAppKey,
  importRows,
  migrate,
  OccupiedDatabase,
  openSystemDatabase,
  openSystemState,
  roleTable,
  type SystemDatabaseOptions,
  type SystemDialect,
  seed,
  type Table,
  userTable,
} from '@headgate/system-db';
import { describe, expect, it } from 'vitest';
import { emptyDatabase, openOutsider } from './databases.ts';

const DIALECTS: readonly SystemDialect[] = ['sqlite', 'postgres', 'mysql'];
/** What stays with a database: versions, outbox, migrations, workers. */
const STAYING = ['headgate_version', 'headgate_outbox', 'headgate_migrations', 'headgate_worker'];

type Carried = readonly [table: string, row: CarriedRow];

async function carriedFrom(options: SystemDatabaseOptions): Promise<Carried[]> {
  const all: Carried[] = [];
  await exportRows(options, async (table, rows) => void all.push(...rows.map((row): Carried => [table, row])));
  return all;
}

async function* each(rows: readonly Carried[]): AsyncGenerator<Carried> {
  yield* rows;
}

const prepared = new Map<SystemDialect, Promise<readonly Carried[]>>();

/** The rows of an installation with something in every table. */
function installation(dialect: SystemDialect): Promise<readonly Carried[]> {
  const made = prepared.get(dialect) ?? makeInstallation(dialect);
  prepared.set(dialect, made);
  return made;
}

async function makeInstallation(dialect: SystemDialect): Promise<readonly Carried[]> {
  const options = (await emptyDatabase(dialect))!;
  await migrate(options, options);
  const db = await openSystemDatabase(options);
  await seed(db, options);
  await db.change(async (change) => {
    const tables = allTables.filter(({ name }) => !STAYING.includes(name) && name !== 'headgate_key_canary');
    const seeded = new Map<string, number>();
    for (const table of tables) seeded.set(table.name, await change.count(table));
    for (const table of tables) {
      const fields = Object.entries(table.columns).filter(([, column]) => column.kind !== 'id' && column.kind !== 'bigId');
      for (const round of [1, 2]) {
        const values = fields.map(([name, column]) => {
          const { references } = column;
          return [name, references ? seeded.get(references.table)! + round : sample(table, name, column, round)];
        });
        await change.insert(table, Object.fromEntries(values));
      }
    }
    // The first refers to one that comes after it.
    const users = await change.find(userTable);
    await change.update(userTable, equals('id', users[0]!.id), { last_modified_by_id: users[1]!.id });
  });
  await db.close();
  return carriedFrom(options);
}

function sample(table: Table, name: string, column: Column, round: number): unknown {
  if (column.choices) return column.choices[0];
  if (column.encoding === 'json') return { text: `Grüße ${round}`, list: [1, null] };
  switch (column.kind) {
    case 'bool':
    case 'flag':
      return round === 1;
    case 'timestamp':
    case 'datetime':
      return `2026-01-0${round} 10:00:00`;
    case 'string':
    case 'text':
    case 'mediumText':
    case 'longText':
      return `${table.name}.${name} ${round} äöü €`.slice(0, column.length ?? 100);
    default:
      return round;
  }
}

describe.each(DIALECTS)('rows of %s', (from) => {
  it.each(DIALECTS)('come back whole on %s', async (to) => {
    const [source, target] = [await emptyDatabase(from), await emptyDatabase(to)];
    if (!source || !target) return;
    const rows = await installation(from);
    expect(new Set(rows.map(([table]) => table)).size).toBe(allTables.length - STAYING.length);
    await migrate(target, target);
    await importRows(target, each(rows), { replace: false });
    expect(await carriedFrom(target)).toEqual(rows);

    const db = await openSystemDatabase(target);
    const sealed = await db.find(userTable, { where: equals('id', 1) });
    expect(sealed).toHaveLength(1);
    const next = await db.change((change) => change.insert(roleTable, { name: 'the next' }));
    expect(next.id).toBe(3);
    await db.close();
  });
});

describe.each(DIALECTS)('putting rows into %s', (dialect) => {
  it('refuses a database that is in use, and another key, and changes nothing', async () => {
    const target = await emptyDatabase(dialect);
    if (!target) return;
    const rows = await installation(dialect);
    await migrate(target, target);
    const foreign = { ...target, encrypter: createEncrypter({ key: generateAppKey() }) };
    await expect(importRows(foreign, each(rows), { replace: false })).rejects.toBeInstanceOf(BadKey);
    expect(await carriedFrom(target)).toEqual([]);
    await importRows(target, each(rows), { replace: false });
    await expect(importRows(target, each(rows), { replace: false })).rejects.toBeInstanceOf(OccupiedDatabase);
    expect(await carriedFrom(target)).toEqual(rows);
  });

  it('replaces all of it or nothing, and running workers drop what they knew', async () => {
    const target = await emptyDatabase(dialect);
    if (!target) return;
    const rows = await installation(dialect);
    await migrate(target, target);
    const db = await openSystemDatabase(target);
    await seed(db, target);
    await db.change(async (change) => {
      await change.insert(roleTable, { name: 'only here' });
      change.raise('all');
    });
    const state = await openSystemState(db, { configOf: () => undefined, log: target.log, proofMs: 0, renewMs: 3_600_000 });
    const roles = async () => [...(await state.current()).roles.values()].map((role) => role.name);
    expect(await roles()).toEqual(['only here']);

    const cut = rows.slice(0, -1);
    await expect(
      importRows(
        target,
        (async function* () {
          yield* cut;
          throw new Error('the file ends here');
        })(),
        { replace: true },
      ),
    ).rejects.toThrow('the file ends here');
    expect(await roles()).toEqual(['only here']);

    await importRows(target, each(rows), { replace: true });
    expect(await roles()).toEqual(rows.filter(([table]) => table === 'role').map(([, row]) => row.name));
    await state.close();
    await db.close();
  });
});

it('reads all rows as of one moment, page by page', async () => {
  const options = (await emptyDatabase('postgres')) ?? (await emptyDatabase('sqlite'))!;
  await migrate(options, options);
  const db = await openSystemDatabase(options);
  await seed(db, options);
  await db.close();
  const outsider = await openOutsider(options);
  await outsider.query(
    options.dialect === 'postgres'
      ? "INSERT INTO role (name) SELECT 'role ' || n FROM generate_series(1, 1700) AS n"
      : "INSERT INTO role (name) WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 1700) SELECT 'role ' || n FROM s",
  );
  const pages: number[] = [];
  let isDone = false;
  await exportRows(options, async (table, rows) => {
    if (!isDone && table === 'user_config') return;
    if (!isDone) {
      isDone = true;
      await outsider.query("INSERT INTO app (name) VALUES ('later')");
    }
    if (table === 'role') pages.push(rows.length);
    if (table === 'app') expect(rows.map((row) => row.name)).not.toContain('later');
  });
  expect(pages).toEqual([500, 500, 500, 200]);
  await outsider.close();
});
