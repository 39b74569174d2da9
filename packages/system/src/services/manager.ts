import type {
  Envelope,
  JsonObject,
  JsonValue,
  Logger,
  LookupSource,
  PoolState,
  Service,
  ServiceDeps,
  ServiceType,
  StoredSchemaExtras,
} from '@headgate/core';
import { replaceLookupsDeep, ServiceInactive, ServiceMisconfigured, ServiceNotBuilt, ServiceNotFound } from '@headgate/core';
import type { Configuration, ServiceRecord, SystemState } from '@headgate/system-db';
import { withoutNulls } from '../service-config/checked.js';
import type { ServiceTypeRegistry } from '../service-types/registry.js';
import { RunningService } from './running-service.js';

export interface ServiceManagerParts {
  readonly state: Pick<SystemState, 'latest' | 'onChange'>;
  readonly types: ServiceTypeRegistry;
  readonly envelope: Envelope;
  readonly log: Logger;
  /** `DF_LOOKUP_MODIFIERS`. */
  readonly lookupModifiers: readonly string[];
  /** The lookups that the texts of a service's configuration may use. */
  readonly systemLookups: (configuration: Configuration) => LookupSource;
  /** Makers of services that need the whole installation, by type: `system`, `user`. */
  readonly builtIn: ReadonlyMap<string, (deps: ServiceDeps) => Service>;
}

export interface FoundService {
  readonly record: ServiceRecord;
  readonly service: Service;
}

/** Services at work, one instance for each version of a service. */
export interface ServiceManager {
  /**
   * The service of this name (lower case) in a configuration. Throws `ServiceNotFound`, `ServiceInactive`, and what making it throws.
   * Authorization comes first: ask `record` for what it needs.
   */
  find(name: string, configuration?: Configuration): FoundService;
  record(name: string, configuration?: Configuration): ServiceRecord | undefined;
  /** The instance of a record, made on first use. */
  open(record: ServiceRecord): Service;
  /** The instance of a record if there is one. */
  opened(record: ServiceRecord): Service | undefined;
  /** The connections of every service at work that has some, by name; of a service whose versions overlap, those of the newer. */
  pools(): Iterable<{ readonly service: string; readonly pool: PoolState }>;
  close(): Promise<void>;
}

export function createServiceManager(parts: ServiceManagerParts): ServiceManager {
  return new Services(parts);
}

class Services implements ServiceManager {
  readonly #parts: ServiceManagerParts;
  /** By record: an entry is retired when the configuration does not hold its record any more, or lookups that it was made with moved. */
  readonly #running = new Map<ServiceRecord, RunningService>();
  #lookups: Configuration['lookups'];

  constructor(parts: ServiceManagerParts) {
    this.#parts = parts;
    this.#lookups = parts.state.latest.lookups;
    parts.state.onChange((configuration) => this.#retireReplaced(configuration));
  }

  record(name: string, configuration: Configuration = this.#parts.state.latest): ServiceRecord | undefined {
    return configuration.servicesByName.get(name);
  }

  find(name: string, configuration?: Configuration): FoundService {
    const record = this.record(name, configuration);
    if (record === undefined) throw ServiceNotFound(name);
    if (!record.isActive) throw ServiceInactive(name);
    return { record, service: this.open(record) };
  }

  open(record: ServiceRecord): Service {
    const known = this.#running.get(record);
    if (known !== undefined) return known;
    const running = new RunningService(() => this.#make(record), this.#parts.log, record.name);
    this.#running.set(record, running);
    return running;
  }

  opened(record: ServiceRecord): Service | undefined {
    return this.#running.get(record);
  }

  *pools(): Iterable<{ readonly service: string; readonly pool: PoolState }> {
    const newest = new Map([...this.#running].map(([{ name }, running]) => [name, running]));
    for (const [service, { pool }] of newest) if (pool !== undefined) yield { service, pool };
  }

  async close(): Promise<void> {
    const all = [...this.#running.values()];
    this.#running.clear();
    await Promise.all(all.map((running) => running.close()));
  }

  #make(record: ServiceRecord): Service {
    const { types, envelope, log, builtIn, lookupModifiers, state, systemLookups } = this.#parts;
    const type = types.find(record.type);
    if (type === undefined) throw ServiceNotBuilt(record.type);
    const lookups = systemLookups(state.latest);
    const { id, name, label, isActive } = record;
    const deps: ServiceDeps = {
      definition: { id, name, label, type: record.type, isActive },
      envelope,
      log,
      systemLookups: lookups,
      schemaExtras: extrasOf(record, state.latest),
    };
    const maker = builtIn.get(record.type);
    if (maker !== undefined) return maker(deps);
    const config = replaceLookupsDeep(record.config, lookups, { includePrivate: true, modifiers: lookupModifiers });
    return type.create(parsedConfig(type, record, config), deps);
  }

  #retireReplaced(configuration: Configuration): void {
    const lookupsMoved = configuration.lookups !== this.#lookups;
    this.#lookups = configuration.lookups;
    for (const [record, running] of this.#running) {
      const isCurrent = configuration.services.get(record.id) === record;
      if (isCurrent && !(lookupsMoved && hasLookups(record.config))) continue;
      this.#running.delete(record);
      running.retire();
    }
  }
}

/** What is stored about a service's tables, with the names of other services that its virtual relationships lead to. */
function extrasOf(record: ServiceRecord, { services }: Configuration): StoredSchemaExtras {
  const nameOf = (id: JsonValue | undefined) => (typeof id === 'number' && id !== record.id ? (services.get(id)?.name ?? null) : null);
  const virtualRelationships = record.schemaExtras.virtualRelationships.map((row) => ({
    ...row,
    ref_service_name: nameOf(row.ref_service_id),
    junction_service_name: nameOf(row.junction_service_id),
  }));
  return { ...record.schemaExtras, virtualRelationships };
}

/** The configuration as the type reads it. Problems are told to the log by field, not to callers. */
function parsedConfig(type: ServiceType, record: ServiceRecord, config: JsonObject): unknown {
  const outcome = type.schema.safeParse(withoutNulls(config));
  if (outcome.success) return outcome.data;
  throw ServiceMisconfigured(record.name).withDetail(
    outcome.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '),
  );
}

function hasLookups(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('{');
  if (Array.isArray(value)) return value.some(hasLookups);
  return typeof value === 'object' && value !== null && Object.values(value).some(hasLookups);
}
