import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createApiServer, createClientAddresses } from '@headgate/api';
import { SILENT } from '@headgate/core';
import { createBalancer } from '../../src/cluster/balancer.js';
import { Rotation } from '../../src/cluster/rotation.js';
import { Target } from '../../src/cluster/target.js';

/** What reached a worker, read to its end. */
export interface Arrived {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Answer = (arrived: Arrived, response: ServerResponse, request: IncomingMessage) => void;

/** A worker whose answers a test writes: a real HTTP server on a socket of its own. */
export class StubWorker {
  readonly arrived: Arrived[] = [];
  readonly target: Target;
  answer: Answer = (_arrived, response) => response.end(`{"worker":"${this.target.name}"}`);
  readonly #server: Server;

  private constructor(name: string, socketPath: string) {
    this.target = new Target(name, socketPath);
    this.#server = createServer({ maxHeaderSize: 1024 * 1024 }, (request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        const arrived = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
        this.arrived.push(arrived);
        this.answer(arrived, response, request);
      });
    });
  }

  static async start(name: string, folder: string): Promise<StubWorker> {
    const worker = new StubWorker(name, path.join(folder, `${name}.sock`));
    await new Promise<void>((resolve) => worker.#server.listen(worker.target.socketPath, resolve));
    return worker;
  }

  async close(): Promise<void> {
    this.target.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export interface BalancedWorkers {
  readonly workers: readonly StubWorker[];
  readonly rotation: Rotation;
  readonly port: number;
  readonly origin: string;
  /** A worker more, which is not in the rotation yet. */
  add(name: string): Promise<StubWorker>;
  close(): Promise<void>;
}

/** The balancer before workers `a`, `b` ... */
export async function balance(count: number, trusted: readonly string[] = []): Promise<BalancedWorkers> {
  const folder = await mkdtemp(path.join(tmpdir(), 'headgate-balancer-'));
  const rotation = new Rotation();
  const workers: StubWorker[] = [];
  const add = async (name: string) => {
    const worker = await StubWorker.start(name, folder);
    workers.push(worker);
    return worker;
  };
  for (let index = 0; index < count; index++) rotation.add((await add(String.fromCharCode(97 + index))).target);
  const server = createApiServer(
    createBalancer({
      rotation,
      addresses: createClientAddresses(trusted),
      prefix: 'api',
      log: SILENT,
      isClosing: () => false,
      onUnreachable: (target) => rotation.remove(target),
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    workers,
    rotation,
    port,
    origin: `http://127.0.0.1:${port}`,
    add,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all(workers.map((worker) => worker.close()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Sends bytes as they are and answers all that comes back until the connection ends. */
export function sendRaw(port: number, ...parts: readonly (string | Buffer)[]): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = openRaw(port);
    socket.on('data', (chunk) => (text += chunk));
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
    for (const part of parts) socket.write(part);
    socket.setTimeout(3000, () => socket.destroy());
  });
}

export function openRaw(port: number): Socket {
  return connect({ host: '127.0.0.1', port });
}

/** Resolves when `holds` does; rejects after five seconds. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  for (const deadline = performance.now() + 5000; !holds(); ) {
    if (performance.now() > deadline) throw new Error(`did not happen within 5 seconds: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
