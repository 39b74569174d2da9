import { serviceDocTable } from '@headgate/system-db';
import { fieldsOf } from '../records/field.js';
import type { RecordShape } from '../records/record-shape.js';

/** The API document that an administrator gives a service: `format` 0 JSON, 1 YAML. */
export const serviceDocShape: RecordShape = {
  table: serviceDocTable,
  key: 'service_id',
  right: 'service',
  ownedThrough: ['service_id'],
  writableThrough: ['service_id'],
  fields: fieldsOf(serviceDocTable, { service_id: {}, format: {}, content: {}, created_date: {}, last_modified_date: {} }),
  raise(change, row) {
    change.raise(`service:${row.service_id}`);
  },
};
