import { z } from 'zod';
import type { IpcClient } from '../ipc/client.js';
import type { CacheStore } from './cache-store.js';

const nothing = z.undefined();

/** A cache in the memory of the parent process. */
export function ipcCache(client: IpcClient): CacheStore {
  return {
    async get(key) {
      const value = await client.call({ call: 'cache.get', key }, z.string().optional());
      return value === undefined ? undefined : Buffer.from(value, 'base64');
    },
    set: (key, value, ttlMs) => client.call({ call: 'cache.set', key, value: Buffer.from(value).toString('base64'), ttlMs }, nothing),
    delete: (key) => client.call({ call: 'cache.delete', key }, nothing),
    clear: (prefix = '') => client.call({ call: 'cache.clear', prefix }, nothing),
    close: () => Promise.resolve(),
  };
}
