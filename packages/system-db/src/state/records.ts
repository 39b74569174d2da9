import { isJsonObject, type JsonObject, type JsonValue, type Logger, type StoredSchemaExtras } from '@headgate/core';
import { equals, isNull, oneOf } from '../condition.js';
import { readServiceConfigs } from '../config/service-config.js';
import type { ConfigOf } from '../config/type-info.js';
import type { RecordReader } from '../system-database.js';
import { appTable } from '../tables/apps.js';
import {
  dbFieldExtrasTable,
  dbRelationshipExtrasTable,
  dbTableExtrasTable,
  dbVirtualRelationshipTable,
} from '../tables/database-services.js';
import type { Row, Table } from '../tables/define-table.js';
import { roleServiceAccessTable, roleTable } from '../tables/roles.js';
import { serviceTable } from '../tables/services.js';
import { corsConfigTable, lookupTable } from '../tables/settings.js';
import { revokedTokenTable, userSessionTable, userTable, userToAppToRoleTable } from '../tables/users.js';
import type { AppRecord, CorsRecord, LookupRecord, RoleAccessRow, RoleRecord, ServiceRecord, UserRecord } from './configuration.js';

/** Reads records of the system database as the state holds them. `ids` restricts to some; without, all are read. */
export type Ids = readonly number[] | undefined;

const within = (column: string, ids: Ids) => (ids === undefined ? {} : { where: oneOf(column, ids) });

export async function readServices(reader: RecordReader, ids: Ids, configOf: ConfigOf): Promise<ServiceRecord[]> {
  const [[rows, configs], extras] = await Promise.all([
    reader
      .find(serviceTable, within('id', ids))
      .then(async (services) => [services, await readServiceConfigs(reader, services, configOf)] as const),
    readSchemaExtras(reader, ids),
  ]);
  return rows.map((row) =>
    Object.freeze({
      id: row.id,
      name: row.name,
      label: row.label,
      description: row.description,
      isActive: row.is_active,
      type: row.type,
      mutable: row.mutable,
      deletable: row.deletable,
      createdById: row.created_by_id,
      config: configs.get(row.id)!,
      schemaExtras: extras(row.id),
    }),
  );
}

async function readSchemaExtras(reader: RecordReader, ids: Ids): Promise<(serviceId: number) => StoredSchemaExtras> {
  const read = async (table: Table) => {
    const rows: readonly Readonly<Record<string, unknown>>[] = await reader.find(table, within('service_id', ids));
    return Map.groupBy(rows as readonly JsonObject[], (row) => row.service_id);
  };
  const [tables, fields, relationships, virtualRelationships] = await Promise.all(
    [dbTableExtrasTable, dbFieldExtrasTable, dbRelationshipExtrasTable, dbVirtualRelationshipTable].map(read),
  );
  return (id) => ({
    tables: tables!.get(id) ?? [],
    fields: fields!.get(id) ?? [],
    relationships: relationships!.get(id) ?? [],
    virtualRelationships: virtualRelationships!.get(id) ?? [],
  });
}

export async function readRoles(reader: RecordReader, ids: Ids, log: Logger): Promise<RoleRecord[]> {
  const [roles, rows] = await Promise.all([
    reader.find(roleTable, within('id', ids)),
    reader.find(roleServiceAccessTable, within('role_id', ids)),
  ]);
  const access = Map.groupBy(rows, (row) => row.role_id);
  return roles.map((row) =>
    Object.freeze({
      id: row.id,
      name: row.name,
      isActive: row.is_active,
      access: (access.get(row.id) ?? []).map((entry) => accessRow(entry, log)),
    }),
  );
}

function accessRow(row: Row<typeof roleServiceAccessTable>, log: Logger): RoleAccessRow {
  const filters = recordConditions(row.filters);
  if (!filters) {
    log.once(`filters:${row.id}`, 'the record filters of a role cannot be read; its access is denied', {
      role: row.role_id,
      access: row.id,
    });
  }
  return Object.freeze({
    id: row.id,
    serviceId: row.service_id,
    component: row.component,
    // A filter that cannot be read must not become no filter.
    verbMask: filters ? row.verb_mask : 0,
    requestorMask: row.requestor_mask,
    filters: filters ?? [],
    filterOp: row.filter_op.toLowerCase() === 'or' ? 'or' : 'and',
  });
}

