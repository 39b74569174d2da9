import type { ConfigField, JsonObject, JsonValue, ServiceType, SystemResource } from '@headgate/core';
import { answer, answerList, InvalidField, nearest, RequestOptions, ServiceTypeNotFound, UnsupportedVerb } from '@headgate/core';
import type { RecordReader } from '@headgate/system-db';
import { appTable, emailTemplateTable, roleTable, serviceTable } from '@headgate/system-db';
import type { ServiceTypeRegistry } from '../service-types/registry.js';
import { typesOfGroups } from '../services/service-list.js';

const MEMBERS = [
  'name',
  'label',
  'description',
  'group',
  'singleton',
  'dependencies_required',
  'subscription_required',
  'service_definition_editable',
  'status',
  'config_schema',
] as const;

/** `system/service_type`: what services there can be, and their forms (system-service.md 3.1, 3.2). Always the whole list. */
export function serviceTypeResource(types: ServiceTypeRegistry, reader: RecordReader): SystemResource {
  return {
    name: 'service_type',
    label: 'Service Types',
    description: 'Allows retrieval of service types and their configuration forms.',
    async handle(request, path) {
      if (request.verb !== 'GET' && request.verb !== 'HEAD') throw UnsupportedVerb(request.verb, 'service_type', path.join('/'));
      const options = new RequestOptions(request.parameters, {}, 'body');
      const fields = memberNames(options.list('fields'));
      const [name] = path;
      if (name !== undefined) {
        const type = types.find(name);
        if (type === undefined || path.length > 1) throw ServiceTypeNotFound(path.join('/')).withHint(nearestType(name, types));
        return answer(shownType(type, fields, await choicesFor(reader, types)));
      }
      const group = options.text('group');
      const listed = group === undefined ? types.all : typesOfGroups(group, types);
      if (options.flag('as_list')) return answerList(listed.map((type) => type.name));
      const choices = fields.includes('config_schema') ? await choicesFor(reader, types) : NO_CHOICES;
      return answerList(listed.map((type) => shownType(type, fields, choices)));
    },
  };
}

function memberNames(fields: readonly string[] | undefined): readonly string[] {
  if (fields === undefined || fields.length === 0 || fields.includes('*')) return MEMBERS;
  const unknown = fields.find((field) => !(MEMBERS as readonly string[]).includes(field));
  if (unknown !== undefined) throw InvalidField(unknown);
  return fields;
}

function nearestType(name: string, types: ServiceTypeRegistry): string | undefined {
  const near = nearest(
    name,
    types.all.map((type) => type.name),
  );
  return near === undefined ? undefined : `Did you mean '${near}'?`;
}

function shownType(type: ServiceType, fields: readonly string[], choices: Choices): JsonObject {
  const entry: JsonObject = {
    name: type.name,
    label: type.label,
    description: type.description,
    group: type.group,
    singleton: type.singleton,
    dependencies_required: null,
    subscription_required: null,
    service_definition_editable: false,
    status: type.status,
    config_schema: fields.includes('config_schema') ? type.fields.map((field) => shownField(field, choices)) : null,
  };
  return Object.fromEntries(fields.map((field) => [field, entry[field]]));
}

type Choices = ReadonlyMap<NonNullable<ConfigField['source']>, readonly JsonObject[]>;

const NO_CHOICES: Choices = new Map();

/** The rows that picklists offer, read on each request: they must show what was made a moment ago. */
async function choicesFor(reader: RecordReader, types: ServiceTypeRegistry): Promise<Choices> {
  const choice = (row: { readonly id: number; readonly name: string }): JsonObject => ({ label: row.name, name: row.id });
  const order = [['name', 'asc']] as const;
  const services = await reader.find(serviceTable, { order });
  const activeOf = (group: string) =>
    services.filter((service) => service.is_active && types.find(service.type)?.group === group).map(choice);
  return new Map([
    ['role', (await reader.find(roleTable, { order })).map(choice)],
    ['app', (await reader.find(appTable, { order })).map(choice)],
    ['email_template', (await reader.find(emailTemplateTable, { order })).map(choice)],
    ['service', services.map(choice)],
    ['email_service', activeOf('Email')],
    ['storage_service', activeOf('File')],
    ['database_service', activeOf('Database')],
  ]);
}

/** Every entry has the same leading members; the rest is what its type needs. */
function shownField(field: ConfigField, choices: Choices): JsonObject {
  const entry: Record<string, JsonValue> = {
    name: field.name,
    alias: null,
    label: field.label,
    type: field.type,
    description: field.description,
    required: field.required,
    allow_null: !field.required,
    default: field.default,
  };
  if (field.values !== undefined || field.source !== undefined) {
    entry.values = [
      ...(field.values ?? []).map(({ label, name }) => ({ label, name })),
      ...((field.source && choices.get(field.source)) ?? []),
    ];
  }
  if (field.items !== undefined)
    entry.items = typeof field.items === 'string' ? field.items : field.items.map((item) => shownField(item, choices));
  if (field.object !== undefined) entry.object = { key: { ...field.object.key }, value: { ...field.object.value } };
  if (field.columns !== undefined) entry.columns = field.columns;
  if (field.legend !== undefined) entry.legend = field.legend;
  return entry;
}
