import { type ConnectionReport, HeadgateError, SourceRefused } from '@headgate/core';
import type { SqlConfig } from '../config.js';
import type { Connector } from '../dialect/dialect.js';
import { NO_EXTRAS } from '../schema/extras.js';
import { ServiceSchema } from '../schema/service-schema.js';
import { textOf } from '../source/translate.js';

/**
 * Connects once, says what is there and closes (`?dry_run=true`, `headgate connect`). Throws `EgressRefused` or `SourceRefused`; the
 * text of the driver is in `detail` alone.
 */
export async function probeSqlSource(connector: Connector, { schema }: Pick<SqlConfig, 'schema'>): Promise<ConnectionReport> {
  try {
    const connection = await connector.open();
    try {
      const catalogue = await connector.dialect.introspect(connection, { schema });
      const found = new ServiceSchema(catalogue, 0, NO_EXTRAS);
      return { server: found.serverVersion, tables: found.tables.map(({ name }) => name) };
    } finally {
      await connection.close();
    }
  } catch (error) {
    if (error instanceof HeadgateError) throw error;
    throw SourceRefused(problemOf(connector, error)).withDetail(textOf(error), error);
  }
}

function problemOf({ dialect }: Connector, error: unknown): string {
  const problem = dialect.classify(error);
  if (problem?.kind === 'timeout') return 'The database did not answer in time.';
  return problem?.kind === 'unavailable' ? 'The database cannot be reached, or refuses the log-in.' : 'The database cannot be read.';
}
