import type { JsonValue } from '@headgate/core';

/** The simple types of the contract (database-services.md 3.3, 9.1): what `type` says in `_schema`. */
export type SimpleType =
  | 'id'
  | 'reference'
  | 'string'
  | 'text'
  | 'integer'
  | 'bigint'
  | 'smallint'
  | 'tinyint'
  | 'boolean'
  | 'float'
  | 'double'
  | 'decimal'
  | 'money'
  | 'date'
  | 'time'
  | 'timetz'
  | 'datetime'
  | 'datetimetz'
  | 'timestamp'
  | 'timestamptz'
  | 'timestamp_on_create'
  | 'timestamp_on_update'
  | 'user_id'
  | 'user_id_on_create'
  | 'user_id_on_update'
  | 'binary'
  | 'uuid'
  | 'array'
  | 'json';

/**
 * How values of a column travel, whatever its simple type is called: decided once at introspection from the catalog's base type
 * (never from parts of a type's name). The dialects' codecs and the write path switch on it.
 */
export type ValueKind =
  | 'integer'
  | 'bigint'
  | 'decimal'
  | 'float'
  | 'boolean'
  | 'text'
  | 'binary'
  | 'json'
  | 'array'
  | 'uuid'
  | 'date'
  | 'time'
  | 'timetz'
  | 'timestamp'
  | 'timestamptz'
  | 'interval'
  | 'money'
  | 'bits'
  | 'other';

export interface ColumnSchema {
  /** The real name in the database. */
  readonly name: string;
  readonly alias: string | null;
  /** What clients call it: the alias, else the name. */
  readonly apiName: string;
  readonly label: string;
  readonly description: string | null;
  readonly type: SimpleType;
  readonly kind: ValueKind;
  /** As the database names the type: `character varying(40)`. */
  readonly dbType: string;
  /** The catalog's type to cast parameters to where the dialect needs it: `int4`, `varchar`. */
  readonly baseType: string;
  readonly length: number | null;
  readonly precision: number | null;
  readonly scale: number | null;
  readonly default: JsonValue;
  readonly required: boolean;
  readonly allowNull: boolean;
  readonly fixedLength: boolean;
  readonly supportsMultibyte: boolean;
  readonly autoIncrement: boolean;
  /** Computed by the database: never written. `identity` columns marked ALWAYS count as `autoIncrement`. */
  readonly isGenerated: boolean;
  readonly isPrimaryKey: boolean;
  readonly isUnique: boolean;
  readonly isIndex: boolean;
  readonly isForeignKey: boolean;
  readonly refTable: string | null;
  readonly refField: string | null;
  readonly refOnUpdate: string | null;
  readonly refOnDelete: string | null;
  readonly picklist: readonly string[] | null;
  readonly validation: Readonly<Record<string, JsonValue>> | null;
  readonly isVirtual: boolean;
  readonly isAggregate: boolean;
}

export interface RelationSchema {
  readonly name: string;
  readonly alias: string | null;
  readonly label: string;
  readonly description: string | null;
  readonly type: 'belongs_to' | 'has_one' | 'has_many' | 'many_many';
  /** Comma-joined for composite keys. */
  readonly field: string;
  readonly isVirtual: boolean;
  readonly refServiceId: number;
  readonly refTable: string;
  readonly refField: string;
  readonly refOnUpdate: string | null;
  readonly refOnDelete: string | null;
  readonly junctionServiceId: number | null;
  readonly junctionTable: string | null;
  readonly junctionField: string | null;
  readonly junctionRefField: string | null;
  readonly alwaysFetch: boolean;
  readonly flatten: boolean;
  readonly flattenDropPrefix: boolean;
}

/** One row of a table's `constraints`, by constraint name. */
export interface ConstraintSchema {
  readonly constraint_type: string;
  readonly constraint_schema: string | null;
  readonly constraint_name: string;
  readonly table_schema: string | null;
  readonly table_name: string;
  readonly column_name: string | readonly string[];
  readonly referenced_table_schema: string | null;
  readonly referenced_table_name: string | null;
  readonly referenced_column_name: string | readonly string[] | null;
  readonly update_rule: string | null;
  readonly delete_rule: string | null;
}

/** A table or view as one service sees it, extras applied. Immutable: plans hang on the object itself. */
export interface TableSchema {
  /** `contact`, or `sales.contact` outside the default schema (database-services.md 2.3). */
  readonly name: string;
  readonly alias: string | null;
  /** The name below `_table`: the alias, else the name. */
  readonly apiName: string;
  readonly schemaName: string | null;
  readonly tableName: string;
  readonly label: string;
  readonly plural: string;
  readonly description: string | null;
  readonly nameField: string | null;
  readonly isView: boolean;
  readonly isWritable: boolean;
  readonly columns: readonly ColumnSchema[];
  /** Key columns in the key's order; empty for views and tables without a key. */
  readonly primaryKey: readonly ColumnSchema[];
  readonly relationships: readonly RelationSchema[];
  readonly constraints: Readonly<Record<string, ConstraintSchema>>;
  /** A column by API name, any case (exact spelling first). */
  column(apiName: string): ColumnSchema | undefined;
  relationship(name: string): RelationSchema | undefined;
}
