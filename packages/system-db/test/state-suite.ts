import { type ConfigField, type ConfigStorage, configField, secretField } from '@headgate/core';
import {
  appTable,
  BadKey,
  type ConfigOf,
  createEncrypter,
  dbTableExtrasTable,
  deleteServiceConfig,
  equals,
  generateAppKey,
  lookupTable,
  migrate,
  type OpenSystemState,
  openSystemDatabase,
  openSystemState,
  readServiceConfig,
  revokedTokenTable,
  roleServiceAccessTable,
  roleTable,
  type SystemDialect,
  seed,
  serviceTable,
  userTable,
  userToAppToRoleTable,
  type VersionedSystemDatabase,
  writeServiceConfig,
} from '@headgate/system-db';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyDatabase, type Outsider, openOutsider } from './databases.ts';

const TYPES: Readonly<Record<string, { storage: ConfigStorage; fields: readonly ConfigField[] }>> = {
  pgsql: {
    storage: {
      kind: 'connection',
      columns: ['options', 'attributes', 'statements'],
      inService: ['max_records', 'allow_upsert'],
      cached: true,
    },
    fields: [
      configField('host', 'string', 'Host'),
      configField('port', 'integer', 'Port'),
      secretField('username', 'Username'),
      secretField('password', 'Password'),
      configField('options', 'object', 'Options'),
      configField('max_records', 'integer', 'Maximum'),
      configField('cache_enabled', 'boolean', 'Cache'),
      configField('cache_ttl', 'integer', 'Seconds'),
    ],
  },
  rws: {
    storage: { kind: 'table', table: 'rws_config', cached: true },
    fields: [
      configField('base_url', 'text', 'URL'),
      configField('replace_link', 'boolean', 'Links'),
      configField('parameters', 'array', 'Parameters'),
      configField('headers', 'array', 'Headers'),
      configField('cache_enabled', 'boolean', 'Cache'),
    ],
  },
  sftp_file: {
    storage: { kind: 'table', table: 'sftp_service_config' },
    fields: [
      configField('host', 'string', 'Host'),
      configField('port', 'integer', 'Port'),
      secretField('password', 'Password'),
      secretField('private_key', 'Key'),
      configField('container', 'text', 'Container'),
      configField('public_path', 'array', 'Public'),
    ],
  },
  plain: { storage: { kind: 'json' }, fields: [configField('a', 'string', 'A'), secretField('token', 'Token')] },
};
const configOf: ConfigOf = (type) => TYPES[type];

