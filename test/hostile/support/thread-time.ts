import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** Milliseconds of processor time of Headgate's main thread. */
export interface ThreadTime {
  readonly total: number;
  /** The most in one turn of the event loop: so long every other call waits. */
  readonly longest: number;
}

/** Measures a running Headgate that was started with `env`. */
export class ThreadTimeProbe {
  readonly env: Readonly<Record<string, string>>;
  readonly #path: string;
  #socket: Socket | undefined;

  constructor() {
    this.#path = path.join(tmpdir(), `headgate-probe-${process.pid}-${Date.now()}.sock`);
    this.env = {
      HEADGATE_PROBE: this.#path,
      NODE_OPTIONS: `--import=${pathToFileURL(path.join(import.meta.dirname, 'thread-time-probe.mjs')).href}`,
    };
  }

  /** What `work` cost; `inPieces` also measures the longest turn, and makes the total useless. */
  async measure(work: () => Promise<unknown>, inPieces: boolean): Promise<ThreadTime> {
    await this.#command(inPieces ? 'begin pieces' : 'begin');
    await work();
    return (await this.#command('end')) as ThreadTime;
  }

  close(): void {
    this.#socket?.destroy();
  }

  async #command(text: string): Promise<unknown> {
    this.#socket ??= connect(this.#path);
    const socket = this.#socket;
    return new Promise((resolve, reject) => {
      const failed = (error: Error) => reject(error);
      socket.once('error', failed);
      socket.once('data', (chunk: Buffer) => {
        socket.off('error', failed);
        resolve(JSON.parse(chunk.toString()));
      });
      socket.write(`${text}\n`);
    });
  }
}
