import { BadRequest, Forbidden, isTruthy, NotImplemented } from '@headgate/core';
import { equals } from '@headgate/system-db';
import type { RecordResource, RecordShape } from '../records/record-shape.js';
import { refuseInvitation } from './account.js';
import type { ShapeParts } from './shape-parts.js';

/** `system/admin` (system-service.md 2.3). */
export function adminResource(account: RecordShape, { guard }: ShapeParts): RecordResource {
  return {
    ...account,
    name: 'admin',
    label: 'Administrators',
    description: 'Allows management of administrators.',
    right: 'admin',
    scope: equals('is_sys_admin', true),
    fixed: { is_sys_admin: true },
    outside: { update: () => BadRequest('Cannot update a non-admin user.'), delete: () => BadRequest('Cannot delete a non-admin user.') },
    relationAliases: { user_lookup_by_user_id: 'lookup_by_user_id' },
    // Who may enter at all was checked on the way in; the rows need no second check.
    visible: () => undefined,
    guard(call) {
      const { verb } = call.request;
      if (verb !== 'GET' && verb !== 'HEAD' && !guard.isAdmin(call)) throw Forbidden('Only root admin can manage admins.');
      refuseInvitation(call);
    },
    async prepare(call, change, draft) {
      // Ignoring the wish would make an administrator with all rights out of one that was to have few.
      if (isTruthy(draft.body.is_restricted_admin))
        throw NotImplemented('Restricted administrators are not implemented in this version. Assign a role to the administrator instead.');
      await account.prepare?.(call, change, draft);
    },
  };
}