/** The conditions of a stored filter list; undefined where it is none. */
function recordConditions(stored: unknown): RoleAccessRow['filters'] | undefined {
  if (stored === null || stored === undefined || stored === '') return [];
  if (!Array.isArray(stored)) return undefined;
  const conditions: RoleAccessRow['filters'][number][] = [];
  for (const entry of stored as readonly JsonValue[]) {
    if (!isJsonObject(entry)) return undefined;
    const { name, operator, value } = entry;
    if (typeof name !== 'string' || name === '' || typeof operator !== 'string') return undefined;
    const text = conditionValue(value);
    if (text === undefined) return undefined;
    conditions.push({ name, operator, value: text });
  }
  return conditions;
}

function conditionValue(value: JsonValue | undefined): string | null | undefined {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return Array.isArray(value) && value.every((item) => typeof item === 'string' || typeof item === 'number') ? value.join(',') : undefined;
}

export async function readApps(reader: RecordReader, ids: Ids): Promise<AppRecord[]> {
  const rows = await reader.find(appTable, within('id', ids));
  return rows.map((row) =>
    Object.freeze({ id: row.id, name: row.name, apiKey: row.api_key, isActive: row.is_active, roleId: row.role_id }),
  );
}

export async function readLookups(reader: RecordReader): Promise<LookupRecord[]> {
  return (await reader.find(lookupTable, { where: isNull('user_id') })).map(lookupRecord);
}

function lookupRecord(row: Row<typeof lookupTable>): LookupRecord {
  return Object.freeze({
    name: row.name,
    value: row.value,
    isPrivate: row.private,
    appId: row.app_id,
    roleId: row.role_id,
    userId: row.user_id,
  });
}

export async function readCors(reader: RecordReader): Promise<CorsRecord[]> {
  const rows = await reader.find(corsConfigTable);
  return rows.map((row) =>
    Object.freeze({
      id: row.id,
      path: row.path,
      origin: row.origin,
      header: row.header,
      exposedHeader: row.exposed_header,
      method: row.method,
      maxAge: row.max_age,
      supportsCredentials: row.supports_credentials,
      enabled: row.enabled,
    }),
  );
}

/** Tokens that have expired need no revocation any more. */
export async function readRevokedTokens(reader: RecordReader): Promise<ReadonlySet<string>> {
  const now = Math.floor(Date.now() / 1000);
  const rows = await reader.find(revokedTokenTable, { where: { kind: 'compare', column: 'expires_at', operator: '>', value: now } });
  return new Set(rows.map((row) => row.jti));
}

export async function readUser(reader: RecordReader, id: number): Promise<UserRecord | undefined> {
  const [row, assignments, lookups, session] = await Promise.all([
    reader.findOne(userTable, equals('id', id)),
    reader.find(userToAppToRoleTable, { where: equals('user_id', id) }),
    reader.find(lookupTable, { where: equals('user_id', id) }),
    reader.findOne(userSessionTable, equals('user_id', id)),
  ]);
  if (!row) return undefined;
  const roles = new Map<number, number>();
  for (const { app_id, role_id } of assignments) if (!roles.has(app_id)) roles.set(app_id, role_id);
  return Object.freeze({
    id: row.id,
    name: row.name,
    username: row.username,
    firstName: row.first_name,
    lastName: row.last_name,
    email: row.email,
    isActive: row.is_active,
    isSysAdmin: row.is_sys_admin,
    isRootAdmin: row.is_root_admin,
    ldapUsername: row.ldap_username,
    lastLoginDate: row.last_login_date,
    roles,
    lookups: lookups.map(lookupRecord),
    sessionNumber: session?.session_number ?? 0,
    revokedBefore: session?.revoked_before ?? 0,
  });
}
