import { SILENT } from '@headgate/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Connection } from '../../src/dialect/dialect.js';
import { ConnectionBudget } from '../../src/source/budget.js';
import type { SourceOptions } from '../../src/source/connection-pool.js';
import { openSource } from '../../src/source/open-source.js';
import { driverError, FakeConnector } from './fake-connector.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

function pool(connector: FakeConnector, options: Partial<SourceOptions> = {}) {
  return openSource(connector, {
    serviceName: 'db',
    poolMax: 2,
    acquireTimeoutMs: 1_000,
    budget: new ConnectionBudget(100),
    log: SILENT,
    ...options,
  });
}

const settled = () => vi.advanceTimersByTimeAsync(0);

describe('a pool', () => {
  it('hands an idle connection out at once, the one used last first', async () => {
    const source = pool(new FakeConnector());
    const [first, second] = await Promise.all([source.acquire(), source.acquire()]);
    source.release(first!);
    source.release(second!);
    expect(source.acquire()).toBe(second);
    expect(source.acquire()).toBe(first);
    expect(source.acquire()).toBeInstanceOf(Promise);
  });

  it('never opens more than its size, and serves who waits longest first', async () => {
    const connector = new FakeConnector();
    const source = pool(connector);
    const held = await Promise.all([source.acquire(), source.acquire()]);
    const order: string[] = [];
    const third = Promise.resolve(source.acquire()).then(() => order.push('third'));
    const fourth = Promise.resolve(source.acquire()).then(() => order.push('fourth'));
    source.release(held[0]!);
    await third;
    source.release(held[1]!);
    await fourth;
    expect(order).toEqual(['third', 'fourth']);
    expect(connector.attempts).toBe(2);
  });

  it('answers busy with Retry-After when none comes free in time', async () => {
    const source = pool(new FakeConnector(), { poolMax: 1 });
    await source.acquire();
    const waiting = expect(source.acquire()).rejects.toMatchObject({ reason: 'source_busy', status: 503, retryAfter: 1 });
    await vi.advanceTimersByTimeAsync(1_000);
    await waiting;
    expect(source.state.waiting).toBe(0);
  });

  it('bounds who may wait', async () => {
    const source = pool(new FakeConnector(), { poolMax: 1, maxWaiting: 1 });
    await source.acquire();
    source.acquire() as Promise<Connection>;
    expect(() => source.acquire()).toThrow(expect.objectContaining({ reason: 'source_busy' }));
  });

  it('refuses at once who comes while nothing comes free, beyond a queue that always may be', async () => {
    const source = pool(new FakeConnector(), { poolMax: 1, maxQueueMs: 300, acquireTimeoutMs: 10_000 });
    const held = await source.acquire();
    const waiting = Array.from({ length: 5 }, () => source.acquire() as Promise<Connection>);
    await vi.advanceTimersByTimeAsync(400);
    expect(() => source.acquire()).toThrow(
      expect.objectContaining({ reason: 'source_busy', status: 503, message: "Service 'db' is busy." }),
    );
    expect(source.state).toMatchObject({ waiting: 5, refused: 1 });
    source.release(held);
    source.release(await waiting[0]!);
    source.release(await waiting[1]!);
    const late = source.acquire() as Promise<Connection>;
    expect(source.state).toMatchObject({ waiting: 3, refused: 1 });
    for (const connection of [...waiting.slice(2), late]) source.release(await connection);
  });

  it('lets no more calls wait than come to their turn in time, however quickly they come', async () => {
    const source = pool(new FakeConnector(), { poolMax: 1, maxQueueMs: 300, acquireTimeoutMs: 60_000 });
    const work = () => source.use(() => new Promise<void>((resolve) => setTimeout(resolve, 10)));
    const waits: number[] = [];
    let refused = 0;
    // Three times as many as there can be served, for six seconds.
    for (let call = 0; call < 1_800; call++) {
      const asked = performance.now();
      work().then(
        () => waits.push(performance.now() - asked),
        () => refused++,
      );
      await vi.advanceTimersByTimeAsync(call % 3 === 0 ? 4 : 3);
    }
    await vi.advanceTimersByTimeAsync(1_000);
    expect(Math.max(...waits.slice(200))).toBeLessThanOrEqual(330);
    expect(waits.length).toBeGreaterThan(0.98 * 600);
    expect(refused).toBe(1_800 - waits.length);
  });

  it('adds what a call waited, and what it had a connection for, to its account', async () => {
    const source = pool(new FakeConnector(), { poolMax: 1 });
    const held = await source.acquire();
    const timing = { databaseMs: 0, waitingMs: 0 };
    const used = source.use(() => new Promise<void>((resolve) => setTimeout(resolve, 70)), { timing });
    await vi.advanceTimersByTimeAsync(50);
    source.release(held);
    await vi.advanceTimersByTimeAsync(70);
    await used;
    expect(timing).toEqual({ databaseMs: 70, waitingMs: 50 });
  });

  it('closes connections that nobody used for a while', async () => {
    const connector = new FakeConnector();
    const source = pool(connector, { idleTimeoutMs: 10_000 });
    source.release(await source.acquire());
    await vi.advanceTimersByTimeAsync(20_000);
    expect(source.state).toMatchObject({ open: 0, idle: 0 });
    expect(connector.opened[0]?.isClosed).toBe(true);
  });

  it('tries a connection that was idle long, and replaces a dead one', async () => {
    const connector = new FakeConnector();
    const source = pool(connector, { validateAfterMs: 5_000, idleTimeoutMs: 60_000 });
    source.release(await source.acquire());
    await vi.advanceTimersByTimeAsync(6_000);
    connector.opened[0]!.isDead = true;
    const connection = await source.acquire();
    expect(connection).toBe(connector.opened[1]);
    expect(connector.opened[0]?.log).toEqual(['SELECT 1']);
    expect(connector.opened[0]?.isClosed).toBe(true);
  });

  it('replaces a connection that broke in use and mistrusts the idle ones', async () => {
    const connector = new FakeConnector();
    const source = pool(connector);
    const [first, second] = await Promise.all([source.acquire(), source.acquire()]);
    source.release(first!);
    connector.opened[1]!.isBroken = true;
    source.release(second!);
    expect(source.state).toMatchObject({ open: 1, idle: 1 });
    await source.acquire();
    expect(connector.opened[0]?.log).toEqual(['SELECT 1']);
  });

  it('ignores a connection that is given back twice', async () => {
    const source = pool(new FakeConnector());
    const connection = await source.acquire();
    source.release(connection);
    source.release(connection);
    expect(source.state.idle).toBe(1);
  });
});

