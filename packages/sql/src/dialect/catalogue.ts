/** What a dialect's introspection finds: plain facts of the catalogue. `schema/` makes tables, names and relationships of them. */

export interface CatalogueScope {
  /** `undefined`: every schema; else the one. */
  readonly schema: string | undefined;
}

export interface Catalogue {
  /** The schema whose tables go by their bare names. */
  readonly defaultSchema: string | null;
  readonly serverVersion: string;
  readonly tables: readonly CatalogueTable[];
  readonly constraints: readonly CatalogueConstraint[];
  readonly routines: readonly CatalogueRoutine[];
}

export interface CatalogueTable {
  readonly schema: string | null;
  readonly name: string;
  readonly kind: 'table' | 'view' | 'materialized view';
  readonly comment: string | null;
  /** Of a view: whether writes can reach the tables behind it; `undefined` counts as no. */
  readonly isUpdatable?: boolean;
  readonly columns: readonly CatalogueColumn[];
}

export interface CatalogueColumn {
  readonly name: string;
  readonly comment: string | null;
  readonly dbType: string;
  readonly baseType: string;
  readonly simpleType: import('../schema/table-schema.js').SimpleType;
  readonly kind: import('../schema/table-schema.js').ValueKind;
  readonly length: number | null;
  readonly precision: number | null;
  readonly scale: number | null;
  readonly default: import('@headgate/core').JsonValue;
  readonly allowNull: boolean;
  readonly fixedLength: boolean;
  readonly supportsMultibyte: boolean;
  readonly autoIncrement: boolean;
  readonly isGenerated: boolean;
  /** Part of an index that is no constraint, or of a unique index. */
  readonly isIndexed: boolean;
  readonly isUniqueIndexed: boolean;
}

/** A key with its columns in order; foreign keys pair them by position. */
export interface CatalogueConstraint {
  readonly kind: 'primary' | 'unique' | 'foreign';
  readonly schema: string | null;
  readonly name: string;
  readonly table: string;
  readonly tableSchema: string | null;
  readonly columns: readonly string[];
  readonly refSchema: string | null;
  readonly refTable: string | null;
  readonly refColumns: readonly string[];
  readonly onUpdate: string | null;
  readonly onDelete: string | null;
}

export interface CatalogueRoutine {
  readonly schema: string | null;
  readonly name: string;
  readonly kind: 'procedure' | 'function';
}
