import type { Connector } from '../dialect/dialect.js';
import { ConnectionPool, type SourceOptions } from './connection-pool.js';
import type { Source } from './source.js';

/** The source of one service. Connects nowhere until the first call needs it. */
export function openSource(connector: Connector, options: SourceOptions): Source {
  return new ConnectionPool(connector, options);
}
