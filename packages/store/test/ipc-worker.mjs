/** A worker as `headgate cluster` forks it: opens its stores over IPC, and does with them what the test asks over the same way. */
import { openStores, parentChannel } from '@headgate/store';

const SILENT = { debug() {}, info() {}, warn() {}, error() {}, once() {} };
const memory = { driver: 'memory' };
const stores = await openStores({ cache: memory, counters: memory, bus: memory, lock: memory }, SILENT, { ipc: parentChannel() });

const held = new Map();
const unsubscribes = new Map();
const tell = (message) => process.send({ test: true, ...message });

const deeds = {
  'lock.tryAcquire': async (id, ...given) => {
    const one = await stores.lock.tryAcquire(...given);
    if (one) held.set(id, one);
    return one && id;
  },
  'held.extend': (_id, lock, ttlMs) => held.get(lock).extend(ttlMs),
  'held.release': (_id, lock) => held.get(lock).release(),
  'bus.subscribe': (id, topic) =>
    void unsubscribes.set(
      id,
      stores.bus.subscribe(topic, (message) => tell({ subscription: id, message })),
    ),
  'bus.unsubscribe': (_id, subscription) => unsubscribes.get(subscription)(),
};

process.on('message', async ({ test, id, deed, given }) => {
  if (!test) return;
  const [port, method] = deed.split('.');
  try {
    const result = await (deeds[deed] ? deeds[deed](id, ...given) : stores[port][method](...given));
    tell({ id, result, isConnected: stores.bus.isConnected });
  } catch (error) {
    tell({ id, error: error.reason ?? String(error) });
  }
});
tell({ isConnected: stores.bus.isConnected });
