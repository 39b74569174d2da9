import { Forbidden } from '@headgate/core';
import { equals } from '@headgate/system-db';
import type { RecordResource, RecordShape } from '../records/record-shape.js';
import { refuseInvitation } from './account.js';
import type { ShapeParts } from './shape-parts.js';

/** `system/user` (system-service.md 2.15). */
export function userResource(account: RecordShape, { guard }: ShapeParts): RecordResource {
  return {
    ...account,
    name: 'user',
    label: 'User Management',
    description: 'Allows user management capability.',
    scope: equals('is_sys_admin', false),
    fixed: { is_sys_admin: false },
    outside: {
      update: () => Forbidden('Not allowed to change an admin user.'),
      delete: () => Forbidden('Not allowed to delete an admin user.'),
    },
    relationAliases: { user_lookup_by_user_id: 'lookup_by_user_id' },
    guard: refuseInvitation,
    async prepare(call, change, draft) {
      if (draft.before !== undefined && !guard.isAdmin(call) && call.caller.user?.id === draft.before.id) {
        throw Forbidden('Not allowed to change your own account here. Use user/profile and user/password.');
      }
      await account.prepare?.(call, change, draft);
    },
  };
}