/** What state and versions promise, whatever the database runs on. */
export async function stateSuite(dialect: SystemDialect): Promise<void> {
  const options = await emptyDatabase(dialect);
  describe.skipIf(!options)(`the state on ${dialect}`, () => {
    let db: VersionedSystemDatabase;
    let state: OpenSystemState;
    let outsider: Outsider;
    // Proofs that are never fresh: each `current()` asks the database, and no test has to wait for time to pass.
    const strict = { configOf, log: options?.log, proofMs: 0, renewMs: 3_600_000 };

    const open = async (database: VersionedSystemDatabase) => openSystemState(database, { ...strict, log: options!.log });

    beforeAll(async () => {
      await migrate(options!, { log: options!.log });
      db = await openSystemDatabase(options!);
      await seed(db, { log: options!.log });
      state = await open(db);
      outsider = await openOutsider(options!);
    });
    afterAll(async () => {
      await outsider?.close();
      await state?.close();
      await db?.close();
    });

    it('holds what was seeded', () => {
      expect(state.triggers).toBe('installed');
      expect([...state.latest.servicesByName.keys()].sort()).toEqual(['api_docs', 'db', 'email', 'files', 'logs', 'system', 'user']);
      expect([...state.latest.apps.values()].map((app) => app.name)).toEqual(['admin', 'api_docs', 'file_manager']);
      expect([...state.latest.apps.values()].every((app) => app.roleId === null && app.isActive)).toBe(true);
      const keys = [...state.latest.apps.values()].map((app) => app.apiKey);
      expect(keys[0]).toBe('6498a8ad1beb9d84d63035c5d1120c007fad6de706734db9689f8996707e0f7d');
      expect(keys).not.toContain('36fda24fe5588fa4285ac6c6c2fdfbdb6b6bc9834699774c9bf777f706d05a88');
    });

    it('holds a change before it is answered, and keeps every other record the same object', async () => {
      const before = state.latest;
      const role = await db.change(async (change) => {
        const role = await change.insert(roleTable, { name: 'held', is_active: true });
        await change.insert(roleServiceAccessTable, {
          role_id: role.id,
          component: '_table/*',
          verb_mask: 1,
          requestor_mask: 3,
          filters: [{ name: 'id', operator: '=', value: 5 }],
          filter_op: 'OR',
        });
        change.raise(`role:${role.id}`);
        return role;
      });
      const held = state.latest.roles.get(role.id);
      expect(held?.access).toEqual([
        expect.objectContaining({
          component: '_table/*',
          verbMask: 1,
          requestorMask: 3,
          filterOp: 'or',
          filters: [{ name: 'id', operator: '=', value: '5' }],
        }),
      ]);
      expect(state.latest.services).toBe(before.services);
      await db.change(async (change) => change.raise('everything else'));
      await db.change(async (change) => change.raise('all'));
      expect(state.latest.roles.get(role.id)).toBe(held);
      expect(state.latest.services.get(1)).toBe(before.services.get(1));
    });

    it('denies access whose record filter cannot be read', async () => {
      const role = await db.change(async (change) => {
        const role = await change.insert(roleTable, { name: 'damaged', is_active: true });
        await change.insert(roleServiceAccessTable, { role_id: role.id, verb_mask: 31, requestor_mask: 3 });
        return role;
      });
      await outsider.query(`UPDATE role_service_access SET filters = '[{"name":"cou' WHERE role_id = ${role.id}`);
      await state.current();
      expect(state.latest.roles.get(role.id)?.access[0]?.verbMask).toBe(0);
    });

    it('sees what others write at the next call, whichever record it is', async () => {
      await outsider.query(`INSERT INTO role (name, is_active) VALUES ('outside', ${dialect === 'postgres' ? 'true' : '1'})`);
      const role = [...(await state.current()).roles.values()].find((candidate) => candidate.name === 'outside');
      expect(role?.isActive).toBe(true);
      await outsider.query(`INSERT INTO cors_config (path, origin) VALUES ('outside', '*')`);
      expect((await state.current()).cors.map((entry) => entry.path)).toContain('outside');
      await outsider.query(`UPDATE app SET role_id = ${role!.id} WHERE name = 'file_manager'`);
      expect([...(await state.current()).apps.values()].find((app) => app.name === 'file_manager')?.roleId).toBe(role!.id);
      // The app changes by its key alone.
      await outsider.query(`DELETE FROM role WHERE id = ${role!.id}`);
      const after = await state.current();
      expect(after.roles.has(role!.id)).toBe(false);
      expect([...after.apps.values()].find((app) => app.name === 'file_manager')?.roleId).toBeNull();
      await outsider.query("UPDATE service SET label = 'Changed' WHERE name = 'db'");
      expect((await state.current()).servicesByName.get('db')?.label).toBe('Changed');
    });

    it('sees the changes of another worker, and lookups, tokens and schema extras', async () => {
      const other = await openSystemDatabase(options!);
      const serviceId = state.latest.servicesByName.get('db')!.id;
      await other.change(async (change) => {
        await change.insert(lookupTable, { name: 'region', value: 'eu', private: true });
        await change.insert(revokedTokenTable, { jti: 'dead', expires_at: 4_000_000_000 });
        await change.insert(revokedTokenTable, { jti: 'expired', expires_at: 1_000 });
        await change.insert(dbTableExtrasTable, { service_id: serviceId, table: 'contact', alias: 'people' });
      });
      const now = await state.current();
      expect(now.lookups).toContainEqual({ name: 'region', value: 'eu', isPrivate: true, appId: null, roleId: null, userId: null });
      expect(now.revokedTokens).toEqual(new Set(['dead']));
      expect(now.services.get(serviceId)?.schemaExtras.tables).toEqual([expect.objectContaining({ table: 'contact', alias: 'people' })]);
      await other.close();
    });

    it('tells listeners of changes that it holds, and of no others', async () => {
      const seen: number[] = [];
      const second = await open(db);
      second.onChange((configuration) => seen.push(configuration.roles.size));
      await db.change((change) => change.insert(userTable, { name: 'N', email: 'n@example.com' }));
      expect(seen).toEqual([]);
      await db.change((change) => change.insert(roleTable, { name: 'told' }));
      expect(seen).toEqual([second.latest.roles.size]);
      await second.close();
    });

    /** A write that no trigger sees: what a restore looks like. */
    const silently = async (...statements: string[]) => {
      if (dialect === 'postgres') await outsider.query('SET session_replication_role = replica');
      for (const statement of statements) await outsider.query(statement);
      if (dialect === 'postgres') await outsider.query('SET session_replication_role = DEFAULT');
      else await outsider.query('DELETE FROM headgate_outbox');
    };
    const roleNamed = async (name: string) => [...(await state.current()).roles.values()].find((role) => role.name === name);

    it('loads everything anew when the database went back in time', async () => {
      await db.change((change) => change.insert(roleTable, { name: 'lost by the restore' }));
      await silently("DELETE FROM role WHERE name = 'lost by the restore'");
      expect(await roleNamed('lost by the restore')).toBeDefined();
      await silently("UPDATE headgate_version SET version = 1, nonce = 'restored' WHERE scope = '*'");
      expect(await roleNamed('lost by the restore')).toBeUndefined();
      await db.change(async (change) => change.raise('all'));
    });

    it('loads everything anew when its own past is not that of the database, though the number is higher', async () => {
      await db.change((change) => change.insert(roleTable, { name: 'of the other past', is_active: false }));
      const { number } = await db.readVersion();
      await silently(
        `UPDATE role SET is_active = ${dialect === 'postgres' ? 'true' : '1'} WHERE name = 'of the other past'`,
        "UPDATE headgate_version SET nonce = 'other' WHERE scope LIKE '~%'",
        `UPDATE headgate_version SET version = ${number + 5}, nonce = 'other' WHERE scope = '*'`,
      );
      expect((await roleNamed('of the other past'))?.isActive).toBe(true);
    });

    it('goes on when the server has ended its connection', async () => {
      if (dialect === 'sqlite') return;
      const connections =
        dialect === 'postgres'
          ? "SELECT pid AS id FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'headgate proof'"
          : 'SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()';
      for (const { id } of await outsider.query(connections))
        await outsider.query(dialect === 'postgres' ? `SELECT pg_terminate_backend(${id})` : `KILL ${id}`);
      await expect(state.current()).resolves.toBe(state.latest);
    });

    it('does not open with another key', async () => {
      const stranger = await openSystemDatabase({ ...options!, encrypter: createEncrypter({ key: generateAppKey() }) });
      await expect(open(stranger)).rejects.toBeInstanceOf(BadKey);
      await stranger.close();
    });

    it('and changes never block each other, whoever writes which records in which order', async () => {
      const other = await openSystemDatabase(options!);
      const roles = await db.change(async (change) => {
        const ids: number[] = [];
        for (let index = 0; index < 6; index++) ids.push((await change.insert(roleTable, { name: `contended-${index}` })).id);
        return ids;
      });
      const write = (database: VersionedSystemDatabase, turn: number) =>
        database.change(async (change) => {
          const id = roles[turn % roles.length]!;
          await change.update(roleTable, equals('id', id), { description: `by us ${turn}` });
          change.raise(`role:${id}`);
          change.raise(`app:${turn % 3}`);
        });
      const turns = Array.from({ length: 24 }, (_, turn) => turn);
      const outside = async () => {
        // SQLite's driver would block this very process.
        if (dialect === 'sqlite') return;
        for (const turn of turns)
          await outsider.query(`UPDATE role SET description = 'outside ${turn}' WHERE id = ${roles[turn % roles.length]}`);
      };
      await Promise.all([...turns.map((turn) => write(turn % 2 === 0 ? db : other, turn)), outside()]);
      const descriptions = new Map((await db.find(roleTable)).map((role) => [role.id, role.description]));
      expect(roles.every((id) => descriptions.get(id) !== null)).toBe(true);
      expect((await state.current()).roles.size).toBe(descriptions.size);
      await other.close();
    });

    it('refuses calls when no proof can be had', async () => {
      const gone = await openSystemDatabase(options!);
      const short = await open(gone);
      await gone.close();
      await expect((async () => short.current())()).rejects.toMatchObject({ status: 503, reason: 'system_unavailable' });
      await short.close();
    });

    it('answers at once under a fresh proof', async () => {
      const fresh = await openSystemState(db, { configOf, log: options!.log, proofMs: 60_000, renewMs: 3_600_000 });
      expect(fresh.current()).toBe(fresh.latest);
      await fresh.close();
    });

    describe('users', () => {
      it('are loaded once, held, and dropped when they change', async () => {
        const [userId, appId, roleId] = await db.change(async (change) => {
          const user = await change.insert(userTable, { name: 'Held', email: 'held@example.com' });
          const app = await change.insert(appTable, { name: 'held' });
          const role = await change.insert(roleTable, { name: 'of the user' });
          await change.insert(userToAppToRoleTable, { user_id: user.id, app_id: app.id, role_id: role.id });
          await change.insert(lookupTable, { user_id: user.id, name: 'own', value: 'v' });
          return [user.id, app.id, role.id];
        });
        const [first, second] = [state.user(userId!), state.user(userId!)];
        expect(second).toBe(first);
        const user = await first;
        expect(user).toMatchObject({ email: 'held@example.com', isActive: true, sessionNumber: 0, revokedBefore: 0 });
        expect(user?.roles).toEqual(new Map([[appId, roleId]]));
        expect(user?.lookups).toEqual([expect.objectContaining({ name: 'own', value: 'v', userId })]);
        expect(state.user(userId!)).toBe(user);

        await outsider.query(
          `UPDATE "user" SET last_login_date = '2026-01-01 00:00:00', confirm_code = 'c', remember_token = 'r' WHERE id = ${userId}`,
        );
        await state.current();
        expect(state.user(userId!)).toBe(user);

        await outsider.query(`DELETE FROM user_to_app_to_role WHERE user_id = ${userId}`);
        await state.current();
        expect((await state.user(userId!))?.roles.size).toBe(0);
        await outsider.query(`DELETE FROM "user" WHERE id = ${userId}`);
        await state.current();
        expect(await state.user(userId!)).toBeUndefined();
      });

      it('are held up to a number', async () => {
        const small = await openSystemState(db, { ...strict, log: options!.log, userCacheSize: 1 });
        const ids = await db.change(async (change) => {
          const one = await change.insert(userTable, { name: '1', email: '1@example.com' });
          const two = await change.insert(userTable, { name: '2', email: '2@example.com' });
          return [one.id, two.id] as const;
        });
        await small.user(ids[0]);
        const second = await small.user(ids[1]);
        expect(small.user(ids[1])).toBe(second);
        expect(small.user(ids[0])).toBeInstanceOf(Promise);
        await small.close();
      });
    });

    describe('configurations of services', () => {
      const addService = async (type: string, config: Record<string, never> | object) =>
        db.change(async (change) => {
          const service = await change.insert(serviceTable, {
            name: `${type}-${Math.random().toString(36).slice(2)}`,
            label: type,
            type,
            is_active: true,
          });
          await writeServiceConfig(change, service.id, TYPES[type]!, config as never);
          return service;
        });

      it('of databases keep members in `connection`, the secret ones encrypted one by one', async () => {
        const config = {
          host: 'h',
          port: 5432,
          username: 'u',
          password: 'top-secret',
          options: { a: 1 },
          max_records: 10,
          cache_enabled: true,
          cache_ttl: 30,
        };
        const service = await addService('pgsql', config);
        expect(state.latest.services.get(service.id)?.config).toEqual({ ...config, attributes: null, statements: null });
        const [stored] = await outsider.query(`SELECT connection FROM sql_db_config WHERE service_id = ${service.id}`);
        expect(String(stored?.connection)).not.toContain('top-secret');
        expect(JSON.parse(String(stored?.connection))).toMatchObject({ host: 'h', password: expect.stringMatching(/^eyJ/) });
        await db.change((change) => writeServiceConfig(change, service.id, TYPES.pgsql!, { host: 'other', max_records: null }));
        expect(state.latest.services.get(service.id)?.config).toMatchObject({
          host: 'other',
          password: 'top-secret',
          max_records: null,
          cache_ttl: 30,
        });
      });

      it('of remote services keep lists in their tables, replaced as a whole', async () => {
        const parameters = [{ name: 'p', value: '1', exclude: false, outbound: true, cache_key: false, action: 31 }];
        const service = await addService('rws', { base_url: 'http://x', parameters, headers: [] });
        expect(state.latest.services.get(service.id)?.config).toEqual({
          base_url: 'http://x',
          replace_link: false,
          parameters,
          headers: [],
          cache_enabled: false,
          cache_ttl: 0,
        });
        await expect(db.change((change) => writeServiceConfig(change, service.id, TYPES.rws!, { parameters: 'x' }))).rejects.toMatchObject({
          status: 400,
        });
        await db.change((change) => writeServiceConfig(change, service.id, TYPES.rws!, { parameters: [] }));
        expect(state.latest.services.get(service.id)?.config).toMatchObject({ base_url: 'http://x', parameters: [] });
      });

      it('of file services span two tables, and encrypt a key that the original kept in clear', async () => {
        const config = { host: 'h', port: 2222, password: 'p', private_key: 'BEGIN', container: '/data', public_path: ['a'] };
        const service = await addService('sftp_file', config);
        expect(state.latest.services.get(service.id)?.config).toEqual(config);
        const [stored] = await outsider.query(`SELECT * FROM sftp_service_config WHERE service_id = ${service.id}`);
        expect(JSON.stringify(stored)).not.toContain('BEGIN');
        await outsider.query(`UPDATE sftp_service_config SET private_key = 'in clear' WHERE service_id = ${service.id}`);
        expect((await state.current()).services.get(service.id)?.config.private_key).toBe('in clear');
      });

      it('of types without table are JSON of the service', async () => {
        const service = await addService('plain', { a: '1', token: 'shh', unknown: 1 });
        expect(state.latest.services.get(service.id)?.config).toEqual({ a: '1', token: 'shh' });
        const row = await db.findOne(serviceTable, equals('id', service.id));
        expect(JSON.stringify(row?.config)).not.toContain('shh');
        expect(await readServiceConfig(db, row!, TYPES.plain!)).toEqual({ a: '1', token: 'shh' });
      });

      it('can be deleted without the service', async () => {
        const service = await addService('rws', { base_url: 'http://x', headers: [{ name: 'h', value: 'v' }] });
        await db.change((change) => deleteServiceConfig(change, service.id, TYPES.rws!));
        expect(await outsider.query(`SELECT * FROM rws_headers_config WHERE service_id = ${service.id}`)).toEqual([]);
        expect(state.latest.services.get(service.id)?.config).toMatchObject({ headers: [], base_url: null });
      });
    });
  });
}
