import type { JsonValue } from '@headgate/core';
import { verbMask, verbNames } from '@headgate/core';
import { corsConfigTable } from '@headgate/system-db';
import type { Parsed } from '../records/field.js';
import { fieldsOf, parseInteger } from '../records/field.js';
import type { RecordResource } from '../records/record-shape.js';

/** `system/cors` (system-service.md 2.6). */
export const corsResource: RecordResource = {
  name: 'cors',
  label: 'CORS Configuration',
  description: 'Allows configuration of CORS system settings.',
  table: corsConfigTable,
  key: 'id',
  right: 'cors',
  ownedThrough: [],
  writableThrough: [],
  fields: fieldsOf(corsConfigTable, {
    id: {},
    path: { required: 'The path is required.' },
    origin: { required: 'The origin is required.' },
    header: {},
    method: { parse: parseMethods, show: (mask) => verbNames(Number(mask ?? 0)) },
    max_age: {},
    enabled: {},
    created_date: {},
    last_modified_date: {},
    created_by_id: {},
    last_modified_by_id: {},
    description: {},
    exposed_header: {},
    supports_credentials: {},
  }),
  raise(change) {
    change.raise('cors');
  },
};

/** Verbs as a list of names, a comma list, or the mask that they make. */
function parseMethods(value: JsonValue): Parsed {
  if (value === null || value === '') return { value: 0 };
  const names = Array.isArray(value)
    ? value.map(String)
    : typeof value === 'string' && !/^\d+$/.test(value)
      ? value.split(',').map((name) => name.trim())
      : undefined;
  if (names === undefined) {
    const parsed = parseInteger('method', value);
    return 'value' in parsed && ((parsed.value as number) < 0 || (parsed.value as number) > 1023)
      ? { problem: 'The method field must be a list of verbs.' }
      : parsed;
  }
  const found = verbMask(names);
  return 'mask' in found ? { value: found.mask } : { problem: `The verb "${found.unknown}" is not supported.` };
}
