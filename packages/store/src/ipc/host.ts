import type { Logger } from '@headgate/core';
import { localCache } from '../cache/local.js';
import { localCounters } from '../counters/local.js';
import { LockTokens } from '../lock/tokens.js';
import type { IpcChannel } from './channel.js';
import { type Call, readFrame, signed } from './frames.js';

/** The stores of `headgate cluster`: in the memory of the parent, which serves them to its workers. */
export interface StoreHost {
  /** Serves one more worker; answers how to end that, which the end of the worker does by itself. */
  attach(channel: IpcChannel): () => void;
  close(): Promise<void>;
}

/** Everything lives as long as this process: a worker that ends takes nothing with it. */
export function hostStores(log: Logger): StoreHost {
  const cache = localCache();
  const counters = localCounters();
  const locks = new LockTokens();
  const workers = new Set<IpcChannel>();

  const done = async (call: Call): Promise<unknown> => {
    switch (call.call) {
      case 'cache.get':
        return (await cache.get(call.key))?.toString('base64');
      case 'cache.set':
        return cache.set(call.key, Buffer.from(call.value, 'base64'), call.ttlMs);
      case 'cache.delete':
        return cache.delete(call.key);
      case 'cache.clear':
        return cache.clear(call.prefix);
      case 'counters.take':
        return counters.take(call.hits);
      case 'counters.peek':
        return counters.peek(call.keys);
      case 'counters.reset':
        return counters.reset(call.keys);
      case 'lock.acquire':
        return locks.acquire(call.name, call.ttlMs);
      case 'lock.extend':
        return locks.extend(call.name, call.token, call.ttlMs);
      case 'lock.release':
        return locks.release(call.name, call.token);
      case 'ping':
        return undefined;
    }
  };
  const serve = async (channel: IpcChannel, id: number, call: Call): Promise<void> => {
    try {
      channel.send(signed({ kind: 'answer', id, isDone: true, result: await done(call) }));
    } catch (error) {
      log.error('the parent could not serve a store', { call: call.call, error: error instanceof Error ? error.message : String(error) });
      channel.send(signed({ kind: 'answer', id, isDone: false, result: undefined }));
    }
  };
  return {
    attach(channel) {
      workers.add(channel);
      const removals = [
        channel.onMessage((received) => {
          const frame = readFrame(received);
          if (frame?.kind === 'request') void serve(channel, frame.id, frame.request);
          if (frame?.kind === 'message') for (const worker of workers) worker.send(signed(frame));
        }),
        channel.onClose(() => detach()),
      ];
      const detach = () => {
        workers.delete(channel);
        for (const remove of removals) remove();
      };
      return detach;
    },
    async close() {
      workers.clear();
      locks.clear();
      await counters.close();
      await cache.close();
    },
  };
}
