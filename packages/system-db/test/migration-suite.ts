import {
  ForeignInstallation,
  migrate,
  openSystemDatabase,
  openSystemState,
  roleTable,
  type SystemDatabaseOptions,
  type SystemDialect,
  schemaVersion,
  seed,
  UnfitSchema,
  waitForSchema,
} from '@headgate/system-db';
import { describe, expect, it } from 'vitest';
import { emptyDatabase, openOutsider } from './databases.ts';

/** What `migrate` promises, whatever it runs on. */
export async function migrationSuite(dialect: SystemDialect): Promise<void> {
  const first = await emptyDatabase(dialect);
  describe.skipIf(!first)(`migrating on ${dialect}`, () => {
    it('makes the schema once, however many start at once', async () => {
      const options = await emptyDatabase(dialect);
      const reports = await Promise.all([1, 2, 3].map(() => migrate(options!, { log: options!.log })));
      expect(reports.filter((report) => report.applied.includes(schemaVersion))).toHaveLength(1);
      expect(reports.every((report) => report.triggers === 'installed' && report.schemaVersion === schemaVersion)).toBe(true);
      const db = await openSystemDatabase(options!);
      expect(await db.count(roleTable)).toBe(0);
      await db.close();
    });

    it('goes on where it was broken off', async () => {
      const options = await emptyDatabase(dialect);
      await migrate(options!, { log: options!.log });
      const outsider = await openOutsider(options!);
      await outsider.query('DROP TABLE headgate_key_canary');
      await outsider.query('DELETE FROM headgate_migrations');
      expect((await migrate(options!, { log: options!.log })).applied).toContain(schemaVersion);
      expect(await outsider.query('SELECT * FROM headgate_key_canary')).toEqual([]);
      await outsider.close();
    });

    it("gives keys and indexes the original's names", async () => {
      const outsider = await openOutsider(first!);
      await migrate(first!, { log: first!.log });
      const names = JSON.stringify(await outsider.query(NAMES[dialect]));
      for (const name of ['user_email_unique', 'role_name_unique', 'jobs_queue_reserved_at_index', 'password_resets_token_index'])
        expect(names).toContain(name);
      if (dialect !== 'sqlite')
        for (const name of ['role_created_by_id_foreign', 'oauth_token_map_user_id_foreign', 'app_role_id_foreign'])
          expect(names).toContain(name);
      if (dialect === 'postgres') for (const name of ['service_pkey', 'limits_verb_check']) expect(names).toContain(name);
      await outsider.close();
    });

    if (dialect === 'mysql')
      it('goes on without triggers where the user may not make them', async () => {
        const options = await emptyDatabase(dialect);
        const outsider = await openOutsider(options!);
        const username = options!.database!.slice(-20);
        await outsider.query(`CREATE USER '${username}'@'%' IDENTIFIED BY 'p'`);
        const { database } = options!;
        await outsider.query(
          `GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, REFERENCES, DROP ON \`${database}\`.* TO '${username}'@'%'`,
        );
        const restricted = { ...options!, username, password: 'p' };
        expect((await migrate(restricted, { log: restricted.log })).triggers).toBe('refused');
        const db = await openSystemDatabase(restricted);
        const state = await openSystemState(db, {
          configOf: () => undefined,
          log: restricted.log,
          proofMs: 0,
          renewMs: 3_600_000,
          reloadMs: 0,
        });
        expect(state.triggers).toBe('refused');
        await outsider.query("INSERT INTO role (name) VALUES ('silent')");
        expect([...(await state.current()).roles.values()].map((role) => role.name)).toEqual(['silent']);
        await state.close();
        await db.close();
        await outsider.query(`DROP USER '${username}'@'%'`);
        await outsider.close();
      });

    it('refuses a database of the original, and changes nothing in it', async () => {
      const options = await emptyDatabase(dialect);
      const outsider = await openOutsider(options!);
      for (const table of ['service', 'role_service_access', 'instance_id']) await outsider.query(`CREATE TABLE ${table} (id integer)`);
      await outsider.query('CREATE TABLE migrations (id integer, migration varchar(255), batch integer)');
      await outsider.query("INSERT INTO migrations VALUES (1, '2015_01_27_190908_create_system_tables', 1)");
      const before = await outsider.query(NAMES[dialect]);
      await expect(migrate(options!, { log: options!.log })).rejects.toBeInstanceOf(ForeignInstallation);
      expect(await outsider.query(NAMES[dialect])).toEqual(before);
      expect(await outsider.query('SELECT migration FROM migrations')).toHaveLength(1);
      await outsider.close();
    });
    it('brings a database of the first version up to date', async () => {
      const options = await emptyDatabase(dialect);
      await migrate(options!, { log: options!.log });
      const outsider = await openOutsider(options!);
      await outsider.query('ALTER TABLE headgate_migrations DROP COLUMN compatible_from');
      await outsider.query("DELETE FROM headgate_migrations WHERE name NOT LIKE '0001%'");
      expect((await migrate(options!, { log: options!.log })).applied).toContain(schemaVersion);
      expect(await outsider.query("SELECT compatible_from FROM headgate_migrations WHERE name LIKE '0001%'")).toEqual([
        { compatible_from: null },
      ]);
      await outsider.close();
    });
  });

  describe.skipIf(!first)(`waiting for the schema on ${dialect}`, () => {
    const once = { patience: 0 };

    it('says what to do where there is none, and where it has no rows yet', async () => {
      const options = await emptyDatabase(dialect);
      await expect(waitForSchema(options!, once)).rejects.toThrow('run `headgate migrate`');
      await migrate(options!, { log: options!.log });
      await expect(waitForSchema(options!, once)).rejects.toThrow('not its first rows');
      await prepare(options!);
      await expect(waitForSchema(options!, once)).resolves.toBeUndefined();
    });

    it('ends when another process has migrated', async () => {
      const options = await emptyDatabase(dialect);
      const told = Promise.withResolvers<string>();
      const waiting = waitForSchema({ ...options!, log: { ...options!.log, warn: told.resolve } }, { patience: 20_000 });
      expect(await told.promise).toContain('run `headgate migrate`');
      await prepare(options!);
      await expect(waiting).resolves.toBeUndefined();
    });

    it('ends when it is told to', async () => {
      const options = await emptyDatabase(dialect);
      const stop = new AbortController();
      const log = { ...options!.log, warn: () => stop.abort(new Error('stopped')) };
      await expect(waitForSchema({ ...options!, log }, { patience: 20_000, signal: stop.signal })).rejects.toThrow();
      expect(stop.signal.aborted).toBe(true);
    });

    it('refuses an older schema, and goes on with a newer one that only has more', async () => {
      const options = await emptyDatabase(dialect);
      await prepare(options!);
      const outsider = await openOutsider(options!);
      await outsider.query(`DELETE FROM headgate_migrations WHERE name = '${schemaVersion}'`);
      await expect(waitForSchema(options!, once)).rejects.toThrow(`than this version needs (${schemaVersion})`);
      await migrate(options!, { log: options!.log });
      await outsider.query("INSERT INTO headgate_migrations (name) VALUES ('9001_more')");
      await expect(waitForSchema(options!, once)).resolves.toBeUndefined();
      expect((await migrate(options!, { log: options!.log })).applied).toEqual([]);
      await outsider.query(`INSERT INTO headgate_migrations (name, compatible_from) VALUES ('9002_less', '${schemaVersion}')`);
      await expect(waitForSchema(options!, once)).resolves.toBeUndefined();
      await outsider.close();
    });

    it('refuses at once, and migrates nothing, where a newer version leaves it no room', async () => {
      const options = await emptyDatabase(dialect);
      await prepare(options!);
      const outsider = await openOutsider(options!);
      await outsider.query("INSERT INTO headgate_migrations (name, compatible_from) VALUES ('9003_less', '9001_more')");
      const refusal = { canBeMigrated: false, message: expect.stringContaining('newer Headgate (9003_less)') };
      await expect(waitForSchema(options!, { patience: 3_600_000 })).rejects.toMatchObject(refusal);
      await expect(migrate(options!, { log: options!.log })).rejects.toBeInstanceOf(UnfitSchema);
      await outsider.close();
    });
  });
}

async function prepare(options: SystemDatabaseOptions): Promise<void> {
  await migrate(options, { log: options.log });
  const db = await openSystemDatabase(options);
  await seed(db, { log: options.log });
  await db.close();
}

const NAMES: Readonly<Record<SystemDialect, string>> = {
  postgres: `SELECT conname AS name FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
    UNION SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()
    UNION SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY name`,
  mysql: `SELECT constraint_name AS name FROM information_schema.table_constraints WHERE table_schema = DATABASE()
    UNION SELECT index_name FROM information_schema.statistics WHERE table_schema = DATABASE()
    UNION SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY name`,
  sqlite: 'SELECT name FROM sqlite_master ORDER BY name',
};
