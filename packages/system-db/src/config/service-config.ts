import { isJsonObject, type JsonObject, type JsonValue, ValidationFailed } from '@headgate/core';
import { type Condition, equals, oneOf } from '../condition.js';
import type { Change, RecordReader } from '../system-database.js';
import type { Row, Table, Values } from '../tables/define-table.js';
import { fileServiceConfigTable } from '../tables/file-services.js';
import { serviceCacheConfigTable, serviceTable } from '../tables/services.js';
import { CACHE_FIELDS, type ConfigLayout, configLayout, type ListField } from './config-tables.js';
import { membersOf, openMembers, sealMembers } from './sealed-members.js';
import type { ConfigOf, ServiceTypeInfo } from './type-info.js';

type ServiceRow = Row<typeof serviceTable>;
type Members = Readonly<Record<string, unknown>>;

const MAX_LISTED_IDS = 500;

/** The configuration of a service, merged from its tables and decrypted; lookups stay symbolic. */
export async function readServiceConfig(reader: RecordReader, service: ServiceRow, type: ServiceTypeInfo): Promise<JsonObject> {
  const configs = await readServiceConfigs(reader, [service], () => type);
  return configs.get(service.id)!;
}

/** The configurations of many services, each table read once. A service of an unknown type has what `service.config` holds. */
export async function readServiceConfigs(
  reader: RecordReader,
  services: readonly ServiceRow[],
  configOf: ConfigOf,
): Promise<ReadonlyMap<number, JsonObject>> {
  const rows = new OwnedRows(
    reader,
    services.map((service) => service.id),
  );
  const layouts = services.map((service) => {
    const type = configOf(service.type);
    return type && configLayout(type);
  });
  const tables = new Set(layouts.flatMap((layout) => (layout ? tablesOf(layout) : [])));
  await Promise.all([...tables].map((table) => rows.load(table)));
  return new Map(
    services.map((service, index) => {
      const layout = layouts[index];
      return [service.id, layout ? assemble(service, layout, rows, reader) : membersOf(service.config)];
    }),
  );
}

/** The tables that hold rows of a service's configuration. */
function tablesOf(layout: ConfigLayout): readonly Table[] {
  return [
    ...(layout.row ? [layout.row.table] : []),
    ...(layout.files.length > 0 ? [fileServiceConfigTable] : []),
    ...layout.lists.map((list) => list.table),
    ...(layout.cached ? [serviceCacheConfigTable] : []),
  ];
}

function assemble(service: ServiceRow, layout: ConfigLayout, rows: OwnedRows, reader: RecordReader): JsonObject {
  const config: Record<string, unknown> = {};
  if (layout.row) {
    const row = rows.one(layout.row.table, service.id);
    if (row && layout.inConnection) Object.assign(config, membersOf(row.connection));
    for (const name of layout.row.fields) config[name] = row?.[name] ?? null;
  }
  if (layout.files.length > 0) {
    const row = rows.one(fileServiceConfigTable, service.id);
    for (const name of layout.files) config[name] = row?.[name] ?? null;
  }
  const inService = membersOf(service.config);
  for (const name of layout.inService) if (inService[name] !== undefined) config[name] = inService[name];
  for (const list of layout.lists) config[list.name] = rows.all(list.table, service.id).map((row) => entryOf(row, list));
  if (layout.cached) {
    const cache = rows.one(serviceCacheConfigTable, service.id);
    config.cache_enabled = cache?.cache_enabled ?? false;
    config.cache_ttl = cache?.cache_ttl ?? 0;
  }
  return openMembers(config as JsonObject, layout.encrypted, reader.encrypter);
}

/**
 * Stores a configuration. Members that are absent stay as they are (a new service: the defaults of its columns); lists are replaced as a
 * whole. Members that the type does not have are left out.
 */
export async function writeServiceConfig(change: Change, serviceId: number, type: ServiceTypeInfo, config: JsonObject): Promise<void> {
  const layout = configLayout(type);
  const sealed = sealMembers(config, layout.encrypted, change.encrypter);
  if (layout.row) {
    const values: Record<string, unknown> = pick(sealed, layout.row.fields);
    if (layout.inConnection) values.connection = await mergedConnection(change, serviceId, type, layout, sealed);
    await upsert(change, layout.row.table, serviceId, values);
  }
  const files = pick(sealed, layout.files);
  if (Object.keys(files).length > 0) await upsert(change, fileServiceConfigTable, serviceId, files);
  const inService = pick(sealed, layout.inService);
  if (Object.keys(inService).length > 0) {
    const service = await change.findOne(serviceTable, equals('id', serviceId));
    await change.update(serviceTable, equals('id', serviceId), { config: { ...membersOf(service?.config), ...inService } });
  }
  for (const list of layout.lists) if (sealed[list.name] !== undefined) await replaceList(change, serviceId, list, sealed[list.name] ?? []);
  const cache = layout.cached ? pick(sealed, CACHE_FIELDS) : {};
  if (Object.keys(cache).length > 0) await upsert(change, serviceCacheConfigTable, serviceId, cache);
  change.raise(`service:${serviceId}`);
}

