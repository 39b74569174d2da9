import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresServer, redisServer } from '../containers.ts';
import { ADMIN } from '../headgate.ts';
import { type ApiWorkers, startApiWorkers } from './api-workers.ts';
import { checkCoherence, type Kind, openKinds, summaryOf } from './coherence-driver.ts';

const redis = await redisServer();
const SERVICE = { type: 'sqlite', config: { database: 'words.sqlite' }, table: 'thing', column: 'word', values: ['red', 'blue'] } as const;
const CHANGES = Number(process.env.HEADGATE_TEST_CHANGES ?? 120);

function makeWords(folder: string): void {
  mkdirSync(path.join(folder, 'databases'), { recursive: true });
  const database = new Sqlite(path.join(folder, 'databases/words.sqlite'));
  database.exec("CREATE TABLE thing (id INTEGER PRIMARY KEY, word TEXT); INSERT INTO thing (word) VALUES ('red'), ('blue')");
  database.close();
}

function busAt(address: string): Readonly<Record<string, string>> {
  const { hostname, port } = new URL(address);
  return { BROADCAST_HOST: hostname, BROADCAST_PORT: port };
}

describe.each([
  { bus: 'with Redis as their bus', address: await postgresServer(), settings: redis === undefined ? undefined : busAt(redis) },
  { bus: 'without a bus', address: await postgresServer(), settings: {} },
])('three workers on one PostgreSQL, $bus', ({ bus, address, settings }) => {
  const isLeftOut = address === undefined || settings === undefined;
  let cluster: ApiWorkers;
  let kinds: readonly Kind[];

  beforeAll(async () => {
    if (isLeftOut) return;
    cluster = await startApiWorkers(address, 3, settings);
    makeWords(cluster.folder);
    kinds = await openKinds({ workers: cluster.origins, admin: ADMIN, service: SERVICE });
  });
  afterAll(() => cluster?.close());

  it.skipIf(isLeftOut)('hold each kind of change everywhere when it is answered', { timeout: 240_000 }, async () => {
    const report = await checkCoherence(kinds, { workers: cluster.origins, changes: CHANGES, within: 200_000 });
    console.info(`three workers ${bus}: ${summaryOf(report)}`);
    expect(report.stale).toEqual([]);
    expect(report.changes).toBeGreaterThanOrEqual(Math.min(CHANGES, 5 * kinds.length));
  });

  it.skipIf(isLeftOut)(
    'answer a change soon after 600 ms with one stopped for ten seconds, which then answers nothing older',
    { timeout: 60_000 },
    async () => {
      const [writer, , stopped] = cluster.workers;
      const changing = kinds.filter((kind) => ['role', 'service', 'lookup', 'CORS rule'].includes(kind.name));
      stopped!.process.kill('SIGSTOP');
      const resumed = wait(10_000).then(() => stopped!.process.kill('SIGCONT'));
      const reads: Promise<{ kind: string; seen: string }>[] = [];
      const held: { kind: string; seen: string }[] = [];
      for (const { name, change, observe } of changing) {
        const asked = performance.now();
        const { expected, answeredAt } = await change(writer!.origin);
        // The wait is 600 ms; the rest is for what else the machine does.
        expect(answeredAt - asked, name).toBeLessThan(1_000);
        held.push({ kind: name, seen: expected });
        reads.push(observe(stopped!.origin).then(({ seen }) => ({ kind: name, seen })));
      }
      await resumed;
      expect(await Promise.all(reads)).toEqual(held);
    },
  );
});
