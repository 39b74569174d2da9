import type { Logger } from '@headgate/core';
import type { IpcClient } from '../ipc/client.js';
import type { Bus } from './bus.js';
import { Listeners } from './listeners.js';

/** A bus over the parent process. A way that is cut never comes back: the worker ends with its parent. */
export function ipcBus(client: IpcClient, log: Logger): Bus {
  const listeners = new Listeners(log);
  client.onMessage((topic, message) => listeners.tell(topic, message));
  return {
    publish: (topic, message) => client.publish(topic, message),
    subscribe: (topic, listener) => listeners.add(topic, listener).remove,
    onReconnect: () => undefined,
    get isConnected() {
      return client.isConnected;
    },
    async close() {
      listeners.clear();
    },
  };
}
