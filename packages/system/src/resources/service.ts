import type { JsonObject, JsonValue, ServiceType } from '@headgate/core';
import { Forbidden } from '@headgate/core';
import type { Change } from '@headgate/system-db';
import {
  deleteServiceConfig,
  equals,
  limitsTable,
  oneOf,
  readServiceConfig,
  readServiceConfigs,
  serviceTable,
  writeServiceConfig,
} from '@headgate/system-db';
import type { StoredRow } from '../records/field.js';
import { fieldsOf, parseText } from '../records/field.js';
import type { RecordDraft, RecordResource } from '../records/record-shape.js';
import { draftValue } from '../records/record-shape.js';
import { checkedConfig, demandGrantableRoles } from '../service-config/checked.js';
import { shownConfig } from '../service-config/shown.js';
import { raiseService, raiseSettings } from './raise.js';
import type { ShapeParts } from './shape-parts.js';

const NAME_RULE = 'Service name should only contain letters, numbers, underscores and dashes.';
/** Names that routes use, and versions: `/api/v2/...` must stay the API. */
const RESERVED_NAMES = /^(status|v\d+)$/;

/** A row of `service` with what `readServiceConfig` needs. */
type ServiceRow = Parameters<typeof readServiceConfig>[1];

/** `system/service` (system-service.md 2.14). */
export function serviceResource(parts: ShapeParts): RecordResource {
  const { configuration, guard, types } = parts;
  return {
    name: 'service',
    label: 'Services',
    description: 'Allows management of services.',
    table: serviceTable,
    key: 'id',
    right: 'service',
    ownedThrough: [],
    writableThrough: [],
    parameters: ['dry_run'],
    fields: fieldsOf(serviceTable, {
      id: {},
      name: { required: 'The name field is required.', parse: parseName },
      label: { parse: (value) => parseMarkedText('label', value) },
      description: { parse: (value) => parseMarkedText('description', value) },
      is_active: {},
      type: { required: 'The type field is required.' },
      mutable: { mode: 'readOnly' },
      deletable: { mode: 'readOnly' },
      created_date: {},
      last_modified_date: {},
      created_by_id: {},
      last_modified_by_id: {},
      // Not the column of that name, which holds a part of what is answered.
      config: { mode: 'readOnly', show: (value) => value as JsonValue },
    }).map((field) => (field.name === 'config' ? { ...field, column: undefined } : field)),
    visible(call) {
      if (guard.isAdmin(call)) return undefined;
      const listed = [...configuration().services.keys()].filter((id) => call.caller.role?.mayList(id) === true);
      return oneOf('id', listed);
    },
    async compute(_call, reader, rows) {
      const configs = await readServiceConfigs(reader, rows as readonly ServiceRow[], types.configOf);
      return rows.map((row) => ({
        config: shownConfig(types.find(String(row.type)), row.id as number, configs.get(row.id as number) ?? {}),
      }));
    },
    async prepare(call, change, draft) {
      const type = await settleType(change, draft, types.find);
      if (draft.before === undefined && (draft.values.label === undefined || draft.values.label === null || draft.values.label === ''))
        draft.values.label = draft.values.name;
      if (draft.before !== undefined && draft.values.label === null) delete draft.values.label;
      protectFixed(draft);
      if (type === undefined) return;
      const config = await configOf(change, draft, type);
      if (config !== undefined) demandGrantableRoles(type, config, call, guard);
    },
    async written(_call, change, draft, row) {
      const type = types.find(String(row.type));
      const sent = draft.body.config;
      if (type === undefined || (draft.before !== undefined && sent === undefined)) return;
      const config = await configOf(change, draft, type);
      if (config !== undefined && type.storage.kind !== 'none') await writeServiceConfig(change, row.id as number, type, config);
    },
    async removing(_call, change, row) {
      if (row.deletable === false) throw Forbidden(`Service '${row.name}' can not be deleted.`);
      const type = types.find(String(row.type));
      if (type !== undefined && type.storage.kind !== 'none') await deleteServiceConfig(change, row.id as number, type);
      await change.delete(limitsTable, equals('service_id', row.id as number));
    },
    async raise(change, row) {
      await raiseService(change, row.id as number);
      raiseSettings(change, configuration());
    },
  };
}

/** The type of the service: known, once only where there can be one, and never another one later. */
async function settleType(
  change: Change,
  draft: RecordDraft,
  find: (name: string) => ServiceType | undefined,
): Promise<ServiceType | undefined> {
  const name = draftValue(draft, 'type');
  if (typeof name !== 'string' || name === '') return undefined;
  const type = find(name);
  if (draft.before !== undefined) {
    if (Object.hasOwn(draft.values, 'type') && name !== draft.before.type)
      draft.problems.add('type', 'The type of a service can not be changed.');
    return type;
  }
  if (type === undefined) draft.problems.add('type', `Unknown service type '${name}'.`);
  else if (type.singleton && (await change.count(serviceTable, equals('type', name))) > 0)
    draft.problems.add('type', `There can be only one service of type '${name}'.`);
  return type;
}

/** Services of the installation itself keep their name; that they keep their type goes for all. */
function protectFixed(draft: RecordDraft): void {
  const { before, values } = draft;
  if (before?.type === 'system' && values.is_active === false)
    throw Forbidden(`Service '${before.name}' can not be deactivated: nothing could activate it again.`);
  if (before === undefined || before.mutable !== false) return;
  const name = typeof values.name === 'string' ? values.name : before.name;
  const type = typeof values.type === 'string' ? values.type : before.type;
  if (name !== before.name || type !== before.type) throw Forbidden(`Name and type of service '${before.name}' can not be changed.`);
}

/** The configuration to store, its problems added to the draft; undefined where it has some. */
async function configOf(change: Change, draft: RecordDraft, type: ServiceType): Promise<JsonObject | undefined> {
  const { before, body, problems } = draft;
  if (before !== undefined && body.config === undefined) return undefined;
  const stored = before === undefined ? undefined : await readServiceConfig(change, before as StoredRow as ServiceRow, type);
  const { config, parsed } = checkedConfig(type, stored, body.config, problems);
  return parsed === undefined ? undefined : config;
}

function parseName(value: JsonValue) {
  const parsed = parseText('name', serviceTable.columns.name, value);
  if (!('value' in parsed) || parsed.value === '') return parsed;
  const name = String(parsed.value).toLowerCase();
  if (!/^[a-z0-9_-]+$/.test(name)) return { problem: NAME_RULE };
  return RESERVED_NAMES.test(name) ? { problem: `The name '${name}' is reserved.` } : { value: name };
}

/** Labels and descriptions are shown in pages: tags are taken out, their text stays. */
function parseMarkedText(field: 'label' | 'description', value: JsonValue) {
  if (value === null) return { value: null };
  const column = serviceTable.columns[field];
  return parseText(field, column, typeof value === 'string' ? value.replace(/<[^<>]*>/g, '') : value);
}
