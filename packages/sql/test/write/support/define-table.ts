import type { ColumnSchema, RelationSchema, SimpleType, TableSchema, ValueKind } from '../../../src/schema/table-schema.js';

export interface ColumnSketch extends Partial<Omit<ColumnSchema, 'name'>> {
  readonly type: SimpleType;
  readonly kind: ValueKind;
}

/** A table as a service sees it; what a sketch leaves out is as a plain nullable column has it. */
export function defineTable(name: string, columns: Readonly<Record<string, ColumnSketch>>, extra: Partial<TableSchema> = {}): TableSchema {
  const made = Object.entries(columns).map(([column, sketch]) => columnOf(column, sketch));
  const relationships: readonly RelationSchema[] = extra.relationships ?? [];
  return {
    name,
    alias: null,
    apiName: name,
    schemaName: null,
    tableName: name,
    label: name,
    plural: name,
    description: null,
    nameField: null,
    isView: false,
    isWritable: true,
    columns: made,
    primaryKey: made.filter((column) => column.isPrimaryKey),
    relationships,
    constraints: {},
    column: (apiName) =>
      made.find((column) => column.apiName === apiName) ?? made.find((column) => column.apiName.toLowerCase() === apiName.toLowerCase()),
    relationship: (relation) => relationships.find((known) => known.name === relation),
    ...extra,
  };
}

const BASE_TYPES: Readonly<Partial<Record<ValueKind, string>>> = {
  integer: 'int4',
  bigint: 'int8',
  decimal: 'numeric',
  float: 'float8',
  boolean: 'bool',
  text: 'varchar',
  json: 'jsonb',
  binary: 'bytea',
};

function columnOf(name: string, sketch: ColumnSketch): ColumnSchema {
  const isAutomatic = sketch.autoIncrement === true || sketch.default !== undefined || sketch.isGenerated === true;
  const allowNull = sketch.allowNull ?? (sketch.isPrimaryKey !== true && sketch.required !== true);
  return {
    name,
    alias: null,
    apiName: sketch.alias ?? name,
    label: name,
    description: null,
    dbType: sketch.type,
    baseType: BASE_TYPES[sketch.kind] ?? sketch.kind,
    length: null,
    precision: null,
    scale: null,
    default: null,
    required: !allowNull && !isAutomatic,
    allowNull,
    fixedLength: false,
    supportsMultibyte: false,
    autoIncrement: false,
    isGenerated: false,
    isPrimaryKey: false,
    isUnique: false,
    isIndex: false,
    isForeignKey: false,
    refTable: null,
    refField: null,
    refOnUpdate: null,
    refOnDelete: null,
    picklist: null,
    validation: null,
    isVirtual: false,
    isAggregate: false,
    ...sketch,
  };
}
