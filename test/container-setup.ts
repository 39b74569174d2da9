import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import pg from 'pg';
import type { StartedTestContainer } from 'testcontainers';

/**
 * Hands out empty databases and stores to all test files of a run (`containers.ts`), over HTTP because each file runs in a process of its
 * own. A server is started when the first test asks for it.
 */
export default async function setUp(): Promise<() => Promise<void>> {
  const servers: Readonly<Record<string, { hand(): Promise<string>; close(): Promise<void> }>> = {
    '/postgres': new DatabaseServer(postgres),
    '/mariadb': new DatabaseServer(mariadb),
    '/redis': new StoreServer(redis),
    '/memcached': new StoreServer(memcached),
  };
  const broker = createServer(async (request, response) => {
    const server = servers[request.url ?? ''];
    try {
      if (!server) throw new Error(`no such server: ${request.url}`);
      response.end(await server.hand());
    } catch (error) {
      response.statusCode = 503;
      response.end(error instanceof Error ? error.message : String(error));
    }
  });
  await new Promise<void>((resolve) => broker.listen(0, '127.0.0.1', resolve));
  process.env.HEADGATE_TEST_BROKER = `http://127.0.0.1:${(broker.address() as AddressInfo).port}`;
  return async () => {
    broker.closeAllConnections();
    broker.close();
    await Promise.all(Object.values(servers).map((server) => server.close()));
  };
}

interface ServerKind {
  /** A server that is there already. */
  readonly url: string | undefined;
  start(): Promise<{ readonly container: StartedTestContainer; readonly url: string }>;
  run(url: string, statement: string): Promise<void>;
  readonly dropDatabase: (name: string) => string;
}

/** Milliseconds for a started container to answer. */
const START_TIMEOUT = 60_000;

/** Hands out an empty database at each call. */
class DatabaseServer {
  readonly #kind: ServerKind;
  readonly #databases: string[] = [];
  #starting: Promise<{ readonly container?: StartedTestContainer; readonly url: string }> | undefined;

  constructor(kind: ServerKind) {
    this.#kind = kind;
  }

  async hand(): Promise<string> {
    const { url } = await this.#start();
    const name = `headgate_test_${randomBytes(6).toString('hex')}`;
    await this.#kind.run(url, `CREATE DATABASE ${name}`);
    this.#databases.push(name);
    const fresh = new URL(url);
    fresh.pathname = `/${name}`;
    return fresh.href;
  }

  async close(): Promise<void> {
    const started = await this.#starting?.catch(() => undefined);
    if (started?.container) await started.container.stop();
    else if (started) for (const name of this.#databases) await this.#kind.run(started.url, this.#kind.dropDatabase(name));
  }

  #start() {
    this.#starting ??= this.#kind.url === undefined ? this.#startContainer() : Promise.resolve({ url: this.#kind.url });
    return this.#starting;
  }

  /** A server that sets itself up does not listen on TCP yet: the first answer is the sign. */
  async #startContainer() {
    const { container, url } = await this.#kind.start();
    for (const deadline = performance.now() + START_TIMEOUT; ; await setTimeout(100)) {
      try {
        await this.#kind.run(url, 'SELECT 1');
        return { container, url };
      } catch (error) {
        if (performance.now() < deadline) continue;
        await container.stop();
        throw error;
      }
    }
  }
}

interface StoreKind {
  /** A server that is there already. */
  readonly url: string | undefined;
  readonly image: string;
  readonly port: number;
  readonly command: readonly string[];
  readonly scheme: string;
  /** What is asked to find out whether it answers, and how the answer starts. */
  readonly greeting: readonly [question: string, answer: string];
}

/** Hands out the one server to all: each test keeps to a prefix of its own. */
class StoreServer {
  readonly #kind: StoreKind;
  #starting: Promise<string> | undefined;
  #container: StartedTestContainer | undefined;

  constructor(kind: StoreKind) {
    this.#kind = kind;
  }

  hand(): Promise<string> {
    this.#starting ??= this.#kind.url === undefined ? this.#start(this.#kind) : Promise.resolve(this.#kind.url);
    return this.#starting;
  }

  async close(): Promise<void> {
    await this.#starting?.catch(() => undefined);
    await this.#container?.stop();
  }

  async #start({ image, port, command, scheme, greeting }: StoreKind): Promise<string> {
    const { GenericContainer } = await testcontainers();
    this.#container = await new GenericContainer(image)
      .withCommand([...command])
      .withExposedPorts(port)
      .start();
    const [host, mapped] = [this.#container.getHost(), this.#container.getMappedPort(port)];
    for (const deadline = performance.now() + START_TIMEOUT; !(await answers(host, mapped, greeting)); await setTimeout(100)) {
      if (performance.now() >= deadline) throw new Error(`${image} does not answer`);
    }
    return `${scheme}://${host}:${mapped}`;
  }
}

function answers(host: string, port: number, [question, answer]: StoreKind['greeting']): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => socket.write(question));
    const end = (isAnswered: boolean) => {
      socket.destroy();
      resolve(isAnswered);
    };
    socket.setTimeout(1000, () => end(false));
    socket.on('error', () => end(false));
    socket.on('close', () => end(false));
    socket.on('data', (data) => end(data.toString().startsWith(answer)));
  });
}

const redis: StoreKind = {
  url: process.env.HEADGATE_TEST_REDIS,
  image: 'redis:8',
  port: 6379,
  command: ['redis-server', '--protected-mode', 'no', '--save', '', '--appendonly', 'no'],
  scheme: 'redis',
  greeting: ['PING\r\n', '+PONG'],
};

const memcached: StoreKind = {
  url: process.env.HEADGATE_TEST_MEMCACHED,
  image: 'memcached:1',
  port: 11_211,
  command: ['memcached', '-m', '64'],
  scheme: 'memcached',
  greeting: ['version\r\n', 'VERSION'],
};

const PASSWORD = 'headgate';

const postgres: ServerKind = {
  url: process.env.HEADGATE_TEST_POSTGRES,
  async start() {
    const { GenericContainer } = await testcontainers();
    const container = await new GenericContainer('postgres:17')
      .withEnvironment({ POSTGRES_PASSWORD: PASSWORD })
      .withTmpFs({ '/var/lib/postgresql/data': 'rw' })
      .withCommand(['postgres', '-c', 'fsync=off', '-c', 'max_connections=300'])
      .withExposedPorts(5432)
      .start();
    return { container, url: `postgres://postgres:${PASSWORD}@${container.getHost()}:${container.getMappedPort(5432)}/postgres` };
  },
  async run(url, statement) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  },
  dropDatabase: (name) => `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`,
};

const mariadb: ServerKind = {
  url: process.env.HEADGATE_TEST_MARIADB,
  async start() {
    const { GenericContainer } = await testcontainers();
    const container = await new GenericContainer('mariadb:11')
      .withEnvironment({ MARIADB_ROOT_PASSWORD: PASSWORD })
      .withTmpFs({ '/var/lib/mysql': 'rw' })
      .withExposedPorts(3306)
      .start();
    return { container, url: `mysql://root:${PASSWORD}@${container.getHost()}:${container.getMappedPort(3306)}/mysql` };
  },
  async run(url, statement) {
    const connection = await mysql.createConnection(url);
    try {
      await connection.query(statement);
    } finally {
      await connection.end();
    }
  },
  dropDatabase: (name) => `DROP DATABASE IF EXISTS ${name}`,
};

/** The reaper would need the Docker socket inside a container; this run stops its containers itself. */
async function testcontainers() {
  process.env.TESTCONTAINERS_RYUK_DISABLED ??= 'true';
  return import('testcontainers');
}
