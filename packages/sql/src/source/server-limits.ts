import type { Logger } from '@headgate/core';
import type { Connection, Connector, Dialect } from '../dialect/dialect.js';

/** Sessions that users like ours may have on a server, and what tells it from others. */
const QUERIES: Readonly<Partial<Record<Dialect['name'], string>>> = {
  postgres: `SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
    - coalesce(current_setting('reserved_connections', true)::int, 0),
    concat(inet_server_addr(), ':', inet_server_port(), ' ', pg_postmaster_start_time())`,
  mysql: "SELECT @@max_connections, CONCAT(@@hostname, ':', @@port)",
};

export interface ServerLimitsOptions {
  /** The most connections of all services together in one worker. */
  readonly budget: number;
  /** How many workers there are. */
  readonly countWorkers: () => Promise<number>;
  readonly log: Logger;
}

interface Server {
  readonly most: number;
  readonly pools: Map<string, number>;
  isTold: boolean;
}

/**
 * Warns, once a server, when the pools of all workers together may open more connections than it gives. A server is asked with the first
 * connection to it: a service that nobody calls opens none.
 */
export class ServerLimits {
  readonly #options: ServerLimitsOptions;
  readonly #servers = new Map<string, Server>();

  constructor(options: ServerLimitsOptions) {
    this.#options = options;
  }

  /** The connector of a service whose first connection is also asked for the server's limit. */
  watch(connector: Connector, service: string, poolMax: number): Connector {
    const query = QUERIES[connector.dialect.name];
    if (query === undefined) return connector;
    let isAsked = false;
    return {
      dialect: connector.dialect,
      open: async () => {
        const connection = await connector.open();
        if (isAsked) return connection;
        isAsked = true;
        await this.#ask(connection, query, service, poolMax).catch((error: unknown) => {
          this.#options.log.debug('the limit of a data source is not known', {
            service,
            error: error instanceof Error ? error.message : String(error),
          });
        });
        return connection;
      },
    };
  }

  async #ask(connection: Connection, query: string, service: string, poolMax: number): Promise<void> {
    const [row] = (await connection.query(query)).rows;
    const [most, identity] = row ?? [];
    if (!(Number(most) > 0)) return;
    const server = this.#servers.get(String(identity)) ?? { most: Number(most), pools: new Map<string, number>(), isTold: false };
    this.#servers.set(String(identity), server);
    server.pools.set(service, poolMax);
    if (!server.isTold) void this.#compare(server, service).catch(() => undefined);
  }

  async #compare(server: Server, service: string): Promise<void> {
    const workers = Math.max(1, await this.#options.countWorkers());
    const pools = server.pools.values().reduce((sum, size) => sum + size, 0);
    const each = Math.min(pools, this.#options.budget);
    if (server.isTold || workers * each <= server.most) return;
    server.isTold = true;
    const bound =
      each < pools ? `${each} of DF_CONNECTIONS_MAX` : `${each} of ${server.pools.size === 1 ? '1 pool' : `${server.pools.size} pools`}`;
    this.#options.log.warn(
      `the workers may open more connections to the server of a data source than it gives: ${workers} workers x ${bound} = ${workers * each}, the server gives ${server.most}. Make the pools smaller, or raise max_connections.`,
      { service },
    );
  }
}
