import type { Caller, JsonObject, Parameters, ServiceType } from '@headgate/core';
import type { Configuration, ServiceRecord } from '@headgate/system-db';
import type { ServiceTypeRegistry } from '../service-types/registry.js';

const SERVICE_FIELDS = ['id', 'name', 'label', 'description', 'type'] as const;
const TYPE_FIELDS = ['name', 'label', 'group', 'description'] as const;

/** `GET /api/v2`: the services that the caller may use, and the types there are (rest-core.md 1.4). `caller` undefined: nobody. `prefix`: of the addresses in it, `/api`. */
export function listServices(
  caller: Caller | undefined,
  parameters: Parameters,
  configuration: Configuration,
  types: ServiceTypeRegistry,
  prefix: string,
): JsonObject {
  const belongs = selectedTypes(parameters, types);
  const fields = (parameters.get('fields') ?? '')
    .split(',')
    .map((field) => field.trim())
    .filter((field) => field !== '' && field !== '*');
  const services = [...configuration.services.values()]
    .filter((service) => service.isActive && mayList(caller, service) && (belongs === undefined || belongs.has(service.type)))
    .sort((left, right) => (left.name < right.name ? -1 : 1));
  return {
    services: services.map((service) => shownService(service, fields, prefix)),
    service_types: types.all.filter((type) => belongs === undefined || belongs.has(type.name)).map(shownType),
  };
}

function mayList(caller: Caller | undefined, service: ServiceRecord): boolean {
  if (caller === undefined) return false;
  return caller.isAdmin || (caller.role?.isActive === true && caller.role.mayList(service.id));
}

/** The types that `group` or `type` name, `group` first; undefined for all. */
function selectedTypes(parameters: Parameters, types: ServiceTypeRegistry): ReadonlySet<string> | undefined {
  const groups = parameters.get('group');
  if (groups !== undefined && groups !== '') return new Set(typesOfGroups(groups, types).map((type) => type.name));
  const type = parameters.get('type');
  return type === undefined || type === '' ? undefined : new Set([type]);
}

/** The types of a comma list of groups, in any case. */
export function typesOfGroups(groups: string, types: ServiceTypeRegistry): ServiceType[] {
  const wanted = new Set(groups.split(',').map((group) => group.trim().toLowerCase()));
  return types.all.filter((type) => wanted.has(type.group.toLowerCase()));
}

function shownService(service: ServiceRecord, fields: readonly string[], prefix: string): JsonObject {
  const selected = SERVICE_FIELDS.filter((field) => fields.length === 0 || fields.includes(field));
  const entry: Record<string, string | number | null> = {};
  for (const field of selected) entry[field] = service[field];
  if (selected.includes('name')) entry.spec_url = `${prefix}/v2/${service.name}/_spec`;
  return entry;
}

const shownType = (type: ServiceType): JsonObject => Object.fromEntries(TYPE_FIELDS.map((field) => [field, type[field]]));
