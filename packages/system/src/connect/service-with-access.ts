import { newApiKey } from '@headgate/access';
import type { JsonObject, ServiceType } from '@headgate/core';
import { ALL_VERBS, BadRequest, REQUESTORS, ValidationFailed, VERBS } from '@headgate/core';
import type { Change, SystemDatabase } from '@headgate/system-db';
import { appTable, equals, roleServiceAccessTable, roleTable, serviceTable, writeServiceConfig } from '@headgate/system-db';
import { storedTime } from '../records/field.js';
import { Problems } from '../records/record-shape.js';
import { checkedConfig } from '../service-config/checked.js';
import type { ServiceTypeRegistry } from '../service-types/registry.js';

export interface NewService {
  /** Letters, digits, `_` and `-`; stored in lower case. */
  readonly name: string;
  readonly label?: string;
  readonly description?: string;
  readonly type: string;
  readonly config: JsonObject;
}

export interface ServiceWithAccess {
  readonly serviceId: number;
  readonly roleId: number | undefined;
  readonly appId: number | undefined;
  /** Shown once: the key of the new app. */
  readonly apiKey: string | undefined;
}

/**
 * Makes a service and, where a `key` is wanted, a role with access to it (`read-only`: GET, `full`: every verb), an app with that role and
 * its API key: all of it or nothing. Throws `ValidationFailed` for a bad configuration and `BadRequest` for a name that is taken.
 */
export async function createServiceWithAccess(
  db: SystemDatabase,
  types: ServiceTypeRegistry,
  { service, key }: { readonly service: NewService; readonly key: 'read-only' | 'full' | undefined },
): Promise<ServiceWithAccess> {
  const { type, config } = checkedService(types, service);
  const name = service.name.toLowerCase();
  return db.change(async (change) => {
    await refuseTaken(change, name, key !== undefined);
    const stamps = { created_date: storedTime(new Date()), last_modified_date: storedTime(new Date()) };
    const row = await change.insert(serviceTable, {
      name,
      label: service.label ?? name,
      description: service.description ?? null,
      is_active: true,
      type: type.name,
      ...stamps,
    });
    if (type.storage.kind !== 'none') await writeServiceConfig(change, row.id, type, config);
    change.raise(`service:${row.id}`);
    if (key === undefined) return { serviceId: row.id, roleId: undefined, appId: undefined, apiKey: undefined };
    return { serviceId: row.id, ...(await insertAccess(change, { id: row.id, name }, key, stamps)) };
  });
}

async function insertAccess(
  change: Change,
  service: { readonly id: number; readonly name: string },
  key: 'read-only' | 'full',
  stamps: { readonly created_date: string; readonly last_modified_date: string },
) {
  const names = accessNames(service.name);
  const verbs = key === 'full' ? ALL_VERBS : VERBS.GET;
  const role = await change.insert(roleTable, {
    name: names.role,
    description: `${key === 'full' ? 'All' : 'Read'} access to ${service.name}`,
    is_active: true,
    ...stamps,
  });
  await change.insert(roleServiceAccessTable, {
    role_id: role.id,
    service_id: service.id,
    component: '*',
    verb_mask: verbs,
    requestor_mask: REQUESTORS.API | REQUESTORS.SCRIPT,
    filters: [],
    filter_op: 'and',
    ...stamps,
  });
  const apiKey = newApiKey();
  const app = await change.insert(appTable, {
    name: names.app,
    api_key: apiKey,
    description: `Key for ${service.name}`,
    is_active: true,
    type: 0,
    role_id: role.id,
    ...stamps,
  });
  change.raise(`role:${role.id}`);
  change.raise(`app:${app.id}`);
  return { roleId: role.id, appId: app.id, apiKey };
}

/** Named as the admin app names what it makes for a service. */
const accessNames = (service: string) => ({ role: `${service}_auto_role`, app: `${service}_app` });

function checkedService(types: ServiceTypeRegistry, service: NewService): { readonly type: ServiceType; readonly config: JsonObject } {
  const problems = new Problems();
  if (!/^[A-Za-z0-9_-]{1,40}$/.test(service.name))
    problems.add('name', 'Service name should only contain letters, numbers, underscores and dashes, 40 at most.');
  const type = types.find(service.type);
  if (type === undefined) problems.add('type', `Unknown service type '${service.type}'.`);
  const config = type === undefined ? {} : checkedConfig(type, undefined, service.config, problems).config;
  if (type === undefined || !problems.isEmpty) throw ValidationFailed(problems.messages).withContext(problems.context);
  return { type, config };
}

async function refuseTaken(change: Change, name: string, withAccess: boolean): Promise<void> {
  const names = accessNames(name);
  if ((await change.count(serviceTable, equals('name', name))) > 0) throw BadRequest(`There already is a service named '${name}'.`);
  if (!withAccess) return;
  if ((await change.count(roleTable, equals('name', names.role))) > 0) throw BadRequest(`There already is a role named '${names.role}'.`);
  if ((await change.count(appTable, equals('name', names.app))) > 0) throw BadRequest(`There already is an app named '${names.app}'.`);
}
