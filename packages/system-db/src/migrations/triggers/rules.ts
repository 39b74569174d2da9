import { allTables } from '../../tables/index.js';

/** Which scope a row of a table moves, whoever writes it (design.md 6). */
export interface TriggerRule {
  readonly table: string;
  /** The scope: the name alone, or with the value of a column: `role:3`. */
  readonly scope: { readonly name: string; readonly column?: string };
  /** Where `column` is null, this scope instead. */
  readonly otherwise?: string;
  /** Columns that alone move nothing. */
  readonly unwatched?: readonly string[];
  /**
   * Deleting such a row deletes or changes rows of other tables by their keys, for which MySQL runs no triggers: there the deletion
   * moves everything.
   */
  readonly cascades?: boolean;
}

/** Rows that belong to one service: its configuration, its schema extras, its lists. */
const SERVICE_OWNED = allTables.filter(
  (table) =>
    table.columns.service_id?.references?.table === 'service' &&
    !['role_service_access', 'scheduler_tasks', 'oauth_token_map', 'service_doc'].includes(table.name),
);

export const TRIGGER_RULES: readonly TriggerRule[] = [
  { table: 'service', scope: { name: 'service', column: 'id' }, cascades: true },
  ...SERVICE_OWNED.map((table) => ({ table: table.name, scope: { name: 'service', column: 'service_id' } })),
  { table: 'role', scope: { name: 'role', column: 'id' }, cascades: true },
  { table: 'role_service_access', scope: { name: 'role', column: 'role_id' } },
  { table: 'app', scope: { name: 'app', column: 'id' }, cascades: true },
  { table: 'email_template', scope: { name: 'email_template' }, cascades: true },
  {
    table: 'user',
    scope: { name: 'user', column: 'id' },
    // What logging in and asking for a new password write; none of it decides about access.
    unwatched: ['last_login_date', 'confirm_code', 'remember_token', 'last_modified_date'],
    cascades: true,
  },
  { table: 'user_to_app_to_role', scope: { name: 'user', column: 'user_id' } },
  { table: 'headgate_user_session', scope: { name: 'user', column: 'user_id' } },
  { table: 'lookup', scope: { name: 'user', column: 'user_id' }, otherwise: 'lookup' },
  { table: 'cors_config', scope: { name: 'cors' } },
  { table: 'limits', scope: { name: 'limit' } },
  { table: 'headgate_revoked_token', scope: { name: 'revocation' } },
];

export type TriggerEvent = 'INSERT' | 'UPDATE' | 'DELETE';
export const TRIGGER_EVENTS: readonly TriggerEvent[] = ['INSERT', 'UPDATE', 'DELETE'];

/** The columns of a rule's table whose change moves its scope. */
export function watchedColumns(rule: TriggerRule): readonly string[] {
  const table = allTables.find((candidate) => candidate.name === rule.table);
  return Object.keys(table?.columns ?? {}).filter((column) => !rule.unwatched?.includes(column));
}
