import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Outage } from './backend.ts';

/** Stands between a client and a server, and can be cut or frozen. */
export class TcpProxy implements Outage {
  readonly #target: { readonly host: string; readonly port: number };
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;
  #isFrozen = false;

  private constructor(target: URL) {
    this.#target = { host: target.hostname, port: Number(target.port) };
  }

  static async to(target: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(new URL(target));
    await proxy.#listen();
    return proxy;
  }

  readonly host = '127.0.0.1';

  get port(): number {
    return this.#port;
  }

  async cut(): Promise<void> {
    this.#destroySockets();
    const server = this.#server;
    this.#server = undefined;
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  }

  async freeze(): Promise<void> {
    this.#isFrozen = true;
    for (const socket of this.#sockets) socket.unpipe();
  }

  async restore(): Promise<void> {
    this.#isFrozen = false;
    // What was frozen would have lost bytes.
    this.#destroySockets();
    if (!this.#server) await this.#listen();
  }

  async close(): Promise<void> {
    await this.cut();
  }

  async #listen(): Promise<void> {
    this.#server = createServer((client) => {
      this.#watch(client);
      if (this.#isFrozen) return;
      const server = connect(this.#target);
      this.#watch(server);
      client.pipe(server).pipe(client);
      client.on('close', () => server.destroy());
      server.on('close', () => client.destroy());
    });
    await new Promise<void>((resolve) => this.#server?.listen(this.#port, this.host, resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  #watch(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
  }

  #destroySockets(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
