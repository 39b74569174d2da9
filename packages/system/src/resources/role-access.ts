import type { JsonValue } from '@headgate/core';
import { isJsonObject, REQUESTORS, verbMask } from '@headgate/core';
import { roleServiceAccessTable } from '@headgate/system-db';
import type { Parsed } from '../records/field.js';
import { fieldsOf, parseInteger, parseText } from '../records/field.js';
import type { RecordShape } from '../records/record-shape.js';
import { draftValue } from '../records/record-shape.js';
import type { ShapeParts } from './shape-parts.js';

/** The rows of a role: which verbs on which component of which service, for whom, on which records (system-service.md 2.13). */
export function roleAccessShape({ guard }: ShapeParts): RecordShape {
  return {
    table: roleServiceAccessTable,
    key: 'id',
    right: 'role',
    ownedThrough: ['role_id'],
    writableThrough: ['role_id', 'service_id'],
    fields: fieldsOf(roleServiceAccessTable, {
      id: {},
      role_id: {},
      service_id: {},
      component: { parse: parseComponent },
      verb_mask: { parse: (value) => parseMask('verb_mask', value, namedVerbs) },
      requestor_mask: { parse: (value) => parseMask('requestor_mask', value, namedRequestors) },
      filters: { parse: parseFilters },
      filter_op: { parse: parseFilterOp },
      created_date: {},
      last_modified_date: {},
      created_by_id: {},
      last_modified_by_id: {},
    }),
    async prepare(call, change, draft) {
      const roleId = draftValue(draft, 'role_id');
      if (typeof roleId === 'number') await guard.demandForeignRole(call, change, roleId);
      guard.demandGrantableRow(call, {
        serviceId: (draftValue(draft, 'service_id') as number | null | undefined) ?? null,
        component: (draftValue(draft, 'component') as string | null | undefined) ?? null,
        verbMask: Number(draftValue(draft, 'verb_mask') ?? 0),
        requestorMask: Number(draftValue(draft, 'requestor_mask') ?? 0),
      });
    },
    async removing(call, change, row) {
      await guard.demandForeignRole(call, change, row.role_id as number);
    },
    raise(change, row) {
      change.raise(`role:${row.role_id}`);
    },
  };
}

/** No component and an empty one are the same: the root of the service. */
function parseComponent(value: JsonValue): Parsed {
  return value === '' || value === null ? { value: null } : parseText('component', roleServiceAccessTable.columns.component, value);
}

/** A mask as a number, or as a list of the names it stands for. */
function parseMask(field: string, value: JsonValue, named: (names: readonly string[]) => Parsed): Parsed {
  if (Array.isArray(value)) return named(value.map(String));
  if (value === null || value === '') return { value: 0 };
  const parsed = parseInteger(field, value);
  if ('value' in parsed) return (parsed.value as number) < 0 ? { problem: `The ${field} field must not be negative.` } : parsed;
  return typeof value === 'string' && /^[A-Za-z]+$/.test(value) ? named([value]) : parsed;
}

function namedVerbs(names: readonly string[]): Parsed {
  const found = verbMask(names);
  return 'mask' in found ? { value: found.mask } : { problem: `The verb "${found.unknown}" is not supported.` };
}

function namedRequestors(names: readonly string[]): Parsed {
  const unknown = names.find((name) => !Object.hasOwn(REQUESTORS, name.toUpperCase()));
  if (unknown !== undefined) return { problem: `The requestor "${unknown}" is not supported.` };
  return { value: names.reduce((mask, name) => mask | REQUESTORS[name.toUpperCase() as keyof typeof REQUESTORS], 0) };
}

const OPERATORS = new Set([
  '=',
  '!=',
  '<>',
  '>',
  '>=',
  '<',
  '<=',
  'EQ',
  'NE',
  'GT',
  'GTE',
  'LT',
  'LTE',
  'IN',
  'NOT IN',
  'LIKE',
  'NOT LIKE',
  'STARTS WITH',
  'ENDS WITH',
  'CONTAINS',
  'IS NULL',
  'IS NOT NULL',
  'DOES EXIST',
  'DOES NOT EXIST',
]);

function parseFilters(value: JsonValue): Parsed {
  if (value === null || value === '') return { value: null };
  if (!Array.isArray(value)) return { problem: 'The filters field must be a list.' };
  for (const filter of value) {
    if (!isJsonObject(filter) || typeof filter.name !== 'string' || filter.name === '')
      return { problem: 'Each of the filters must name a field.' };
    const operator = typeof filter.operator === 'string' ? filter.operator.trim().toUpperCase().replace(/\s+/g, ' ') : '';
    if (!OPERATORS.has(operator)) return { problem: `The operator of the filter on '${filter.name}' is not supported.` };
  }
  return { value };
}

function parseFilterOp(value: JsonValue): Parsed {
  if (value === null || value === '') return { value: 'and' };
  return typeof value === 'string' && /^(and|or)$/i.test(value) ? { value } : { problem: 'The filter_op field must be "and" or "or".' };
}
