import type { Connector, Dialect } from '../dialect/dialect.js';

/** A connector whose driver is loaded with the first connection, so that a worker starts without the drivers that it does not use. */
export function lazyConnector(dialect: Dialect, load: () => Promise<Connector>): Connector {
  let loading: Promise<Connector> | undefined;
  return {
    dialect,
    async open() {
      loading ??= load().catch((error: unknown) => {
        loading = undefined;
        throw error;
      });
      return (await loading).open();
    },
  };
}
