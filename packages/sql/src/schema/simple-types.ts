import type { SimpleType } from './table-schema.js';

const SIMPLE_TYPES: Readonly<Record<SimpleType, true>> = {
  id: true,
  reference: true,
  string: true,
  text: true,
  integer: true,
  bigint: true,
  smallint: true,
  tinyint: true,
  boolean: true,
  float: true,
  double: true,
  decimal: true,
  money: true,
  date: true,
  time: true,
  timetz: true,
  datetime: true,
  datetimetz: true,
  timestamp: true,
  timestamptz: true,
  timestamp_on_create: true,
  timestamp_on_update: true,
  user_id: true,
  user_id_on_create: true,
  user_id_on_update: true,
  binary: true,
  uuid: true,
  array: true,
  json: true,
};

/** Whether a text is the name of a simple type (database-services.md 3.3). */
export function isSimpleType(name: string): name is SimpleType {
  return Object.hasOwn(SIMPLE_TYPES, name);
}
