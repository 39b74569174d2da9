import type { JsonObject } from '@headgate/core';
import { BadRequest } from '@headgate/core';
import type { RecordReader } from '@headgate/system-db';
import { oneOf, roleServiceAccessTable, roleTable, userToAppToRoleTable } from '@headgate/system-db';
import type { StoredRow } from '../records/field.js';
import { fieldsOf } from '../records/field.js';
import type { RecordResource } from '../records/record-shape.js';
import { ALL_TABS, accessibleTabs } from './admin-tabs.js';
import { raiseRole, raiseSettings } from './raise.js';
import type { ShapeParts } from './shape-parts.js';

/** `system/role` (system-service.md 2.13). */
export function roleResource({ configuration, guard }: ShapeParts): RecordResource {
  return {
    name: 'role',
    label: 'Roles',
    description: 'Allows role management capability.',
    table: roleTable,
    key: 'id',
    right: 'role',
    ownedThrough: [],
    writableThrough: [],
    relationAliases: { role_lookup_by_role_id: 'lookup_by_role_id' },
    parameters: ['accessible_tabs'],
    fields: fieldsOf(roleTable, {
      id: {},
      name: { required: 'The name field is required.' },
      description: {},
      is_active: {},
      created_date: {},
      last_modified_date: {},
      created_by_id: {},
      last_modified_by_id: {},
    }),
    async decorate(call, reader, rows) {
      return call.options.flag('accessible_tabs') ? tabsOf(reader, rows, configuration()) : undefined;
    },
    async prepare(call, change, draft) {
      if (draft.before !== undefined) await guard.demandForeignRole(call, change, draft.before.id as number);
    },
    async removing(call, change, row) {
      await guard.demandForeignRole(call, change, row.id as number);
      guard.demandGrantableRole(call, row.id);
      // These foreign keys refuse the deletion without saying which service is in the way.
      const users = [...configuration().services.values()].filter((service) => service.config.default_role === row.id);
      if (users.length > 0)
        throw BadRequest(
          `Role '${row.name}' is the default role of service ${users.map(({ name }) => `'${name}'`).join(', ')}. Give ${users.length === 1 ? 'it' : 'them'} another role first.`,
        );
    },
    async raise(change, row) {
      await raiseRole(change, configuration(), row.id as number);
      change.raise('lookup');
      raiseSettings(change, configuration());
    },
  };
}

/** The tabs of the admin app that a role opens; a role without users counts as one of an unrestricted administrator. */
async function tabsOf(
  reader: RecordReader,
  rows: readonly StoredRow[],
  configuration: ReturnType<ShapeParts['configuration']>,
): Promise<JsonObject[]> {
  const ids = rows.map((row) => row.id as number);
  if (ids.length === 0) return [];
  const used = new Set((await reader.find(userToAppToRoleTable, { where: oneOf('role_id', ids) })).map((row) => row.role_id));
  const access = await reader.find(roleServiceAccessTable, { where: oneOf('role_id', ids) });
  return ids.map((id) => ({
    accessible_tabs: used.has(id)
      ? accessibleTabs(
          access.filter((row) => row.role_id === id),
          configuration,
        )
      : [...ALL_TABS],
  }));
}
