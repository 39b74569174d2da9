import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresServer } from '../containers.ts';
import { ADMIN } from '../headgate.ts';
import { type ApiWorkers, startApiWorkers } from './api-workers.ts';
import { checkCoherence, type Kind, median, openKinds } from './coherence-driver.ts';

const address = await postgresServer();
const SERVICE = { type: 'sqlite', config: { database: 'words.sqlite' }, table: 'thing', column: 'word', values: ['red', 'blue'] } as const;
const KINDS = ['role', 'app key', 'service', 'user', 'admin', 'lookup', 'CORS rule', 'password', 'revoked token'];

function makeWords(folder: string): void {
  mkdirSync(path.join(folder, 'databases'), { recursive: true });
  const database = new Sqlite(path.join(folder, 'databases/words.sqlite'));
  database.exec("CREATE TABLE thing (id INTEGER PRIMARY KEY, word TEXT); INSERT INTO thing (word) VALUES ('red'), ('blue')");
  database.close();
}

describe.skipIf(address === undefined)('three workers on one PostgreSQL', () => {
  let cluster: ApiWorkers;
  let kinds: readonly Kind[];

  beforeAll(async () => {
    cluster = await startApiWorkers(address!, 3);
    makeWords(cluster.folder);
    kinds = await openKinds({ workers: cluster.origins, admin: ADMIN, service: SERVICE });
  });
  afterAll(() => cluster?.close());

  it.each(KINDS)('hold a change everywhere when it is answered: %s', { timeout: 120_000 }, async (name) => {
    const kind = kinds.find((candidate) => candidate.name === name)!;
    const report = await checkCoherence(kind, cluster.origins, Number(process.env.HEADGATE_TEST_CHANGES ?? 24));
    console.info(`${name}: ${report.changes} changes, ${report.reads} reads, p50 ${median(report.changeMs).toFixed(1)} ms`);
    expect(report.stale).toEqual([]);
  });

  it('answer a change soon after 600 ms with one stopped for ten seconds, which then answers nothing older', {
    timeout: 60_000,
  }, async () => {
    const [writer, , stopped] = cluster.workers;
    const changed = kinds.filter((kind) => ['role', 'service', 'lookup', 'CORS rule'].includes(kind.name));
    stopped!.process.kill('SIGSTOP');
    const resumed = wait(10_000).then(() => stopped!.process.kill('SIGCONT'));
    const reads: Promise<{ kind: string; seen: string }>[] = [];
    const expected: { kind: string; seen: string }[] = [];
    for (const { name, change, observe } of changed) {
      const asked = performance.now();
      const seen = await change(writer!.origin);
      // The wait is 600 ms; the rest is for what else the machine does.
      expect(performance.now() - asked, name).toBeLessThan(1_000);
      expected.push({ kind: name, seen });
      reads.push(observe(stopped!.origin).then((answer) => ({ kind: name, seen: answer })));
    }
    await resumed;
    expect(await Promise.all(reads)).toEqual(expected);
  });
});
