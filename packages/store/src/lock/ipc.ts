import { z } from 'zod';
import type { IpcClient } from '../ipc/client.js';
import type { Lock } from './lock.js';

/** Locks in the memory of the parent process. */
export function ipcLock(client: IpcClient): Lock {
  return {
    async tryAcquire(name, ttlMs) {
      const token = await client.call({ call: 'lock.acquire', name, ttlMs }, z.string().optional());
      if (token === undefined) return undefined;
      return {
        extend: (ttlMs) => client.call({ call: 'lock.extend', name, token, ttlMs }, z.boolean()),
        release: () => client.call({ call: 'lock.release', name, token }, z.undefined()).catch(() => undefined),
      };
    },
    close: () => Promise.resolve(),
  };
}
