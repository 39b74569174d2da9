/**
 * Servers for tests, each shared by the whole run: the one that HEADGATE_TEST_POSTGRES, HEADGATE_TEST_MARIADB (a URL of a user who may
 * create databases), HEADGATE_TEST_REDIS or HEADGATE_TEST_MEMCACHED names, else a container that is started on first use
 * (`container-setup.ts`). For databases each call makes an empty one of its own, which is dropped when the run ends.
 */

/** The URL of an empty PostgreSQL database; undefined where there is no server to be had, which is an error in CI. */
export function postgresServer(): Promise<string | undefined> {
  return server('postgres');
}

/** The URL of an empty MariaDB database; undefined where there is no server to be had, which is an error in CI. */
export function mariadbServer(): Promise<string | undefined> {
  return server('mariadb');
}

/** The URL of a Redis that the whole run shares: keep to a prefix of your own, and leave its settings and its other data alone. */
export function redisServer(): Promise<string | undefined> {
  return server('redis');
}

/** `memcached://host:port` of a memcached that the whole run shares: keep to a prefix of your own. */
export function memcachedServer(): Promise<string | undefined> {
  return server('memcached');
}

async function server(kind: 'postgres' | 'mariadb' | 'redis' | 'memcached'): Promise<string | undefined> {
  const broker = process.env.HEADGATE_TEST_BROKER;
  if (!broker) throw new Error('run tests by vitest: its globalSetup (test/container-setup.ts) hands out databases');
  const answer = await fetch(`${broker}/${kind}`, { method: 'POST', signal: AbortSignal.timeout(110_000) });
  const text = await answer.text();
  if (answer.ok) return text;
  if (process.env.CI) throw new Error(`no ${kind} server for the tests: ${text}`);
  console.warn(
    `\n*** LEFT OUT: the tests on ${kind}, because no server is to be had: ${text}\n*** Start Docker, or set HEADGATE_TEST_${kind.toUpperCase()} to the URL of a server.\n`,
  );
  return undefined;
}

/** Whether containers can be started; that none can is an error in CI. */
export async function hasEngine(): Promise<boolean> {
  // Its reaper would need an image of its own; whoever starts a container stops it.
  process.env.TESTCONTAINERS_RYUK_DISABLED ??= 'true';
  const { getContainerRuntimeClient } = await import('testcontainers');
  try {
    await getContainerRuntimeClient();
    return true;
  } catch (error) {
    if (process.env.CI) throw error;
    console.warn('\n*** LEFT OUT: tests that start containers of their own, because no Docker engine answers.\n');
    return false;
  }
}
