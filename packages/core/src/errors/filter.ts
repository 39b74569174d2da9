import { define } from './define.js';

/** Errors of the query language. Positions count characters from 1. */

export const BadFilter = define(
  {
    reason: 'bad_filter',
    status: 400,
    when: 'The filter cannot be parsed.',
    remedy: 'Correct the filter at the position that the hint names.',
  },
  () => 'Invalid or unparsable filter request.',
);
export const BadFilterField = define(
  {
    reason: 'bad_filter_field',
    status: 400,
    when: 'A filter names a field that the table does not have.',
    remedy: 'Use a field of the table.',
  },
  (field: string) => `Invalid or unparsable field in filter request: '${field}'`,
);
export const BadFilterList = define(
  { reason: 'bad_filter_list', status: 400, when: 'The values of IN are not in parentheses.', remedy: 'Write IN (1,2,3).' },
  () => 'Filter value lists must be wrapped in parentheses.',
);
export const BadFilterValue = define(
  {
    reason: 'bad_filter_value',
    status: 400,
    when: 'A value of a filter does not fit the type of its field.',
    remedy: 'Give a value of the type that the message names.',
  },
  (field: string, type: string) => `Field '${field}' must be a valid ${type}.`,
);
export const FilterNotText = define(
  { reason: 'filter_not_text', status: 400, when: 'A filter is an array or an object.', remedy: 'Send the filter as text.' },
  () => 'The filter must be a text.',
);
export const FilterTooLarge = define(
  { reason: 'filter_too_large', status: 400, when: 'A filter is too long or nested too deeply.', remedy: 'Split the request, or use ids.' },
  (what: string) => `The filter is too large: ${what}.`,
);
export const BadField = define(
  { reason: 'bad_field', status: 400, when: 'fields names a field that the table does not have.', remedy: 'Use a field of the table.' },
  (field: string) => `Invalid field requested: ${field}`,
);
export const BadOrder = define(
  {
    reason: 'bad_order',
    status: 400,
    when: 'The order clause cannot be read.',
    remedy: 'Write field names with asc or desc, separated by commas.',
  },
  () => 'Invalid order by clause in request.',
);
export const BadOrderField = define(
  {
    reason: 'bad_order_field',
    status: 400,
    when: 'The order clause names a field that the table does not have.',
    remedy: 'Use a field of the table.',
  },
  (field: string) => `Invalid field '${field}' in order by clause.`,
);
export const BadRoleFilter = define(
  {
    reason: 'bad_role_filter',
    status: 500,
    when: "A record filter of the caller's role cannot be read.",
    remedy: 'Let an administrator correct the filters of the role.',
  },
  () => 'Invalid server-side filter configuration detected.',
);
export const BadGroupField = define(
  {
    reason: 'bad_group_field',
    status: 400,
    when: 'The group clause names a field that the table does not have.',
    remedy: 'Use a field of the table.',
  },
  (field: string) => `Invalid or unknown field '${field}' in group by clause.`,
);
