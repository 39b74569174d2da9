import type { JsonValue } from '@headgate/core';
import { systemCustomTable, userCustomTable } from '@headgate/system-db';
import { fieldsOf, parseText } from '../records/field.js';
import type { RecordResource, RecordShape } from '../records/record-shape.js';

/** `system/custom`: values of any JSON type by name, shared by all (system-service.md 2.7). */
export const customResource: RecordResource = {
  name: 'custom',
  label: 'Custom Settings',
  description: 'Allows for creating system-wide custom settings',
  table: systemCustomTable,
  key: 'name',
  right: 'custom',
  ownedThrough: [],
  writableThrough: [],
  fields: fieldsOf(systemCustomTable, {
    name: { required: 'The name field is required.', parse: parseName },
    value: {},
    created_date: {},
    last_modified_date: {},
    created_by_id: {},
    last_modified_by_id: {},
  }),
  // A value is answered as it is; asked for by fields, the record is.
  presentOne: (record) => (Object.keys(record).length > 2 ? (record.value ?? null) : record),
  raise(change) {
    change.raise('custom');
  },
};

/** The values of one user, where they are read as a relation; the user's own service writes them. */
export const userCustomShape: RecordShape = {
  table: userCustomTable,
  key: 'id',
  right: 'user',
  ownedThrough: ['user_id'],
  writableThrough: [],
  fields: fieldsOf(userCustomTable, { id: {}, user_id: {}, name: {}, value: {}, created_date: {}, last_modified_date: {} }),
  raise(change) {
    change.raise('custom');
  },
};

function parseName(value: JsonValue) {
  const parsed = parseText('name', systemCustomTable.columns.name, value);
  return 'value' in parsed && String(parsed.value).includes('/') ? { problem: 'The name field must not contain a slash.' } : parsed;
}