describe('work on a pool', () => {
  it('gives its connection back whatever happens, and keeps driver texts from clients', async () => {
    const source = pool(new FakeConnector());
    await source.use(async () => 'fine');
    const failing = source.use(async () => {
      throw driverError('23505');
    });
    await expect(failing).rejects.toMatchObject({ reason: 'source_error', message: 'The database could not process the request.' });
    await expect(failing).rejects.toMatchObject({ detail: expect.stringContaining('secret.internal') });
    expect(source.state).toMatchObject({ open: 1, idle: 1 });
  });

  it('does not dress faults of our own as errors of the database', async () => {
    const fault = new TypeError('a mistake');
    await expect(
      pool(new FakeConnector()).use(async () => {
        throw fault;
      }),
    ).rejects.toBe(fault);
  });

  it('commits what returns and rolls back what throws', async () => {
    const connector = new FakeConnector();
    const source = pool(connector);
    await source.transaction(async (connection) => connection.query('a'));
    await expect(source.transaction(() => Promise.reject(driverError('x')))).rejects.toMatchObject({ reason: 'source_error' });
    expect(connector.opened[0]?.log).toEqual(['begin', 'a', 'commit', 'begin', 'rollback']);
  });

  it('gives a connection up whose transaction may still be open', async () => {
    const connector = new FakeConnector();
    const source = pool(connector);
    const failing = source.transaction(async () => {
      const connection = connector.opened[0]!;
      connection.rollback = () => Promise.reject(driverError('08P01'));
      throw driverError('x');
    });
    await expect(failing).rejects.toMatchObject({ reason: 'source_error' });
    expect(connector.opened[0]?.isClosed).toBe(true);
    expect(source.state).toMatchObject({ open: 0, idle: 0 });
  });
});

