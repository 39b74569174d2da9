import { setTimeout as wait } from 'node:timers/promises';
import {
  appTable,
  corsConfigTable,
  dbTableExtrasTable,
  lookupTable,
  migrate,
  openSystemDatabase,
  roleTable,
  type SystemDatabaseOptions,
  type SystemDialect,
  serviceTable,
  userSessionTable,
  userTable,
} from '@headgate/system-db';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyDatabase, type Outsider, openOutsider } from '../databases.ts';
import { WorkerProcesses } from './worker-processes.ts';
import type { Fixture, Kind } from './worker-program.ts';

const KINDS: readonly Kind[] = ['role', 'app', 'service', 'schema extras', 'user', 'admin', 'lookup', 'cors', 'password', 'revoked token'];
const CHANGES = Number(process.env.HEADGATE_TEST_CHANGES ?? 20);

/** The wait, and room for what runs beside these processes. */
const LONGEST_WAIT = 1_000;

/** What several processes on one system database promise: whoever answers, nothing is older than what was answered before. */
export async function coherenceSuite(dialect: SystemDialect): Promise<void> {
  const options = await emptyDatabase(dialect);
  describe.skipIf(!options)(`processes on one ${dialect} database`, { timeout: 60_000 }, () => {
    let workers: WorkerProcesses;
    let outsider: Outsider;
    let value = 0;

    beforeAll(async () => {
      await migrate(options!, { log: options!.log });
      workers = new WorkerProcesses(options!, await makeFixture(options!));
      await Promise.all([workers.start(), workers.start(), workers.start()]);
      outsider = await openOutsider(options!);
    });
    afterAll(async () => {
      await outsider?.close();
      await workers?.close();
    });

    /** Changes through each in turn and reads at each at once; answers what was read too old, and the median of the changes. */
    const rounds = async (kind: Kind, changes: number) => {
      const stale: string[] = [];
      const took: number[] = [];
      for (let turn = 0; turn < changes; turn++) {
        const expected = `value ${++value}`;
        took.push(await workers.all[turn % workers.all.length]!.change(kind, value));
        const seen = await Promise.all(workers.all.map((worker) => worker.read(kind)));
        for (const text of seen) if (text !== expected) stale.push(`${text} instead of ${expected}`);
      }
      return { stale, median: took.sort((a, b) => a - b)[Math.floor(changes / 2)]! };
    };

    it.each(KINDS)('hold a change everywhere when it is answered: %s', async (kind) => {
      const { stale, median } = await rounds(kind, CHANGES);
      if (process.env.HEADGATE_TEST_CHANGES) console.info(`${dialect}, ${kind}: p50 ${median.toFixed(1)} ms`);
      expect(stale).toEqual([]);
    });

    it('hold a change everywhere when it is answered, though no hint arrives', async () => {
      workers.busIsWhole = false;
      try {
        for (const kind of KINDS) expect((await rounds(kind, 2)).stale).toEqual([]);
      } finally {
        workers.busIsWhole = true;
      }
    });

    it('wait no longer than 600 ms for one that is stopped, which answers nothing older when it goes on', async () => {
      const [writer, , stopped] = workers.all;
      stopped!.process.kill('SIGSTOP');
      const took = await writer!.change('role', ++value);
      const late = ['role', 'user', 'lookup'] as const;
      for (const kind of late) await writer!.change(kind, value);
      const answers = late.map((kind) => stopped!.read(kind));
      await wait(1_000);
      stopped!.process.kill('SIGCONT');
      expect(await Promise.all(answers)).toEqual(late.map(() => `value ${value}`));
      expect(took).toBeGreaterThan(500);
      expect(took).toBeLessThan(LONGEST_WAIT);
    });

    it('know within 600 ms what others write', async () => {
      for (const [kind, statement] of [
        ['role', (text: string) => `UPDATE role SET name = '${text}' WHERE id = 1`],
        ['schema extras', (text: string) => `UPDATE db_table_extras SET label = '${text}' WHERE id = 1`],
        ['cors', (text: string) => `UPDATE cors_config SET origin = '${text}' WHERE id = 1`],
      ] as const) {
        const text = `value ${++value}`;
        await outsider.query(statement(text));
        await wait(600);
        expect(await Promise.all(workers.all.map((worker) => worker.read(kind)))).toEqual(workers.all.map(() => text));
      }
    });

    it('that start while others write know what was answered before they were asked', async () => {
      let answered = value;
      let isWriting = true;
      const [writer] = workers.all;
      const writing = (async () => {
        while (isWriting) {
          await writer!.change('role', ++value);
          answered = value;
        }
      })();
      const numberIn = (text: string | undefined) => Number(text?.split(' ')[1]);
      for (let start = 0; start < 3; start++) {
        const late = await workers.start();
        for (let read = 0; read < 20; read++) {
          const known = answered;
          expect(numberIn(await late.read('role'))).toBeGreaterThanOrEqual(known);
        }
        await late.close();
      }
      isWriting = false;
      await writing;
    });

    it('are waited for until they have closed, and register again where somebody took their row', async () => {
      const extra = await workers.start();
      const [writer] = workers.all;
      const members = await writer!.members();
      expect(members).toHaveLength(4);
      await until(async () => (await writer!.members()).every((member) => typeof member.report.pid === 'number'));
      expect(members[0]).toMatchObject({ identity: { role: 'api', host: 'here', version: '1' }, silentSeconds: expect.any(Number) });
      await extra.close();
      expect(await writer!.members()).toHaveLength(3);
      await outsider.query('DELETE FROM headgate_worker');
      await writer!.change('role', ++value);
      await until(async () => (await writer!.members()).length === 3);
      await until(async () => (await writer!.members()).every((member) => member.lag === 0));
      expect((await rounds('role', 3)).stale).toEqual([]);
    });

    it('do not take the acknowledgement of another past for one of theirs', async () => {
      await outsider.query(`INSERT INTO headgate_worker (id, role, host, version, started_at, seen_at, beats, acknowledged, nonce)
        VALUES ('ghost', 'api', 'there', '1', '2026-01-01 00:00:00', '2026-01-01 00:00:00', 1, 1000000, 'other')`);
      expect(await workers.all[0]!.change('role', ++value)).toBeGreaterThan(500);
      await outsider.query("DELETE FROM headgate_worker WHERE id = 'ghost'");
    });

    it('wait for a killed one no longer than 600 ms, and after 15 seconds of silence not at all', async () => {
      const killed = await workers.start();
      const [writer] = workers.all;
      await killed.kill('SIGKILL');
      const took = await writer!.change('role', ++value);
      expect(took).toBeGreaterThan(500);
      expect(took).toBeLessThan(LONGEST_WAIT);
      await until(async () => (await writer!.members()).length === 3, 25_000);
      expect(await writer!.change('role', ++value)).toBeLessThan(500);
    });
  });
}

