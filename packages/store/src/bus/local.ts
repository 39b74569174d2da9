import type { Logger } from '@headgate/core';
import type { Bus } from './bus.js';
import { Listeners } from './listeners.js';

/** A bus within this process. */
export function localBus(log: Logger): Bus {
  const listeners = new Listeners(log);
  let isOpen = true;
  return {
    publish: (topic, message) => setImmediate(() => listeners.tell(topic, message)),
    subscribe: (topic, listener) => listeners.add(topic, listener).remove,
    onReconnect: () => undefined,
    get isConnected() {
      return isOpen;
    },
    async close() {
      isOpen = false;
      listeners.clear();
    },
  };
}
