import { z } from 'zod';
import type { IpcClient } from '../ipc/client.js';
import { type CounterStore, checkHits } from './counter-store.js';

const count = z.object({ key: z.string(), count: z.number(), endsInMs: z.number(), endsAt: z.number() });
const verdict = z.object({
  isAllowed: z.boolean(),
  counts: z.array(count.extend({ isRefused: z.boolean(), isFirstRefusal: z.boolean() })),
});

/** Counters in the memory of the parent process. */
export function ipcCounters(client: IpcClient): CounterStore {
  return {
    async take(hits) {
      checkHits(hits);
      return client.call({ call: 'counters.take', hits: [...hits] }, verdict);
    },
    peek: (keys) => client.call({ call: 'counters.peek', keys: [...keys] }, z.array(count)),
    reset: (keys) => client.call({ call: 'counters.reset', keys: [...keys] }, z.undefined()),
    close: () => Promise.resolve(),
  };
}
