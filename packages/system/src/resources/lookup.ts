import { MASK } from '@headgate/core';
import type { Change } from '@headgate/system-db';
import { all, equals, isNull, lookupTable } from '@headgate/system-db';
import { fieldsOf } from '../records/field.js';
import type { RecordDraft, RecordResource, RecordShape } from '../records/record-shape.js';
import { draftValue } from '../records/record-shape.js';
import { raiseLookup } from './raise.js';

const OWNERS = ['app_id', 'role_id', 'user_id'] as const;
const NAME_TAKEN = 'Lookup name can not be modified to one that already exists.';

/** Lookups, system-wide and of an app, a role or a user (system-service.md 2.11). */
export const lookupShape: RecordShape = {
  table: lookupTable,
  key: 'id',
  right: 'lookup',
  ownedThrough: OWNERS,
  writableThrough: OWNERS,
  nestedMatch: 'name',
  fields: fieldsOf(lookupTable, {
    id: {},
    app_id: { mode: 'owner' },
    role_id: { mode: 'owner' },
    user_id: { mode: 'owner' },
    name: { required: 'The name field is required.' },
    value: {
      masked: true,
      show: (value, row) => (value === null || value === undefined ? null : row.private === true ? MASK : String(value)),
    },
    private: {},
    description: {},
    created_date: {},
    last_modified_date: {},
    created_by_id: {},
    last_modified_by_id: {},
  }),
  async prepare(_call, change, draft) {
    await checkName(change, draft);
    const becomesPublic = draft.before?.private === true && draft.values.private === false && draft.before.value !== null;
    // Taking the mask off a stored value would show it to whoever may write.
    if (becomesPublic && !Object.hasOwn(draft.values, 'value'))
      draft.problems.add('value', 'The value must be given anew to make a private lookup public.');
  },
  raise: raiseLookup,
};

/** Names are unique per owner. */
async function checkName(change: Change, draft: RecordDraft): Promise<void> {
  const name = draft.values.name;
  if (typeof name !== 'string' || name === draft.before?.name) return;
  const owner = OWNERS.map((column) => {
    const value = draftValue(draft, column);
    return typeof value === 'number' ? equals(column, value) : isNull(column);
  });
  const others = await change.find(lookupTable, { where: all(equals('name', name), ...owner) });
  if (others.some((other) => other.id !== draft.before?.id)) draft.problems.add('name', NAME_TAKEN);
}

export const lookupResource: RecordResource = {
  ...lookupShape,
  name: 'lookup',
  label: 'Lookup Keys',
  description: 'Allows configuration of lookup keys.',
  scope: all(...OWNERS.map((column) => isNull(column))),
  always: ['private'],
};
