import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Change, checkCoherence, type Kind, median, type Observation, openKinds, summaryOf } from '../cluster/coherence-driver.ts';
import { ADMIN, docker, type Stack, startStack, succeeding, until } from './compose.ts';
import { openPsql, type Psql } from './psql.ts';

const CHANGES = Number(process.env.HEADGATE_TEST_CHANGES ?? 1000);
/** Milliseconds within which what others change in the system database holds everywhere. */
const HOLDS_AFTER = 600;

let stack: Stack;
let psql: Psql;
let origins: readonly string[];
let kinds: readonly Kind[];

beforeAll(async () => {
  stack = await startStack({ files: ['test/stack/compose.bus.yaml'], profiles: ['sample'] });
  origins = (await stack.containers('api')).map(({ origin }) => origin);
  psql = await openPsql(stack);
  const words = await openPsql(stack, 'sample');
  await words.commit("CREATE TABLE thing (id serial PRIMARY KEY, word text); INSERT INTO thing (word) VALUES ('red'), ('blue')");
  words.close();
  const { stdout: password } = await succeeding(stack.exec('sample-postgres', ['cat', '/run/secrets/password']));
  kinds = await openKinds({
    workers: origins,
    admin: ADMIN,
    service: {
      type: 'pgsql',
      config: { host: 'sample-postgres', database: 'sample', username: 'sample', password: password.trim() },
      table: 'thing',
      column: 'word',
      values: ['red', 'blue'],
    },
  });
});
afterAll(async () => {
  psql?.close();
  await stack?.down();
});

describe('three workers behind the balancer', () => {
  it(`hold each of ${CHANGES} changes everywhere when it is answered`, { timeout: 400_000 }, async () => {
    const report = await checkCoherence(kinds, {
      workers: origins,
      through: [...origins, stack.origin],
      changes: CHANGES,
      within: 360_000,
    });
    console.info(`bus whole: ${summaryOf(report)}`);
    expect(report.stale).toEqual([]);
    expect(report.changes).toBe(CHANGES);
  });

  it('hold them as well with one cut from the bus', { timeout: 180_000 }, async () => {
    const [, cut] = await stack.containers('api');
    const network = `${stack.handle.project}_bus`;
    await succeeding(docker(['network', 'disconnect', network, cut!.id]));
    try {
      const report = await checkCoherence(kinds, { workers: origins, changes: CHANGES, within: 45_000 });
      console.info(`bus cut for one: ${summaryOf(report)}`);
      expect(report.stale).toEqual([]);
      expect(report.changes).toBeGreaterThanOrEqual(kinds.length);
    } finally {
      await succeeding(docker(['network', 'connect', network, cut!.id]));
    }
  });

  it('answer a change within 700 ms with one stopped, which answers nothing older to calls in its sockets', {
    timeout: 120_000,
  }, async () => {
    const [writer, other] = origins;
    const stopped = (await stack.containers('api'))[2]!;
    // Each kind is in its memory, and its connections are open.
    const before = await checkCoherence(kinds, { workers: origins, changes: 2 * kinds.length });
    const asked: Promise<{ kind: string; seen: string }>[] = [];
    const held: { kind: string; seen: string }[] = [];
    const took: { kind: string; milliseconds: number }[] = [];
    await stack.control('pause', stopped);
    try {
      const tenSeconds = wait(10_000);
      for (const kind of kinds) {
        await kind.prepare?.(writer!);
        const begun = performance.now();
        const { expected, answeredAt } = await kind.change(writer!);
        took.push({ kind: kind.name, milliseconds: answeredAt - begun });
        held.push({ kind: kind.name, seen: expected });
        asked.push(kind.observe(stopped.origin).then(({ seen }) => ({ kind: kind.name, seen })));
        for (const origin of [writer!, other!]) expect((await kind.observe(origin)).seen, kind.name).toBe(expected);
      }
      await tenSeconds;
    } finally {
      await stack.control('unpause', stopped);
    }
    expect(await Promise.all(asked)).toEqual(held);
    const times = took.map(({ kind, milliseconds }) => `${kind} ${milliseconds.toFixed(0)}`).join(', ');
    console.info(`one stopped: ${took.length} changes took, in ms: ${times} (load ${loadavg()[0]!.toFixed(1)})`);
    // The wait is 600 ms; where others use the machine, the rest is for what it does for them.
    const most = (kind: string) => (isIdle() ? 700 : 1_000 + median(before.took.get(kind)!));
    expect(took.filter(({ kind, milliseconds }) => milliseconds >= most(kind))).toEqual([]);
  });

  it('know within 600 ms what is changed by psql', { timeout: 180_000 }, async () => {
    const outside = await changesBySql();
    const took: number[] = [];
    const late: string[] = [];
    for (let turn = 0; turn < 100; turn++) {
      const { name, statement, expected, observe } = outside[turn % outside.length]!(Math.floor(turn / outside.length));
      const committedAt = await psql.commit(statement);
      const looks = await Promise.all(origins.map((origin) => untilKnown(() => observe(origin), expected, committedAt)));
      took.push(Math.max(...looks.map(({ after }) => after)));
      for (const { after, seen } of looks) if (seen !== expected) late.push(`${name}: ${seen} instead of ${expected} after ${after} ms`);
    }
    took.sort((a, b) => a - b);
    console.info(`by psql: 100 changes, known everywhere after ${median(took).toFixed(0)} ms (p50), at most ${took.at(-1)!.toFixed(0)} ms`);
    expect(late).toEqual([]);
  });

  it('answer a write hardly later than one worker alone', { timeout: 300_000 }, async () => {
    const changes = 20 * kinds.length;
    const three = await checkCoherence(kinds, { workers: origins, changes, within: 60_000 });
    const [load, wasIdle] = [loadavg()[0]!, isIdle()];
    await stack.scale('worker', 0);
    await stack.scale('api', 1);
    let costs: { name: string; alone: number; together: number }[];
    try {
      await until(async () => (await membersOf(stack)) === 1, 'the others to be gone');
      const left = (await stack.containers('api')).map(({ origin }) => origin);
      const one = await checkCoherence(kinds, { workers: left, changes, within: 60_000 });
      costs = kinds.map(({ name }) => ({ name, alone: median(one.took.get(name)!), together: median(three.took.get(name)!) }));
    } finally {
      await stack.scale('api', 3);
      await stack.scale('worker', 1);
      await stack.untilBalancedOver(3);
      origins = (await stack.containers('api')).map(({ origin }) => origin);
    }
    const lines = costs.map(({ name, alone, together }) => `${name} ${alone.toFixed(1)} -> ${together.toFixed(1)}`);
    console.info(`a write, p50 in ms, one -> three workers (load ${load.toFixed(1)}): ${lines.join(', ')}`);
    // Times of two spells can be compared where nobody else used the machine in either.
    if (wasIdle && isIdle()) expect(costs.filter(({ alone, together }) => together - alone > 20)).toEqual([]);
    else console.info('the machine was busy otherwise: no verdict on what a write costs');
  });
});

