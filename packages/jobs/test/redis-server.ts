import { connect, createServer, type Socket } from 'node:net';
import type { RedisSettings } from '@headgate/store';
import { GenericContainer, type StartedTestContainer } from 'testcontainers';

/** A Redis of a test's own, behind a line that the test can cut. */
export interface TestRedis {
  readonly settings: RedisSettings;
  /** Ends all connections and refuses new ones. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  /** Lets connections be, and new ones be made, but nothing goes through any more. */
  hold(): void;
  /** What was held goes through. */
  release(): void;
  close(): Promise<void>;
}

/** Undefined where there is no Docker, which is an error in CI. */
export async function startRedis(): Promise<TestRedis | undefined> {
  let container: StartedTestContainer;
  try {
    container = await new GenericContainer('redis:8').withExposedPorts(6379).start();
  } catch (error) {
    if (process.env.CI) throw error;
    console.warn(`\n*** LEFT OUT: the tests on Redis, because no container can be started: ${String(error)}\n`);
    return undefined;
  }
  const [host, port] = [container.getHost(), container.getMappedPort(6379)];
  const sockets = new Set<Socket>();
  const pairs = new Set<readonly [Socket, Socket]>();
  let isHeld = false;
  const line = createServer((client) => {
    const server = connect({ host, port });
    const pair = [client, server] as const;
    pairs.add(pair);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        pairs.delete(pair);
        other.destroy();
      });
    }
    if (!isHeld) client.pipe(server).pipe(client);
  });
  const listen = (at: number) => new Promise<void>((resolve) => line.listen(at, '127.0.0.1', resolve));
  await listen(0);
  const address = line.address();
  const own = typeof address === 'object' && address !== null ? address.port : 0;
  const cut = async () => {
    const closed = new Promise((resolve) => line.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    settings: { host: '127.0.0.1', port: own, database: 3, tls: false, backoff: { algorithm: 'constant', base: 20, cap: 20 } },
    cut,
    mend: () => listen(own),
    hold() {
      isHeld = true;
      for (const [client, server] of pairs) {
        client.unpipe(server).pause();
        server.unpipe(client).pause();
      }
    },
    release() {
      isHeld = false;
      for (const [client, server] of pairs) client.pipe(server).pipe(client);
    },
    async close() {
      if (line.listening) await cut();
      await container.stop();
    },
  };
}
