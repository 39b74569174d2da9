import { randomUUID } from 'node:crypto';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import {
  equals,
  migrate,
  openSystemDatabase,
  openSystemState,
  roleTable,
  type SystemDatabaseOptions,
  type SystemStateOptions,
  seed,
} from '@headgate/system-db';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { emptyDatabase } from './databases.ts';

/** Between the worker and its database: connections can be cut, or swallow what is sent. */
class Wire {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #mode: 'whole' | 'cut' | 'silent' = 'whole';

  private constructor(server: Server) {
    this.#server = server;
  }

  static async to({ host, port }: SystemDatabaseOptions): Promise<Wire> {
    const server = createServer((near) => wire.#join(near, connect(port!, host)));
    const wire = new Wire(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return wire;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** New connections are refused and the present ones end. */
  cut(): void {
    this.#mode = 'cut';
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Nothing arrives any more, in either direction; those connections stay so for ever. */
  silence(): void {
    this.#mode = 'silent';
    for (const socket of this.#sockets) {
      socket.unpipe();
      socket.removeAllListeners('data');
      socket.pause();
    }
  }

  mend(): void {
    this.#mode = 'whole';
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  #join(near: Socket, far: Socket): void {
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    if (this.#mode === 'cut') near.destroy();
    if (this.#mode === 'whole') {
      near.pipe(far);
      far.pipe(near);
    }
  }
}

const options = await emptyDatabase('postgres');

describe.skipIf(!options)('a worker whose system database goes away', { timeout: 60_000 }, () => {
  const open: (() => Promise<void> | void)[] = [];

  beforeAll(async () => {
    await migrate(options!, { log: options!.log });
    const db = await openSystemDatabase(options!);
    await seed(db, { log: options!.log });
    await db.close();
  });
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
  });

  const worker = async (more: Partial<SystemStateOptions> = {}) => {
    const wire = await Wire.to(options!);
    open.push(() => wire.close());
    const db = await openSystemDatabase({ ...options!, host: '127.0.0.1', port: wire.port });
    open.push(() => db.close());
    const identity = { id: randomUUID(), role: 'api', host: 'here', version: '1' } as const;
    const state = await openSystemState(db, { configOf: () => undefined, log: options!.log, worker: identity, ...more });
    open.push(() => state.close());
    return { wire, db, state };
  };
  const directly = async () => {
    const db = await openSystemDatabase(options!);
    open.push(() => db.close());
    return db;
  };

  it('refuses calls, and is whole within five seconds when it is back', async () => {
    const { wire, db, state } = await worker();
    wire.cut();
    await wait(600);
    await expect((async () => state.current())()).rejects.toMatchObject({ status: 503 });
    expect(state.health.provenMsAgo).toBeGreaterThan(500);
    await wait(1_000);
    wire.mend();
    const back = performance.now();
    await expect
      .poll(
        () =>
          Promise.resolve(state.current()).then(
            () => 'served',
            () => 'refused',
          ),
        { timeout: 5_000 },
      )
      .toBe('served');
    await db.change((change) => change.insert(roleTable, { name: 'after the cut' }));
    expect(await db.findOne(roleTable, equals('name', 'after the cut'))).toBeDefined();
    expect([...state.latest.roles.values()].map((role) => role.name)).toContain('after the cut');
    expect(performance.now() - back).toBeLessThan(5_000);
  });

  it('is proven again within five seconds where its connections were lost without a word', async () => {
    const { wire, state } = await worker();
    wire.silence();
    await wait(3_000);
    await expect((async () => state.current())()).rejects.toMatchObject({ status: 503 });
    wire.mend();
    const back = performance.now();
    await expect
      .poll(
        () =>
          Promise.resolve(state.current()).then(
            () => 'served',
            () => 'refused',
          ),
        { timeout: 5_000 },
      )
      .toBe('served');
    expect(performance.now() - back).toBeLessThan(5_000);
  });

  it('does not wait for ever for a statement that was lost without a word', async () => {
    const { wire, db } = await worker();
    await db.count(roleTable);
    wire.silence();
    await expect(db.count(roleTable)).rejects.toThrow();
    wire.mend();
    expect(await db.count(roleTable)).toBeGreaterThanOrEqual(0);
  });

  it('goes on for the time of DF_SERVE_STALE with what it knew last, no longer, and forgets it when the database is back', async () => {
    const { wire, state } = await worker({ serveStaleMs: 4_000 });
    const other = await directly();
    const before = state.latest;
    wire.cut();
    await wait(600);
    expect(await state.current()).toBe(before);
    expect(state.current()).toBe(before);
    expect(state.health.isStale).toBe(true);
    await other.change((change) => change.insert(roleTable, { name: 'while away' }));
    expect(await state.current()).toBe(before);
    await wait(4_000);
    await expect((async () => state.current())()).rejects.toMatchObject({ status: 503 });
    wire.mend();
    await expect
      .poll(
        () =>
          Promise.resolve(state.current()).then(
            (now) => [...now.roles.values()].map((role) => role.name),
            () => [],
          ),
        { timeout: 5_000 },
      )
      .toContain('while away');
  });

  it('starts no call from what it knew when nobody can be sure of its row', async () => {
    const { wire, state } = await worker({ proofMs: 60_000, renewMs: 3_600_000 });
    expect(state.current()).toBe(state.latest);
    wire.cut();
    await wait(14_200);
    await expect((async () => state.current())()).rejects.toMatchObject({ status: 503 });
  });
});
