import type { Logger, Settings } from '@headgate/core';
import { CONNECTIONS_BESIDE_POOL, inspectSystemServer, type Member, type SystemDatabaseOptions } from '@headgate/system-db';

/** Workers silent for longer count as gone. */
const GONE_SECONDS = 15;

/** How many workers there are. */
async function present(members: () => Promise<readonly Member[]>): Promise<readonly Member[]> {
  return (await members()).filter(({ silentSeconds }) => silentSeconds <= GONE_SECONDS);
}

/** How many workers of the API there are: they alone connect to data sources. */
export async function countApiWorkers(members: () => Promise<readonly Member[]>): Promise<number> {
  return (await present(members)).filter(({ identity }) => identity.role === 'api').length;
}

/** Warns where the pools of all workers may open more connections than the server of the system database gives. Never rejects. */
export async function warnOfSystemConnections(
  options: SystemDatabaseOptions,
  members: () => Promise<readonly Member[]>,
  { database }: Pick<Settings, 'database'>,
  log: Logger,
): Promise<void> {
  if (options.dialect === 'sqlite') return;
  try {
    const { maxConnections } = await inspectSystemServer(options);
    const workers = Math.max(1, (await present(members)).length);
    const sum = workers * (database.poolMax + CONNECTIONS_BESIDE_POOL);
    if (maxConnections === undefined || sum <= maxConnections) return;
    log.warn(
      `the workers may open more connections to the system database than it gives: ${workers} workers x (${database.poolMax} of DB_POOL_MAX + ${CONNECTIONS_BESIDE_POOL}) = ${sum}, the server gives ${maxConnections}. Lower DB_POOL_MAX, or raise max_connections.`,
    );
  } catch (error) {
    log.debug('the limit of the system database is not known', { error: error instanceof Error ? error.message : String(error) });
  }
}
