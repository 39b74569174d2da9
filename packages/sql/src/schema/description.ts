import type { DescribedOperation, DescribedOption, DescribedPath, DescribedRecord, JsonObject, ServiceDescription } from '@headgate/core';
import type { ServiceSchema } from './service-schema.js';
import type { ColumnSchema, TableSchema, ValueKind } from './table-schema.js';

/** What a database offers in this version, for its API document: the calls that are served, not those that answer 501. */
export function describeDatabase(schema: ServiceSchema): ServiceDescription {
  const described = { name: 'table_name', values: schema.tables.map(({ name }) => name) };
  const tables = { name: 'table_name', values: schema.tables.map(({ apiName }) => apiName) };
  const paths: readonly DescribedPath[] = [
    { segments: [], operations: [get('List the resources of the service', 'resources', LIST)] },
    { segments: ['_schema'], operations: [get('List the tables by their real names', 'resources', LIST)] },
    { segments: ['_schema', '{table_name}'], operations: [get('Describe a table', 'object', [REFRESH])], choice: described },
    {
      segments: ['_schema', '{table_name}', '{field_name}'],
      operations: [get('Describe a field of a table', 'object', [REFRESH])],
      choice: described,
    },
    { segments: ['_table'], operations: [get('List the tables', 'resources', LIST)] },
    { segments: ['_table', '{table_name}'], operations: COLLECTION, choice: tables },
    { segments: ['_table', '{table_name}', '{id}'], operations: RECORD, choice: tables },
  ];
  return { paths, records: schema.tables.map(describeRecord) };
}

const option = (name: string, type: DescribedOption['type'], description: string): DescribedOption => ({ name, type, description });

const REFRESH = option('refresh', 'boolean', 'Read the schema of the database anew.');
const FIELDS = option('fields', 'string', 'Comma list of fields to answer; * for all. Writes answer the identifier without it.');
const ID_FIELD = option('id_field', 'string', 'Comma list of the fields that identify a record, instead of the primary key.');
const FILTER: readonly DescribedOption[] = [
  option('filter', 'string', "SQL-like filter: (last_name = 'Smith') and (age > 30). Values may be named, :name, and sent in params."),
  option('ids', 'string', 'Comma list of identifiers.'),
];
const PAGE: readonly DescribedOption[] = [
  option('limit', 'integer', 'The most records to take.'),
  option('offset', 'integer', 'The number of records to skip.'),
  option('order', 'string', 'Comma list of fields, each with asc or desc.'),
];
const BATCH: readonly DescribedOption[] = [
  option('continue', 'boolean', 'Go on after a record that failed.'),
  option('rollback', 'boolean', 'Undo everything when a record fails.'),
];
const LIST: readonly DescribedOption[] = [
  option('fields', 'string', 'Comma list of members to answer; * for all.'),
  option('as_list', 'boolean', 'Answer the names alone.'),
  REFRESH,
];

function get(summary: string, answer: DescribedOperation['answer'], options: readonly DescribedOption[]): DescribedOperation {
  return { verb: 'GET', summary, answer, options };
}

const COLLECTION: readonly DescribedOperation[] = [
  get('Retrieve records', 'records', [
    FIELDS,
    ...FILTER,
    ...PAGE,
    ID_FIELD,
    option('include_count', 'boolean', 'Answer the number of all matching records as meta.count.'),
    option('include_schema', 'boolean', 'Answer the description of the table as meta.schema.'),
    option('count_only', 'boolean', 'Answer the number of matching records alone.'),
    option('as_list', 'boolean', 'Answer the values of one field: id_field, else name.'),
  ]),
  { verb: 'POST', summary: 'Create records', options: [FIELDS, ID_FIELD, ...BATCH], body: 'records', answer: 'records' },
  {
    verb: 'PUT',
    summary: 'Replace records',
    description: 'By the identifiers in the records, by ids, or by filter.',
    options: [FIELDS, ...FILTER, ...PAGE, ID_FIELD, ...BATCH],
    body: 'records',
    answer: 'records',
  },
  {
    verb: 'PATCH',
    summary: 'Update records',
    description: 'By the identifiers in the records, by ids, or by filter.',
    options: [FIELDS, ...FILTER, ...PAGE, ID_FIELD, ...BATCH],
    body: 'records',
    answer: 'records',
  },
  {
    verb: 'DELETE',
    summary: 'Delete records',
    description: 'By ids, by filter, or all with force.',
    options: [FIELDS, ...FILTER, ...PAGE, ID_FIELD, ...BATCH, option('force', 'boolean', 'Delete all records of the table.')],
    answer: 'records',
  },
];

const RECORD: readonly DescribedOperation[] = [
  get('Retrieve a record', 'record', [FIELDS, ID_FIELD]),
  { verb: 'PUT', summary: 'Replace a record', options: [FIELDS, ID_FIELD], body: 'record', answer: 'record' },
  { verb: 'PATCH', summary: 'Update a record', options: [FIELDS, ID_FIELD], body: 'record', answer: 'record' },
  { verb: 'DELETE', summary: 'Delete a record', options: [FIELDS, ID_FIELD], answer: 'record' },
];

function describeRecord(table: TableSchema): DescribedRecord {
  return {
    segments: ['_table', table.apiName],
    name: table.apiName,
    description: table.description,
    fields: table.columns.map((column) => ({ name: column.apiName, schema: fieldSchema(column) })),
  };
}

function fieldSchema(column: ColumnSchema): JsonObject {
  const isText = column.kind === 'text';
  return {
    ...VALUES[column.kind],
    ...(isText && column.length !== null && column.length > 0 && { maxLength: column.length }),
    description: column.description ?? column.label,
    ...(column.allowNull && { nullable: true }),
    ...(column.isGenerated && { readOnly: true }),
  };
}

/** How values look in answers (database-services.md 9.1). Kinds whose JSON depends on the database have no type. */
const VALUES: Readonly<Record<ValueKind, JsonObject>> = {
  integer: { type: 'integer' },
  bigint: { type: 'integer', format: 'int64' },
  decimal: { type: 'number' },
  float: { type: 'number' },
  boolean: { type: 'boolean' },
  text: { type: 'string' },
  binary: { type: 'string', format: 'byte' },
  json: {},
  array: {},
  uuid: { type: 'string', format: 'uuid' },
  date: { type: 'string', format: 'date' },
  time: { type: 'string' },
  timetz: { type: 'string' },
  timestamp: { type: 'string' },
  timestamptz: { type: 'string' },
  interval: { type: 'string' },
  money: {},
  bits: {},
  other: {},
};
