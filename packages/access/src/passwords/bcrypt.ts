import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { InternalError } from '@headgate/core';
import type { BcryptResult, BcryptTask } from './bcrypt-worker.js';

/** bcrypt on a thread of its own, started on first use. */
export interface Bcrypt {
  hash(password: string, rounds: number): Promise<string>;
  verify(password: string, stored: string): Promise<boolean>;
  close(): Promise<void>;
}

interface Pending {
  resolve(value: string | boolean): void;
  reject(error: Error): void;
}

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

export function createBcrypt(): Bcrypt {
  const pending = new Map<number, Pending>();
  let worker: Worker | undefined;
  let lastId = 0;

  const failAll = () => {
    for (const { reject } of pending.values()) reject(InternalError());
    pending.clear();
    worker = undefined;
  };

  const start = (): Worker => {
    // Beside this file lies its thread, compiled or not as this file is.
    const started = new Worker(new URL(`./bcrypt-worker${extname(import.meta.url)}`, import.meta.url));
    started.on('message', (result: BcryptResult) => {
      const task = pending.get(result.id);
      pending.delete(result.id);
      if (pending.size === 0) started.unref();
      if ('failed' in result) task?.reject(InternalError());
      else task?.resolve(result.value);
    });
    started.on('error', failAll);
    started.unref();
    return started;
  };

  const ask = (task: WithoutId<BcryptTask>): Promise<string | boolean> =>
    new Promise((resolve, reject) => {
      worker ??= start();
      const id = ++lastId;
      pending.set(id, { resolve, reject });
      worker.ref();
      worker.postMessage({ ...task, id });
    });

  return {
    hash: async (password, rounds) => String(await ask({ kind: 'hash', password, rounds })),
    verify: async (password, stored) => (await ask({ kind: 'verify', password, stored })) === true,
    async close() {
      await worker?.terminate();
      failAll();
    },
  };
}