/** Deletes the stored configuration; the service itself stays. Deleting a service deletes these rows by their keys. */
export async function deleteServiceConfig(change: Change, serviceId: number, type: ServiceTypeInfo): Promise<void> {
  const layout = configLayout(type);
  for (const table of tablesOf(layout)) await change.delete(table, equals('service_id', serviceId));
  if (layout.inService.length > 0) await change.update(serviceTable, equals('id', serviceId), { config: null });
  change.raise(`service:${serviceId}`);
}

async function mergedConnection(
  change: Change,
  serviceId: number,
  type: ServiceTypeInfo,
  layout: ConfigLayout,
  sealed: JsonObject,
): Promise<JsonObject> {
  const elsewhere = new Set<string>([
    ...(layout.row?.fields ?? []),
    ...layout.inService,
    ...layout.lists.map((list) => list.name),
    ...CACHE_FIELDS,
  ]);
  const members = pick(
    sealed,
    type.fields.map((field) => field.name).filter((name) => !elsewhere.has(name)),
  );
  const row: Members | undefined = await change.findOne(layout.row!.table, equals('service_id', serviceId));
  return { ...membersOf(row?.connection), ...members };
}

async function upsert(change: Change, table: Table, serviceId: number, values: Members): Promise<void> {
  const exists = (await change.count(table, equals('service_id', serviceId))) > 0;
  if (!exists) await change.insert(table, withoutUnset(table, { service_id: serviceId, ...values }));
  else if (Object.keys(values).length > 0) await change.update(table, equals('service_id', serviceId), withoutUnset(table, values));
}

/** Null for a column that must have a value means its default. */
function withoutUnset(table: Table, values: Members): Values<Table> {
  return Object.fromEntries(
    Object.entries(values)
      .map(
        ([name, value]) =>
          [
            name,
            value === null && table.columns[name]?.default !== undefined && !table.columns[name].nullable
              ? table.columns[name].default
              : value,
          ] as const,
      )
      .filter(([, value]) => value !== undefined),
  );
}

async function replaceList(change: Change, serviceId: number, list: ListField, entries: JsonValue): Promise<void> {
  if (!Array.isArray(entries)) throw ValidationFailed([`The ${list.name} field must be an array.`]);
  await change.delete(list.table, equals('service_id', serviceId));
  for (const entry of entries as readonly JsonValue[]) {
    if (!isJsonObject(entry)) throw ValidationFailed([`The entries of ${list.name} must be objects.`]);
    await change.insert(list.table, withoutUnset(list.table, { ...rowOf(entry, list), service_id: serviceId }));
  }
}

function rowOf(entry: JsonObject, list: ListField): Members {
  const values: Record<string, unknown> = pick(entry, list.columns);
  if (!list.columns.includes('data')) return values;
  const others = Object.fromEntries(Object.entries(entry).filter(([name]) => !['id', 'service_id', ...list.columns].includes(name)));
  return Object.keys(others).length > 0 ? { ...values, data: JSON.stringify(others) } : values;
}

function entryOf(row: Members, list: ListField): Members {
  const entry: Record<string, unknown> = pick(row, list.columns);
  if (typeof entry.data !== 'string' || !entry.data.startsWith('{')) return entry;
  const { data, ...named } = entry;
  try {
    return { ...named, ...membersOf(JSON.parse(data)) };
  } catch {
    return entry;
  }
}

function pick<V>(members: Readonly<Record<string, V>>, names: readonly string[]): Record<string, V> {
  return Object.fromEntries(names.flatMap((name) => (members[name] === undefined ? [] : [[name, members[name]]])));
}

/** Rows of config tables by their service, each table read once for all services. */
class OwnedRows {
  readonly #reader: RecordReader;
  readonly #where: Condition | undefined;
  readonly #tables = new Map<Table, ReadonlyMap<number, readonly Members[]>>();

  constructor(reader: RecordReader, serviceIds: readonly number[]) {
    this.#reader = reader;
    this.#where = serviceIds.length > MAX_LISTED_IDS ? undefined : oneOf('service_id', serviceIds);
  }

  async load(table: Table): Promise<void> {
    const rows: readonly Members[] = await this.#reader.find(table, this.#where ? { where: this.#where } : {});
    this.#tables.set(
      table,
      Map.groupBy(rows, (row) => Number(row.service_id)),
    );
  }

  /** Of a table that was loaded. */
  one(table: Table, serviceId: number): Members | undefined {
    return this.all(table, serviceId)[0];
  }

  all(table: Table, serviceId: number): readonly Members[] {
    return this.#tables.get(table)?.get(serviceId) ?? [];
  }
}
