import type { ChildProcess } from 'node:child_process';

/** One side of the way between a parent and a child process (`child_process.fork`). Others may use the way too: see `frames.ts`. */
export interface IpcChannel {
  readonly isOpen: boolean;
  /** Never throws; what is sent to a side that is gone is lost. */
  send(message: object): void;
  /** Answers how to stop listening. */
  onMessage(listener: (message: unknown) => void): () => void;
  /** Called once the other side is gone; answers how to stop listening. */
  onClose(listener: () => void): () => void;
}

/** In a child: the way to its parent, which keeps the process alive while somebody listens; undefined where this process was not forked. */
export function parentChannel(): IpcChannel | undefined {
  return process.send === undefined ? undefined : channelOf(process);
}

/** In the parent: the way to a child. */
export function childChannel(child: ChildProcess): IpcChannel {
  return channelOf(child);
}

/** What `process` and a child process have in common. */
interface Side {
  readonly connected: boolean;
  send(message: object, told: () => void): boolean;
  on(event: 'message' | 'disconnect', listener: (message: unknown) => void): unknown;
  off(event: 'message' | 'disconnect', listener: (message: unknown) => void): unknown;
}

function channelOf(end: NodeJS.Process | ChildProcess): IpcChannel {
  // Their types differ in overloads that nothing here uses.
  const side = end as unknown as Side;
  return {
    get isOpen() {
      return side.connected;
    },
    send(message) {
      // With a callback an error is told there instead of being thrown or emitted.
      if (side.connected) side.send(message, () => undefined);
    },
    onMessage(listener) {
      side.on('message', listener);
      return () => side.off('message', listener);
    },
    onClose(listener) {
      side.on('disconnect', listener);
      return () => side.off('disconnect', listener);
    },
  };
}
