import { GenericContainer, Wait } from 'testcontainers';

type HealthCheck = Parameters<GenericContainer['withHealthCheck']>[0];

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

/** The servers that set up a new database listen on a socket file only, so who answers over TCP is ready. */
function overTcp(command: string): HealthCheck {
  return { test: ['CMD-SHELL', command], interval: 500, timeout: 5_000, retries: 200 };
}

export function postgresServer(): Promise<TestServer> {
  return server('HEADGATE_TEST_POSTGRES', async () => {
    const container = await new GenericContainer('postgres:17')
      .withEnvironment({ POSTGRES_PASSWORD: 'test' })
      .withExposedPorts(5432)
      .withHealthCheck(overTcp('pg_isready -h 127.0.0.1 -U postgres'))
      .withWaitStrategy(Wait.forHealthCheck())
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
      .withHealthCheck(overTcp('mariadb-admin ping -h 127.0.0.1 --protocol=tcp -uroot -ptest'))
      .withWaitStrategy(Wait.forHealthCheck())
      .start();
    const reached = { host: container.getHost(), port: container.getMappedPort(3306) };
    return { ...reached, database: 'test', username: 'root', password: 'test', stop: async () => void (await container.stop()) };
  });
}
