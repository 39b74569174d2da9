import { Agent } from 'node:http';

/** Idle connections that are kept to one worker: as many as calls are likely to be under way. */
const MOST_IDLE = 1024;

/** A worker process as the balancer sees it. */
export class Target {
  readonly name: string;
  readonly socketPath: string;
  /** Keeps connections, and closes idle ones before the worker would, as its `Keep-Alive` header asks. */
  readonly agent = new Agent({ keepAlive: true, maxFreeSockets: MOST_IDLE });
  #inFlight = 0;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(name: string, socketPath: string) {
    this.name = name;
    this.socketPath = socketPath;
  }

  /** Calls that it has at work. */
  get inFlight(): number {
    return this.#inFlight;
  }

  enter(): void {
    this.#inFlight++;
  }

  leave(): void {
    this.#inFlight--;
    if (this.#inFlight === 0) this.#idle?.resolve();
  }

  /** Resolves when no call is at work. */
  untilIdle(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }

  close(): void {
    this.agent.destroy();
  }
}
