import { newApiKey } from '@headgate/access';
import type { JsonObject } from '@headgate/core';
import { NotImplemented } from '@headgate/core';
import type { Change } from '@headgate/system-db';
import { appTable, equals } from '@headgate/system-db';
import type { StoredRow } from '../records/field.js';
import { fieldsOf } from '../records/field.js';
import type { RecordCall, RecordDraft, RecordResource } from '../records/record-shape.js';
import { draftValue } from '../records/record-shape.js';
import { launchUrl } from './launch-url.js';
import { raiseApp, raiseSettings } from './raise.js';
import type { ShapeParts } from './shape-parts.js';

const MIN_KEY_LENGTH = 64;
/** The keys of these are known to everyone who has the admin app. */
const SEEDED_APPS = new Set(['admin', 'api_docs', 'file_manager']);

/** `system/app` (system-service.md 2.4). */
export function appResource(parts: ShapeParts): RecordResource {
  const { configuration, guard } = parts;
  return {
    name: 'app',
    label: 'Apps',
    description: 'Allows management of user application(s).',
    table: appTable,
    key: 'id',
    right: 'app',
    ownedThrough: [],
    writableThrough: [],
    relationAliases: { app_lookup_by_app_id: 'lookup_by_app_id' },
    parameters: ['pkg', 'delete_storage', 'include_files', 'include_data', 'service', 'storage_service_id', 'storage_container'],
    fields: fieldsOf(appTable, {
      id: {},
      name: { required: 'The name field is required.' },
      api_key: {},
      description: {},
      is_active: {},
      type: {},
      path: {},
      url: {},
      storage_service_id: {},
      storage_container: {},
      requires_fullscreen: {},
      allow_fullscreen_toggle: {},
      toggle_location: {},
      role_id: {},
      created_date: {},
      last_modified_date: {},
      created_by_id: {},
      last_modified_by_id: {},
      launch_url: {},
    }),
    guard: refuseUnbuilt,
    async compute(call, _reader, rows) {
      return rows.map((row): JsonObject => ({ launch_url: launchUrl(row, call.request, parts) }));
    },
    async prepare(call, change, draft) {
      const roleId = draftValue(draft, 'role_id');
      if (isSeeded(draft) && typeof roleId === 'number' && roleId !== draft.before?.role_id)
        draft.problems.add('role_id', 'An app whose key is publicly known can not have a role.');
      // Both: whoever holds the key of an app would get what its role is changed to, or what a wide role gives.
      guard.demandGrantableRole(call, draft.before?.role_id);
      guard.demandGrantableRole(call, roleId);
      const { type } = draft.values;
      if (typeof type === 'number' && (type < 0 || type > 4)) draft.problems.add('type', 'The type field must be between 0 and 4.');
      await settleKey(call, change, draft);
    },
    async removing(call, _change, row) {
      guard.demandGrantableRole(call, row.role_id);
    },
    async raise(change, row) {
      await raiseApp(change, row.id as number);
      change.raise('lookup');
      raiseSettings(change, configuration());
    },
  };
}

const isSeeded = ({ before }: RecordDraft) => before !== undefined && before.created_by_id === null && SEEDED_APPS.has(String(before.name));

/** A new app gets a random key unless it brings a good one of its own; a changed key must be good and nobody's. */
async function settleKey(call: RecordCall, change: Change, draft: RecordDraft): Promise<void> {
  const { values, problems } = draft;
  if (draft.before !== undefined && call.options.flag('regenerate')) {
    values.api_key = newApiKey();
    return;
  }
  const key = values.api_key;
  const isGiven = typeof key === 'string' && key !== '';
  if (!isGiven) {
    delete values.api_key;
    if (draft.before === undefined) values.api_key = newApiKey();
    return;
  }
  if (key === draft.before?.api_key) return;
  if (key.length < MIN_KEY_LENGTH) problems.add('api_key', `The api key field must be at least ${MIN_KEY_LENGTH} characters.`);
  else if (!/^[A-Za-z0-9]+$/.test(key)) problems.add('api_key', 'The api key field must only contain letters and numbers.');
  else if (await isKeyTaken(change, key, draft.before)) {
    if (draft.before === undefined) values.api_key = newApiKey();
    else problems.add('api_key', 'The api key has already been taken.');
  }
}

async function isKeyTaken(change: Change, key: string, before: StoredRow | undefined): Promise<boolean> {
  const others = await change.find(appTable, { where: equals('api_key', key) });
  return others.some((other) => other.id !== before?.id);
}

function refuseUnbuilt(call: RecordCall): void {
  if (call.options.flag('pkg') || call.options.text('import_url') !== undefined)
    throw NotImplemented('App packages are not implemented in this version.');
  if (call.request.verb === 'DELETE' && call.options.flag('delete_storage'))
    throw NotImplemented('Deleting the storage of an app is not implemented in this version.');
}
