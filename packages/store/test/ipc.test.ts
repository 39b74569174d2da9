import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SILENT, StoreUnavailable } from '@headgate/core';
import { describe, expect, it } from 'vitest';
import { checkHits } from '../src/counters/counter-store.ts';
import { type Bus, childChannel, hostStores, type IpcChannel, openStores, type Stores } from '../src/index.ts';
import { expectUnavailable, RecordedLog } from './backend.ts';
import { busSuite } from './bus-suite.ts';
import { cacheStoreSuite } from './cache-store-suite.ts';
import { counterStoreSuite } from './counter-store-suite.ts';
import { lockSuite } from './lock-suite.ts';

const PROGRAM = join(import.meta.dirname, 'ipc-worker.mjs');
const BUILT = join(import.meta.dirname, '../dist/index.js');
const memory = { driver: 'memory' } as const;
const MEMORY = { cache: memory, counters: memory, bus: memory, lock: memory };

/** A forked worker, whose stores are used from here: each call is made in the worker. */
class ForkedWorker {
  readonly child: ChildProcess;
  readonly #waiting = new Map<number, (answer: { result?: unknown; error?: string }) => void>();
  readonly #subscriptions = new Map<number, (message: string) => void>();
  #last = 0;
  isConnected = false;

  private constructor(child: ChildProcess) {
    this.child = child;
    child.on('message', (message: Record<string, unknown>) => {
      if (!message.test) return;
      if (typeof message.isConnected === 'boolean') this.isConnected = message.isConnected;
      if (typeof message.subscription === 'number') this.#subscriptions.get(message.subscription)?.(String(message.message));
      if (typeof message.id !== 'number') return;
      this.#waiting.get(message.id)?.(message);
      this.#waiting.delete(message.id);
    });
  }

  /** `gate` stands before what the host hears and says. */
  static async start(attach: (channel: IpcChannel) => void): Promise<ForkedWorker> {
    if (!existsSync(BUILT)) throw new Error('build first: npm run build');
    const child = fork(PROGRAM, { serialization: 'advanced', execArgv: [] });
    attach(childChannel(child));
    const worker = new ForkedWorker(child);
    await once(child, 'message');
    return worker;
  }

  async do<T>(deed: string, ...given: readonly unknown[]): Promise<T> {
    const id = ++this.#last;
    const answer = await new Promise<{ result?: unknown; error?: string }>((resolve) => {
      this.#waiting.set(id, resolve);
      this.child.send({ test: true, id, deed, given });
    });
    if (answer.error === 'store_unavailable') throw StoreUnavailable('test').withRetryAfter(5);
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.result as T;
  }

  get stores(): Omit<Stores, 'health' | 'close'> {
    const close = () => this.stop();
    return {
      cache: {
        get: async (key) => {
          const value = await this.do<Uint8Array | undefined>('cache.get', key);
          return value && Buffer.from(value);
        },
        set: (key, value, ttlMs) => this.do('cache.set', key, value, ttlMs),
        delete: (key) => this.do('cache.delete', key),
        clear: (prefix) => this.do('cache.clear', prefix),
        close,
      },
      counters: {
        take: async (hits) => {
          checkHits(hits);
          return this.do('counters.take', hits);
        },
        peek: (keys) => this.do('counters.peek', keys),
        reset: (keys) => this.do('counters.reset', keys),
        close,
      },
      bus: this.#bus(close),
      lock: {
        tryAcquire: async (name, ttlMs) => {
          const held = await this.do<number | undefined>('lock.tryAcquire', name, ttlMs);
          if (held === undefined) return undefined;
          return { extend: (ttlMs) => this.do('held.extend', held, ttlMs), release: () => this.do('held.release', held) };
        },
        close,
      },
    };
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill();
    await ended;
  }

  #bus(close: () => Promise<void>): Bus {
    const isConnected = () => this.isConnected;
    return {
      publish: (topic, message) => void this.do('bus.publish', topic, message),
      subscribe: (topic, listener) => {
        const subscription = this.#last + 1;
        // What it throws would be the worker's to catch, had it been called there.
        this.#subscriptions.set(subscription, (message) => {
          try {
            listener(message);
          } catch {}
        });
        void this.do('bus.subscribe', topic);
        return () => void this.do('bus.unsubscribe', subscription);
      },
      onReconnect: () => undefined,
      get isConnected() {
        return isConnected();
      },
      close,
    };
  }
}

/** A parent that serves forked workers, and may fall silent. */
function parent<Store>(storeOf: (stores: ForkedWorker['stores']) => Store) {
  const host = hostStores(SILENT);
  let isFrozen = false;
  return {
    open: async () => {
      const worker = await ForkedWorker.start((channel) =>
        host.attach({
          ...channel,
          onMessage: (listener) => channel.onMessage((message) => isFrozen || listener(message)),
        }),
      );
      return storeOf(worker.stores);
    },
    outage: {
      freeze: async () => {
        isFrozen = true;
      },
      restore: async () => {
        isFrozen = false;
      },
    },
    close: () => host.close(),
  };
}

cacheStoreSuite('over IPC', async () => ({ ...parent((stores) => stores.cache), resolutionMs: 1, clearsExactly: true }), ['freeze']);
counterStoreSuite('over IPC', async () => parent((stores) => stores.counters), ['freeze']);
busSuite('over IPC', async () => {
  const { open, close } = parent((stores) => stores.bus);
  return { open, close };
});
lockSuite('over IPC', async () => parent((stores) => stores.lock), ['freeze']);

describe('stores over IPC', () => {
  it('outlive the worker that wrote them, and free no lock before its time', async () => {
    const host = hostStores(SILENT);
    const first = await ForkedWorker.start((channel) => host.attach(channel));
    await first.stores.cache.set('left', Buffer.from('behind'), 60_000);
    await first.stores.lock.tryAcquire('left', 60_000);
    await first.stop();
    const second = await ForkedWorker.start((channel) => host.attach(channel));
    expect((await second.stores.cache.get('left'))?.toString()).toBe('behind');
    expect(await second.stores.lock.tryAcquire('left', 60_000)).toBeUndefined();
    await second.stop();
    await host.close();
  });

  it('are refused at once when the other side is gone, and say so', async () => {
    const worker = await ForkedWorker.start(() => undefined);
    const log = new RecordedLog();
    const stores = await openStores(MEMORY, log, { ipc: childChannel(worker.child) });
    expect(stores.health().map(({ driver, state }) => [driver, state])).toEqual(Array(4).fill(['ipc', 'connected']));
    const call = stores.cache.get('x').then(
      () => undefined,
      (error: unknown) => error,
    );
    await worker.stop();
    expect(await call).toMatchObject({ reason: 'store_unavailable' });
    await expectUnavailable(() => stores.counters.peek(['x']), 50);
    stores.bus.publish('a', 'b');
    expect(stores.bus.isConnected).toBe(false);
    expect(stores.health().map(({ state, lastError }) => [state, lastError])).toEqual(Array(4).fill(['failing', 'disconnected']));
    expect(log.lines).toHaveLength(1);
    await stores.close();
  });
});