describe('a caller that goes away', () => {
  it('leaves the queue', async () => {
    const source = pool(new FakeConnector(), { poolMax: 1 });
    await source.acquire();
    const gone = new AbortController();
    const waiting = expect(source.acquire(gone.signal)).rejects.toMatchObject({ reason: 'call_cancelled' });
    gone.abort();
    await waiting;
    expect(source.state.waiting).toBe(0);
  });

  it('has its statement cancelled', async () => {
    const connector = new FakeConnector();
    const source = pool(connector);
    const gone = new AbortController();
    const running = expect(source.use((connection) => connection.query('wait'), { signal: gone.signal })).rejects.toMatchObject({
      reason: 'call_cancelled',
    });
    await settled();
    gone.abort();
    await running;
    expect(connector.opened[0]?.log).toEqual(['wait', 'cancel']);
  });

  it('has no effect on who uses the connection next', async () => {
    const connector = new FakeConnector();
    const source = pool(connector);
    const gone = new AbortController();
    await source.use(async () => {}, { signal: gone.signal });
    const connection = await source.acquire();
    gone.abort();
    expect(connector.opened[0]?.log).toEqual([]);
    source.release(connection);
  });

  it('is not served when it was gone before', async () => {
    const connector = new FakeConnector();
    await expect(pool(connector).use(async () => {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ reason: 'call_cancelled' });
    expect(connector.attempts).toBe(0);
  });
});

describe('a source that cannot be reached', () => {
  it('answers unavailable without the text of the network', async () => {
    const connector = new FakeConnector();
    connector.failure = driverError('ECONNREFUSED');
    const source = pool(connector);
    const refused = Promise.resolve().then(() => source.acquire());
    await expect(refused).rejects.toMatchObject({
      reason: 'source_unavailable',
      message: "The data source of service 'db' is not available.",
    });
    await expect(refused).rejects.toMatchObject({ detail: expect.stringContaining('secret.internal'), retryAfter: expect.any(Number) });
    expect(source.state.lastError).toBe('Nothing accepts connections at this host and port.');
  });

  it('is asked no more after some failures, then by one probe at a time', async () => {
    const connector = new FakeConnector();
    connector.failure = driverError('ECONNREFUSED');
    const source = pool(connector);
    const attempt = () => Promise.resolve().then(() => source.acquire());
    for (let i = 0; i < 3; i++) await expect(attempt()).rejects.toMatchObject({ reason: 'source_unavailable' });
    expect(source.state.breaker).toBe('open');
    await expect(attempt()).rejects.toMatchObject({ reason: 'source_unavailable' });
    expect(connector.attempts).toBe(3);

    await vi.advanceTimersByTimeAsync(1_000);
    const gate = Promise.withResolvers<void>();
    connector.gate = gate.promise;
    connector.failure = undefined;
    const probe = attempt();
    await settled();
    expect(source.state.breaker).toBe('half-open');
    await expect(attempt()).rejects.toMatchObject({ reason: 'source_unavailable' });
    expect(connector.attempts).toBe(4);
    gate.resolve();
    source.release(await probe);
    expect(source.state.breaker).toBe('closed');
    await source.use(async () => {});
  });

  it('is not called busy when it does not even answer', async () => {
    const connector = new FakeConnector();
    connector.gate = new Promise(() => {});
    const waiting = expect(pool(connector).acquire()).rejects.toMatchObject({ reason: 'source_unavailable', status: 503 });
    await vi.advanceTimersByTimeAsync(1_000);
    await waiting;
  });

  it('still serves from the connections it has', async () => {
    const connector = new FakeConnector();
    const source = pool(connector);
    const held = await source.acquire();
    connector.failure = driverError('ETIMEDOUT');
    const waiting = source.acquire();
    await settled();
    source.release(held);
    expect(await waiting).toBe(held);
  });
});

describe('the budget over all services', () => {
  it('lets each service have one connection at least', async () => {
    const budget = new ConnectionBudget(2);
    const busy = pool(new FakeConnector(), { budget, poolMax: 5 });
    await Promise.all([busy.acquire(), busy.acquire()]);
    const waiting = busy.acquire() as Promise<Connection>;
    const other = pool(new FakeConnector(), { budget, poolMax: 5 });
    await other.acquire();
    expect(budget.used).toBe(3);
    expect(busy.state).toMatchObject({ open: 2, waiting: 1 });
    const late = expect(waiting).rejects.toMatchObject({ reason: 'source_busy' });
    await vi.advanceTimersByTimeAsync(1_000);
    await late;
  });

  it('takes idle connections from services that have some to spare', async () => {
    const budget = new ConnectionBudget(3);
    const idle = pool(new FakeConnector(), { budget });
    for (const connection of await Promise.all([idle.acquire(), idle.acquire()])) idle.release(connection);
    const asking = pool(new FakeConnector(), { budget });
    await asking.acquire();
    await asking.acquire();
    expect(asking.state.open).toBe(2);
    expect(idle.state.open).toBe(1);
  });

  it('serves a refused service when another gives a connection back', async () => {
    const budget = new ConnectionBudget(3);
    const first = pool(new FakeConnector(), { budget });
    const [one] = await Promise.all([first.acquire(), first.acquire()]);
    const second = pool(new FakeConnector(), { budget });
    await second.acquire();
    const waiting = second.acquire();
    first.release(one!);
    await waiting;
    expect(first.state.open).toBe(1);
    expect(budget.used).toBe(3);
  });
});

describe('closing', () => {
  it('waits for running calls, refuses waiting ones and gives everything back', async () => {
    const budget = new ConnectionBudget(10);
    const connector = new FakeConnector();
    const source = pool(connector, { budget, poolMax: 1 });
    const held = await source.acquire();
    const waiting = expect(source.acquire()).rejects.toMatchObject({ reason: 'source_unavailable' });
    const closed = source.close();
    await waiting;
    expect(connector.opened[0]?.isClosed).toBe(false);
    source.release(held);
    await closed;
    expect(connector.opened[0]?.isClosed).toBe(true);
    expect(budget.used).toBe(0);
  });

  it('cancels what does not end', async () => {
    const connector = new FakeConnector();
    const source = pool(connector, { drainMs: 1_000 });
    const running = expect(source.use((connection) => connection.query('wait'))).rejects.toThrow();
    await settled();
    const closed = source.close();
    await vi.advanceTimersByTimeAsync(1_000);
    await running;
    await closed;
  });
});
