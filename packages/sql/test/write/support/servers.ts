import { GenericContainer, Wait } from 'testcontainers';

/** A database server for one test file. */
export interface TestServer {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly username: string;
  readonly password: string;
  stop(): Promise<void>;
}

/** The server named by an address in the environment, where one is at hand; else a container. */
async function server(variable: string, start: () => Promise<TestServer>): Promise<TestServer> {
  const address = process.env[variable];
  if (address === undefined) return start();
  const { hostname, port, pathname, username, password } = new URL(address);
  return { host: hostname, port: Number(port), database: pathname.slice(1), username, password, stop: async () => {} };
}

export function postgresServer(): Promise<TestServer> {
  return server('HEADGATE_TEST_POSTGRES', async () => {
    const container = await new GenericContainer('postgres:17')
      .withEnvironment({ POSTGRES_PASSWORD: 'test' })
      .withExposedPorts(5432)
      .withWaitStrategy(Wait.forLogMessage(/database system is ready to accept connections/, 2))
      .start();
    const reached = { host: container.getHost(), port: container.getMappedPort(5432) };
    return { ...reached, database: 'postgres', username: 'postgres', password: 'test', stop: async () => void (await container.stop()) };
  });
}

export function mariadbServer(): Promise<TestServer> {
  return server('HEADGATE_TEST_MARIADB', async () => {
    const container = await new GenericContainer('mariadb:11')
      .withEnvironment({ MARIADB_ROOT_PASSWORD: 'test', MARIADB_DATABASE: 'test' })
      .withExposedPorts(3306)
      .withWaitStrategy(Wait.forLogMessage(/ready for connections.*port: 3306/s))
      .start();
    const reached = { host: container.getHost(), port: container.getMappedPort(3306) };
    return { ...reached, database: 'test', username: 'root', password: 'test', stop: async () => void (await container.stop()) };
  });
}
