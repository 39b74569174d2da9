import type { Change, Configuration } from '@headgate/system-db';
import { equals, roleServiceAccessTable, userToAppToRoleTable } from '@headgate/system-db';

/** What a change touches beside the row itself, by the cascades and set-nulls of the foreign keys. */

/** The services whose configuration names roles, apps, services or templates. */
export function raiseSettings(change: Change, configuration: Configuration): void {
  for (const service of configuration.services.values())
    if (service.type === 'system' || service.type === 'user') change.raise(`service:${service.id}`);
}

export async function raiseRole(change: Change, configuration: Configuration, roleId: number): Promise<void> {
  change.raise(`role:${roleId}`);
  for (const app of configuration.apps.values()) if (app.roleId === roleId) change.raise(`app:${app.id}`);
  for (const row of await change.find(userToAppToRoleTable, { where: equals('role_id', roleId) })) change.raise(`user:${row.user_id}`);
}

export async function raiseApp(change: Change, appId: number): Promise<void> {
  change.raise(`app:${appId}`);
  for (const row of await change.find(userToAppToRoleTable, { where: equals('app_id', appId) })) change.raise(`user:${row.user_id}`);
}

export async function raiseService(change: Change, serviceId: number): Promise<void> {
  change.raise(`service:${serviceId}`);
  for (const row of await change.find(roleServiceAccessTable, { where: equals('service_id', serviceId) }))
    change.raise(`role:${row.role_id}`);
}

/** Lookups of users come with the user, all others are loaded together. */
export function raiseLookup(change: Change, row: Readonly<Record<string, unknown>>): void {
  if (typeof row.user_id === 'number') change.raise(`user:${row.user_id}`);
  else change.raise('lookup');
}
