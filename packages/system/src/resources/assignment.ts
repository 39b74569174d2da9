import { AccessForbidden, allows, BadRequest } from '@headgate/core';
import { all, equals, userToAppToRoleTable } from '@headgate/system-db';
import { fieldsOf } from '../records/field.js';
import type { RecordShape } from '../records/record-shape.js';
import { draftValue } from '../records/record-shape.js';
import type { ShapeParts } from './shape-parts.js';

/** Which role a user has in which app (`user_to_app_to_role`): one for each app. */
export function assignmentShape({ guard }: ShapeParts): RecordShape {
  return {
    table: userToAppToRoleTable,
    key: 'id',
    right: 'user',
    ownedThrough: ['user_id'],
    writableThrough: ['user_id', 'app_id', 'role_id'],
    fields: fieldsOf(userToAppToRoleTable, { id: {}, user_id: {}, app_id: {}, role_id: {} }),
    async prepare(call, change, draft) {
      const { access, requestor, service } = call.request;
      // A profile is no way to roles: who is no administrator needs the right on users.
      if (!guard.isAdmin(call) && !allows(access.verbsFor('user', requestor), 'PATCH'))
        throw AccessForbidden('PATCH', 'user', service, true);
      const [user, app] = [draftValue(draft, 'user_id'), draftValue(draft, 'app_id')];
      guard.demandGrantableRole(call, draftValue(draft, 'role_id'));
      for (const column of ['user_id', 'app_id', 'role_id']) {
        if (typeof draftValue(draft, column) !== 'number') draft.problems.add(column, `The ${column} field is required.`);
      }
      if (typeof user !== 'number' || typeof app !== 'number') return;
      const others = await change.find(userToAppToRoleTable, { where: all(equals('user_id', user), equals('app_id', app)) });
      if (others.some((other) => other.id !== draft.before?.id)) {
        throw BadRequest('Multiple user-to-app-to-role assignment. You can only have a single user-to-app-to-role assignment.');
      }
    },
    raise(change, row) {
      change.raise(`user:${row.user_id}`);
    },
  };
}