/** Whether this machine has done little in the last minute but run this test. */
function isIdle(): boolean {
  return loadavg()[0]! < availableParallelism() * 1.5;
}

async function membersOf(cluster: Stack): Promise<number> {
  const { workers } = await cluster.admin<{ workers: readonly unknown[] }>('GET', 'system/cluster');
  return workers.length;
}

/** What was seen at last, and how many milliseconds after the commit it was asked for: until it is right, or was asked for late enough to be. */
async function untilKnown(look: () => Promise<Observation>, expected: string, committedAt: number) {
  for (;;) {
    const { seen, sentAt } = await look();
    const after = Math.max(0, Math.round(sentAt - committedAt));
    if (seen === expected || after > HOLDS_AFTER) return { seen, after };
    await wait(10);
  }
}

interface OutsideChange extends Pick<Change, 'expected'>, Pick<Kind, 'name' | 'observe'> {
  readonly statement: string;
}

/** What psql changes in the records that `openKinds` made, by turns. */
async function changesBySql(): Promise<readonly ((turn: number) => OutsideChange)[]> {
  const { resource } = await stack.admin<{ resource: { id: number; name: string }[] }>(
    'GET',
    "system/service?filter=name like 'coherence%25'",
  );
  const { id, name: service } = resource[0]!;
  await psql.commit(`INSERT INTO db_table_extras (service_id, "table", label) VALUES (${id}, 'thing', 'Thing')`);
  // Values are encrypted: there are rows to take them from.
  const values = ['red', 'blue'].map((value) => ({ name: `sql_${value}`, value }));
  await stack.admin('POST', 'system/lookup', { resource: values });
  const kindOf = (name: string) => kinds.find((kind) => kind.name === name)!;
  await kindOf('admin').prepare!(origins[0]!);
  const switched = (name: string, statement: (isOn: boolean) => string) => {
    // Off first.
    let isOn = true;
    return (): OutsideChange => {
      isOn = !isOn;
      return { name, observe: kindOf(name).observe, statement: statement(isOn), expected: isOn ? 'served' : 'refused' };
    };
  };
  await psql.commit(`UPDATE role SET is_active = true WHERE name = '${service}_role'`);
  return [
    switched('role', (isOn) => `UPDATE role SET is_active = ${isOn} WHERE name = '${service}_role'`),
    switched('admin', (isOn) => `UPDATE "user" SET is_active = ${isOn} WHERE email LIKE 'deputy.%'`),
    (turn) => {
      const label = `Label ${turn}`;
      const statement = `UPDATE service SET label = '${label}' WHERE id = ${id}`;
      return { name: 'service', observe: kindOf('service').observe, statement, expected: label };
    },
    (turn) => {
      const origin = turn % 2 === 0 ? 'https://one.example' : 'https://two.example';
      const statement = `UPDATE cors_config SET origin = '${origin}' WHERE path = 'api/v2/${service}/*'`;
      return { name: 'CORS rule', observe: kindOf('CORS rule').observe, statement, expected: origin };
    },
    (turn) => {
      const word = turn % 2 === 0 ? 'red' : 'blue';
      const statement = `UPDATE lookup SET value = (SELECT value FROM lookup WHERE name = 'sql_${word}') WHERE name LIKE 'word\\_%'`;
      return { name: 'lookup', observe: kindOf('lookup').observe, statement, expected: word };
    },
    (turn) => {
      const label = `Extra ${turn}`;
      const observe = async (origin: string): Promise<Observation> => {
        const sentAt = performance.now();
        const { label: seen } = await stack.admin<{ label: string }>('GET', `${service}/_schema/thing`, undefined, origin);
        return { seen, sentAt };
      };
      const statement = `UPDATE db_table_extras SET label = '${label}' WHERE service_id = ${id} AND "table" = 'thing'`;
      return { name: 'schema extras', observe, statement, expected: label };
    },
  ];
}
