import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { errorDocument, type Settings, WorkerStopped } from '@headgate/core';
import type { Room } from './pipeline/room.js';

/** Milliseconds between two looks for connections on which the last call has ended. */
const SWEEP = 100;
/** Milliseconds for a last answer to leave. */
const FAREWELL = 500;

/** Follows the calls of a server, so that it can be stopped without losing one. */
export class ServerStop {
  readonly #server: Server;
  readonly #room: Room;
  readonly #open = new Set<ServerResponse>();

  constructor(server: Server, room: Room) {
    this.#server = server;
    this.#room = room;
    for (const event of ['request', 'checkContinue'] as const) {
      server.prependListener(event, (_request: IncomingMessage, response: ServerResponse) => this.#follow(response));
    }
  }

  /**
   * Stops as operations.md 7.4 D-1 says: not ready any more, and each answer the last of its connection; serves for `drain` ms, so that the
   * balancer notices; takes no new connections; lets what runs finish for up to `shutdown` ms; then answers 503 where no answer has begun.
   */
  async run({ drain, shutdown }: Pick<Settings['http'], 'drain' | 'shutdown'>): Promise<void> {
    this.#room.drain();
    for (const response of this.#open) response.shouldKeepAlive = false;
    if (drain > 0) await wait(drain);
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    // An answer that began before may have promised to keep its connection.
    const sweeping = setInterval(() => this.#server.closeIdleConnections(), SWEEP);
    const patience = new AbortController();
    await Promise.race([closed, wait(shutdown, undefined, { signal: patience.signal }).catch(() => {})]);
    patience.abort();
    clearInterval(sweeping);
    this.#room.shut();
    await this.#refuseOpen();
    this.#server.closeAllConnections();
    await closed;
  }

  #follow(response: ServerResponse): void {
    this.#open.add(response);
    response.once('close', () => this.#open.delete(response));
    if (this.#room.isDraining) response.shouldKeepAlive = false;
  }

  async #refuseOpen(): Promise<void> {
    const unanswered = [...this.#open].filter((response) => !response.headersSent && !response.destroyed);
    if (unanswered.length === 0) return;
    const text = JSON.stringify({ error: errorDocument(WorkerStopped()) });
    const gone = unanswered.map((response) => {
      const left = once(response, 'finish').catch(() => undefined);
      response.writeHead(503, {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(text),
        'Cache-Control': 'no-cache, private',
        Connection: 'close',
      });
      response.end(text);
      return left;
    });
    await Promise.race([Promise.all(gone), wait(FAREWELL, undefined, { ref: false })]);
  }
}
