import type { JsonObject, JsonValue, VerbMask } from '@headgate/core';
import type { ColumnSchema, RelationSchema, TableSchema } from './table-schema.js';

/** The JSON of `_schema`, keys in the order of the contract (database-services.md 3.2). */

export function describeField(column: ColumnSchema): JsonObject {
  return {
    alias: column.alias,
    name: column.name,
    label: column.label,
    description: column.description,
    native: [],
    type: column.type,
    db_type: column.dbType,
    length: column.length,
    precision: column.precision,
    scale: column.scale,
    default: column.default,
    required: column.required,
    allow_null: column.allowNull,
    fixed_length: column.fixedLength,
    supports_multibyte: column.supportsMultibyte,
    auto_increment: column.autoIncrement,
    is_primary_key: column.isPrimaryKey,
    is_unique: column.isUnique,
    is_index: column.isIndex,
    is_foreign_key: column.isForeignKey,
    ref_table: column.refTable,
    ref_field: column.refField,
    ref_on_update: column.refOnUpdate,
    ref_on_delete: column.refOnDelete,
    picklist: column.picklist,
    validation: column.validation,
    db_function: null,
    is_virtual: column.isVirtual,
    is_aggregate: column.isAggregate,
  };
}

export function describeRelationship(relationship: RelationSchema): JsonObject {
  return {
    alias: relationship.alias,
    name: relationship.name,
    label: relationship.label,
    description: relationship.description,
    native: [],
    type: relationship.type,
    field: relationship.field,
    is_virtual: relationship.isVirtual,
    ref_service_id: relationship.refServiceId,
    ref_table: relationship.refTable,
    ref_field: relationship.refField,
    ref_on_update: relationship.refOnUpdate,
    ref_on_delete: relationship.refOnDelete,
    junction_service_id: relationship.junctionServiceId,
    junction_table: relationship.junctionTable,
    junction_field: relationship.junctionField,
    junction_ref_field: relationship.junctionRefField,
    always_fetch: relationship.alwaysFetch,
    flatten: relationship.flatten,
    flatten_drop_prefix: relationship.flattenDropPrefix,
  };
}

/** What lists show of a table with `fields=*`. */
export function describeTableHead(table: TableSchema): JsonObject {
  return {
    alias: table.alias,
    name: table.name,
    label: table.label,
    description: table.description,
    native: [],
    plural: table.plural,
    is_view: table.isView,
    primary_key: table.primaryKey.map(({ name }) => name),
    name_field: table.nameField,
  };
}

export function describeTable(table: TableSchema, access: VerbMask | undefined): JsonObject {
  const constraints: JsonValue = Object.keys(table.constraints).length === 0 ? [] : (table.constraints as unknown as JsonObject);
  return {
    ...describeTableHead(table),
    field: table.columns.map(describeField),
    related: table.relationships.map(describeRelationship),
    constraints,
    ...(access !== undefined && { access }),
  };
}

/** `meta.schema` and the entries of `_table`: names as clients of records use them. */
export function asRecordSchema(description: JsonObject): JsonObject {
  const { alias, ...rest } = description;
  const field = Array.isArray(rest.field) ? { field: (rest.field as readonly JsonObject[]).map(asRecordSchema) } : {};
  const related = Array.isArray(rest.related) ? { related: (rest.related as readonly JsonObject[]).map(asRecordSchema) } : {};
  return { ...rest, ...(alias !== null && alias !== undefined && { name: alias }), ...field, ...related };
}
