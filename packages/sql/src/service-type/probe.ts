import { type ConnectionReport, EgressRefused, HeadgateError, type JsonObject, OwnStoreRefused, SourceRefused } from '@headgate/core';
import type { SqlConfig } from '../config.js';
import type { Connector, ConnectProblem } from '../dialect/dialect.js';
import { NO_EXTRAS } from '../schema/extras.js';
import { ServiceSchema } from '../schema/service-schema.js';
import { textOf } from '../source/translate.js';

/**
 * Connects once, says what is there and closes (`?dry_run=true`, `headgate connect`). Throws `EgressRefused`, `OwnStoreRefused` or
 * `SourceRefused`, with what is wrong by field of the configuration in `context`; the text of the driver is in `detail` alone.
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
    if (error instanceof HeadgateError) throw ofHost(error);
    const { fields, message } = connector.dialect.connectProblem(error) ?? otherProblem(connector, error);
    throw SourceRefused(message).withContext(byField(fields, message)).withDetail(textOf(error), error);
  }
}

/** As a refused configuration says it: messages by field. */
function byField(fields: readonly string[], message: string): JsonObject | null {
  return fields.length === 0 ? null : Object.fromEntries(fields.map((field) => [field, [message]]));
}

function ofHost(error: HeadgateError): HeadgateError {
  const isHost = error.context === null && (error.is(EgressRefused) || error.is(OwnStoreRefused));
  return isHost ? error.withContext({ host: [error.message] }) : error;
}

function otherProblem({ dialect }: Connector, error: unknown): ConnectProblem {
  const problem = dialect.classify(error);
  if (problem?.kind === 'timeout') return { fields: [], message: 'The database did not answer in time.' };
  if (problem?.kind === 'forbidden') return { fields: ['username'], message: 'The user may not read what tables there are.' };
  const isUnreachable = problem?.kind === 'unavailable';
  return { fields: [], message: isUnreachable ? 'The database cannot be reached, or refuses the log-in.' : 'The database cannot be read.' };
}
