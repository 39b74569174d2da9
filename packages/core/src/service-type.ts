import type { z } from 'zod';
import type { ConfigField } from './config-field.js';
import type { Envelope } from './envelope.js';
import type { JsonObject } from './json.js';
import type { Logger } from './logger.js';
import type { LookupSource } from './lookups.js';
import type { ServiceDescription } from './service-description.js';
import type { ServiceRequest } from './service-request.js';
import type { ServiceResponse } from './service-response.js';

/** A service at work. One instance serves one version of one service; a new version gets a new one and this is closed. */
export interface Service {
  handle(request: ServiceRequest): Promise<ServiceResponse>;
  /** The component strings that a role editor offers (`as_access_list`). */
  accessList?(request: ServiceRequest): Promise<readonly string[]>;
  /** Event names without verb and stage, for `system/event`. */
  events?(): Promise<readonly EventPath[]>;
  /** What the service offers, for its API document; `refresh` looks at the data source anew. */
  describe?(options: { readonly refresh: boolean }): Promise<ServiceDescription>;
  /** How its connections are doing; undefined for a service that has none. */
  readonly pool?: PoolState | undefined;
  close(): Promise<void>;
}

/** The connections of a service to its data source. Without addresses, names of users, or texts of drivers: administrators of others see it. */
export interface PoolState {
  readonly open: number;
  readonly idle: number;
  /** Calls that wait for one. */
  readonly waiting: number;
  /** Calls that were refused since the process started, because too many waited or one waited too long. */
  readonly refused: number;
  readonly breaker: 'closed' | 'open' | 'half-open';
  /** In our words; undefined since a connection came about again. */
  readonly lastError: string | undefined;
}

/** A path of a service that fires events (rest-core.md 9). */
export interface EventPath {
  /** `_table.{table_name}`; empty for the service itself. */
  readonly path: string;
  readonly verbs: readonly string[];
  /** Values of the placeholders: `{ table_name: ['contact'] }`. */
  readonly parameters?: Readonly<Record<string, readonly string[]>>;
}

/** The service that an instance is made for. */
export interface ServiceDefinition {
  readonly id: number;
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly isActive: boolean;
}

/** What a service may use of the process around it. */
export interface ServiceDeps {
  readonly definition: ServiceDefinition;
  readonly envelope: Envelope;
  readonly log: Logger;
  /** The system-wide lookups, private ones included: for the texts of the service's own configuration. */
  readonly systemLookups: LookupSource;
  /** What is stored about the tables of a database service beside its configuration (database-services.md 3.4). */
  readonly schemaExtras?: StoredSchemaExtras;
}

/** Rows of the `db_*_extras` tables and of `db_virtual_relationship`, by their columns; names of services beside their ids. */
export interface StoredSchemaExtras {
  readonly tables: readonly JsonObject[];
  readonly fields: readonly JsonObject[];
  readonly relationships: readonly JsonObject[];
  readonly virtualRelationships: readonly JsonObject[];
}

/** What connecting found (`?dry_run=true`, `headgate connect`). */
export interface ConnectionReport {
  readonly server: string;
  readonly tables: readonly string[];
}

/**
 * A kind of service. The config schema validates a configuration, draws the admin form and is served by `system/service_type`.
 * `Config` is what `schema` makes of the stored configuration.
 */
export interface ServiceType<Config = unknown> {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  readonly group: string;
  readonly singleton: boolean;
  /** `planned` types are registered with their fields; a call to one answers 501. */
  readonly status: 'works' | 'planned';
  readonly fields: readonly ConfigField[];
  /** Checks a whole configuration, after defaults; its issues become a 400, field by field. */
  readonly schema: z.ZodType<Config>;
  /** Where the configuration is stored (system-service.md 3.5). */
  readonly storage: ConfigStorage;
  create(config: Config, deps: ServiceDeps): Service;
  /** Connects, says what is there, and closes again. */
  probe?(config: Config, deps: ServiceDeps): Promise<ConnectionReport>;
  /** Config fields which, when changed, need the secrets anew: a stored password must not be sent to another host. */
  readonly destinationFields?: readonly string[];
}

/**
 * - `table`: a row of `table` keyed by `service_id`, one column a field.
 * - `connection`: JSON members of column `connection` of `sql_db_config`, besides the columns named in `columns`.
 * - `json`: the JSON text in `service.config`.
 * - `none`: the type has no configuration.
 * Fields named in `inService` live in `service.config` beside the table; `cache_enabled` and `cache_ttl` in `service_cache_config`.
 */
export type ConfigStorage =
  | { readonly kind: 'table'; readonly table: string; readonly inService?: readonly string[]; readonly cached?: boolean }
  | { readonly kind: 'connection'; readonly columns: readonly string[]; readonly inService: readonly string[]; readonly cached: boolean }
  | { readonly kind: 'json'; readonly cached?: boolean }
  | { readonly kind: 'none' };

/** The stored configuration, decrypted, as members by name. */
export type StoredConfig = JsonObject;
