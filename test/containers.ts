/**
 * Database servers for tests. Each call makes an empty database of its own on a server that the whole run shares: the one that
 * HEADGATE_TEST_POSTGRES or HEADGATE_TEST_MARIADB names (a URL of a user who may create databases), else a container that is started on
 * first use (`container-setup.ts`). What was made is dropped when the run ends.
 */

/** The URL of an empty PostgreSQL database; undefined where there is no server to be had, which is an error in CI. */
export function postgresServer(): Promise<string | undefined> {
  return freshDatabase('postgres');
}

/** The URL of an empty MariaDB database; undefined where there is no server to be had, which is an error in CI. */
export function mariadbServer(): Promise<string | undefined> {
  return freshDatabase('mariadb');
}

async function freshDatabase(kind: 'postgres' | 'mariadb'): Promise<string | undefined> {
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
