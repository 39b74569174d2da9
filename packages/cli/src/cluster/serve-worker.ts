import { rmdirSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { type RunningApi, startApi } from '@headgate/api';
import type { Settings } from '@headgate/core';
import { parentChannel } from '@headgate/store';
import { parentMessage, type WorkerMessage } from './messages.js';

/**
 * One worker of a cluster: an API process that only its parent can reach. It ends when its parent says so, or is gone; signals of the
 * terminal or the system, which may reach all processes at once, do not end it before its parent has stopped to send it calls.
 */
export async function serveWorker(settings: Settings, socketPath: string): Promise<void> {
  const stopped = Promise.withResolvers<void>();
  const stopping = new AbortController();
  const stop = () => {
    stopping.abort();
    stopped.resolve();
  };
  let running: RunningApi | undefined;
  process.on('message', (message) => {
    const said = parentMessage(message);
    if (said?.cluster === 'stop') stop();
    if (said?.cluster === 'metrics') {
      tell({ cluster: 'metrics', question: said.question, snapshots: running?.metrics?.snapshot() ?? [] });
    }
  });
  process.once('disconnect', stop);
  // The parent may have gone while this process was loading.
  if (!process.connected) stop();
  process.on('SIGINT', () => {});
  process.on('SIGHUP', () => {});
  process.on('SIGTERM', () => tell({ cluster: 'leaving' }));

  try {
    running = await startApi(settings, { signal: stopping.signal, socketPath, ipc: parentChannel() });
    tell({ cluster: 'listening' });
    await stopped.promise;
    await running.close();
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
  } finally {
    if (process.connected) process.disconnect();
    else leaveNoFolder(socketPath);
  }
}

function tell(message: WorkerMessage): void {
  // Without a parent the channel is closed, which ends this process anyway.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

/** What a parent that was killed could not remove: the last of its workers does. */
function leaveNoFolder(socketPath: string): void {
  try {
    rmdirSync(path.dirname(socketPath));
  } catch {
    // Others are still there.
  }
}