async function until(condition: () => Promise<boolean>, milliseconds = 10_000): Promise<void> {
  for (const end = performance.now() + milliseconds; !(await condition()); await wait(20))
    if (performance.now() > end) throw new Error(`not so within ${milliseconds} ms`);
}

async function makeFixture(options: SystemDatabaseOptions): Promise<Fixture> {
  const db = await openSystemDatabase(options);
  try {
    return await db.change(async (change) => {
      const service = await change.insert(serviceTable, { name: 'db', label: 'Database', type: 'none', is_active: true });
      const user = await change.insert(userTable, { name: 'User', email: 'user@example.com' });
      await change.insert(userSessionTable, { user_id: user.id, session_number: 0 });
      return {
        service: service.id,
        user: user.id,
        role: (await change.insert(roleTable, { name: 'role', is_active: true })).id,
        app: (await change.insert(appTable, { name: 'app', api_key: 'key' })).id,
        extras: (await change.insert(dbTableExtrasTable, { service_id: service.id, table: 'thing' })).id,
        admin: (await change.insert(userTable, { name: 'Admin', email: 'admin@example.com', is_sys_admin: true })).id,
        lookup: (await change.insert(lookupTable, { name: 'word', value: 'none' })).id,
        cors: (await change.insert(corsConfigTable, { path: '*', origin: 'none' })).id,
      };
    });
  } finally {
    await db.close();
  }
}
