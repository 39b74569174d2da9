import type { Source } from '../source/source.js';
import { NO_EXTRAS, type SchemaExtras } from './extras.js';
import { ServiceSchema } from './service-schema.js';

export interface SchemaCacheOptions {
  readonly source: Source;
  readonly serviceId: number;
  /** `undefined`: every schema; `default`: the connection's own; else one name. */
  readonly schema: string | undefined;
  readonly extras?: SchemaExtras | undefined;
}

/**
 * The schema of one service instance, read at first use. It dies with the instance (a changed service gets a new one), when someone asks
 * for `refresh`, or when a statement meets a table or column that is no more; changes made in the database are seen by then.
 */
export class SchemaCache {
  readonly #options: SchemaCacheOptions;
  #current: ServiceSchema | undefined;
  #reading: Promise<ServiceSchema> | undefined;

  constructor(options: SchemaCacheOptions) {
    this.#options = options;
  }

  /** The schema; a promise only where it has to be read first. */
  get(): ServiceSchema | Promise<ServiceSchema> {
    return this.#current ?? this.#read();
  }

  /** The schema as the database has it now. Reads that began before this call do not count. */
  async refresh(): Promise<ServiceSchema> {
    await this.#reading?.catch(() => undefined);
    return this.#read();
  }

  #read(): Promise<ServiceSchema> {
    this.#reading ??= this.#introspect().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #introspect(): Promise<ServiceSchema> {
    const { source, serviceId, schema, extras = NO_EXTRAS } = this.#options;
    const catalogue = await source.use((connection) => source.dialect.introspect(connection, { schema }));
    this.#current = new ServiceSchema(catalogue, serviceId, extras);
    return this.#current;
  }
}
