import { define } from './define.js';

/** Errors of database services. Texts of drivers never reach a client. */

export const TableNotFound = define(
  {
    reason: 'table_not_found',
    status: 404,
    when: 'The database has no such table, or the caller may not see it.',
    remedy: 'Check the name, or GET _schema?refresh=true after changes made in the database.',
  },
  (table: string) => `Table "${table}" does not exist in the database.`,
);
export const FieldsNotFound = define(
  { reason: 'fields_not_found', status: 404, when: 'The table has none of the named fields.', remedy: 'Check the names.' },
  (table: string) => `No requested fields found in table '${table}'.`,
);
export const RelationshipsNotFound = define(
  { reason: 'relationships_not_found', status: 404, when: 'The table has none of the named relationships.', remedy: 'Check the names.' },
  (table: string) => `No requested relationships found in table '${table}'.`,
);
export const NoIdentifier = define(
  { reason: 'no_identifier', status: 400, when: 'The table has no primary key and the call names no id_field.', remedy: 'Give id_field.' },
  (table: string) => `Failed to retrieve records from '${table}'. Identifying field(s) could not be determined.`,
);
export const BadIdentifier = define(
  {
    reason: 'bad_identifier',
    status: 400,
    when: 'An identifier does not fit the key of the table.',
    remedy: 'Give one value for each field of the key.',
  },
  (message: string) => message,
);
export const BadValue = define(
  {
    reason: 'bad_value',
    status: 400,
    when: 'A value does not fit the type of its field.',
    remedy: 'Give a value of the type that the message names.',
  },
  (field: string, type: string) => `Field '${field}' must be a valid ${type}.`,
);
export const NullValue = define(
  { reason: 'null_value', status: 400, when: 'A field that must have a value is null.', remedy: 'Give a value.' },
  (field: string) => `Field '${field}' can not be NULL.`,
);
export const RequiredValue = define(
  { reason: 'required_value', status: 400, when: 'A required field is missing.', remedy: 'Give a value.' },
  (field: string) => `Required field '${field}' can not be NULL.`,
);
export const RequiredIdentifier = define(
  {
    reason: 'required_identifier',
    status: 400,
    when: 'A record lacks its key, which the database does not generate.',
    remedy: 'Give a value for each field of the key.',
  },
  (position: number) => `Required id field(s) not found in record ${position}.`,
);
export const NoValidFields = define(
  { reason: 'no_valid_fields', status: 400, when: 'A record has no field that the table knows.', remedy: 'Check the names of the fields.' },
  () => 'No valid fields were found in record.',
);
export const UnknownField = define(
  {
    reason: 'unknown_field',
    status: 400,
    when: 'A record of a request with Prefer: handling=strict has a field that the table does not have.',
    remedy: 'Correct or remove the field.',
  },
  (field: string, table: string) => `Unknown field '${field}' in table '${table}'.`,
);
export const FieldRuleBroken = define(
  {
    reason: 'field_rule_broken',
    status: 400,
    when: 'A value breaks a validation rule of its field.',
    remedy: 'Give a value that the rule allows.',
  },
  (message: string) => message,
);
export const FieldRuleUnusable = define(
  {
    reason: 'field_rule_unusable',
    status: 500,
    when: 'A validation rule of a field is configured in a way that cannot be used.',
    remedy: 'Correct the validation of the field in _schema.',
  },
  (rule: string, field: string) => `The rule '${rule}' of field '${field}' can not be used as configured.`,
);
export const ExpressionRefused = define(
  {
    reason: 'expression_refused',
    status: 400,
    when: 'A record value is an expression that is not on the list of allowed ones.',
    remedy: 'Use NOW(), CURRENT_TIMESTAMP, CURRENT_DATE or CURRENT_TIME, or compute the value before the call.',
  },
  (expression: string) => `SQL expression '${expression}' is not permitted.`,
);
export const EmptyRecord = define(
  { reason: 'empty_record', status: 400, when: 'The record of an update has no fields at all.', remedy: 'Send the fields to change.' },
  () => 'The request contains no valid record fields.',
);
export const DuplicateRecord = define(
  {
    reason: 'duplicate_record',
    status: 409,
    when: 'A record with the same unique value exists.',
    remedy: 'Use another value, or update the existing record.',
  },
  (fields: string) => `A record with the same value of ${fields} already exists.`,
);
export const ReferenceBroken = define(
  {
    reason: 'reference_broken',
    status: 409,
    when: 'A foreign key forbids the write.',
    remedy: 'Create the referenced record first, or delete the referencing ones.',
  },
  (fields: string) => `The write breaks a reference between tables (${fields}).`,
);
export const ConstraintBroken = define(
  {
    reason: 'constraint_broken',
    status: 400,
    when: 'A check of the database forbids the values.',
    remedy: 'Give values that the database allows.',
  },
  (what: string) => `The database refuses the values: ${what}.`,
);
export const ReadOnlyService = define(
  {
    reason: 'read_only_service',
    status: 403,
    when: 'The service is switched to read only.',
    remedy: 'Write to another service, or let the operator switch it.',
  },
  (service: string) => `Service '${service}' is read only.`,
);
export const SourceForbidden = define(
  {
    reason: 'source_forbidden',
    status: 403,
    when: 'The database user of the service lacks the right to do this.',
    remedy: 'Let the operator grant the right to the database user of the service, or name another user in its configuration.',
  },
  (service: string) => `The database does not allow this to service '${service}'.`,
);
export const SourceLimit = define(
  {
    reason: 'source_limit',
    status: 400,
    when: 'The request is larger or more complex than the database takes.',
    remedy: 'Send fewer records or conditions, or smaller values.',
  },
  () => 'The request exceeds a limit of the database.',
);
export const SourceUnsupported = define(
  {
    reason: 'source_unsupported',
    status: 400,
    when: 'The database cannot do this to the table, view or column, for example write a view that joins tables.',
    remedy: 'Use the tables behind the view, or leave the field out.',
  },
  () => 'The database does not support this operation on the table, view or field.',
);
export const NotWritable = define(
  { reason: 'not_writable', status: 400, when: 'The table or view cannot be written.', remedy: 'Write to the tables behind it.' },
  (table: string) => `'${table}' can not be written.`,
);
export const SourceError = define(
  {
    reason: 'source_error',
    status: 500,
    when: 'The database answered with an error that has no better name.',
    remedy: 'The log has the details under the request id.',
  },
  () => 'The database could not process the request.',
);
