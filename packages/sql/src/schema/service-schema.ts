import type { Catalogue, CatalogueColumn, CatalogueConstraint, CatalogueRoutine, CatalogueTable } from '../dialect/catalogue.js';
import type { FieldExtras, SchemaExtras, TableExtras } from './extras.js';
import { labelOf, pluralOf } from './labels.js';
import { relationshipsOf } from './relationships.js';
import type { ColumnSchema, ConstraintSchema, RelationSchema, TableSchema } from './table-schema.js';

/** Sorted as people do, ignoring case (database-services.md 2.3). */
const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
export const byName = (a: { readonly name: string }, b: { readonly name: string }) => collator.compare(a.name, b.name);

/** All tables and routines of a service at one moment. Immutable. */
export class ServiceSchema {
  readonly serverVersion: string;
  /** By real name. */
  readonly tables: readonly TableSchema[];
  readonly routines: readonly NamedRoutine[];
  readonly #byApiName: NameMap<TableSchema>;
  readonly #byName: NameMap<TableSchema>;

  constructor(catalogue: Catalogue, serviceId: number, extras: SchemaExtras) {
    this.serverVersion = catalogue.serverVersion;
    this.tables = buildTables(catalogue, serviceId, extras).sort(byName);
    this.routines = buildRoutines(catalogue);
    this.#byApiName = new NameMap(this.tables, ({ apiName }) => apiName);
    this.#byName = new NameMap(this.tables, ({ name }) => name);
  }

  /** The table below `_table`, by alias or name, any case. */
  table(apiName: string): TableSchema | undefined {
    return this.#byApiName.get(apiName);
  }

  /** The table below `_schema`, by its real name, any case. */
  tableByName(name: string): TableSchema | undefined {
    return this.#byName.get(name);
  }
}

export interface NamedRoutine extends CatalogueRoutine {
  /** As clients call it: with its schema unless that is the default one. */
  readonly apiName: string;
}

/** Finds by name, the exact spelling first. */
class NameMap<T> {
  readonly #exact = new Map<string, T>();
  readonly #folded = new Map<string, T>();

  constructor(items: Iterable<T>, nameOf: (item: T) => string) {
    for (const item of items) {
      const name = nameOf(item);
      if (!this.#exact.has(name)) this.#exact.set(name, item);
      const folded = name.toLowerCase();
      if (!this.#folded.has(folded)) this.#folded.set(folded, item);
    }
  }

  get(name: string): T | undefined {
    return this.#exact.get(name) ?? this.#folded.get(name.toLowerCase());
  }
}

class Table implements TableSchema {
  readonly name: string;
  readonly alias: string | null;
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
  readonly primaryKey: readonly ColumnSchema[];
  readonly relationships: readonly RelationSchema[];
  readonly constraints: Readonly<Record<string, ConstraintSchema>>;
  readonly #columns: NameMap<ColumnSchema>;
  readonly #relationships: NameMap<RelationSchema>;

  constructor(name: string, table: CatalogueTable, parts: TableParts) {
    const { extras } = parts;
    this.name = name;
    this.alias = extras?.alias || null;
    this.apiName = this.alias ?? name;
    this.schemaName = table.schema;
    this.tableName = table.name;
    this.label = extras?.label || labelOf(name);
    this.plural = extras?.plural || pluralOf(this.label);
    this.description = extras?.description ?? null;
    this.nameField = extras?.nameField ?? null;
    this.isView = table.kind !== 'table';
    this.isWritable = table.kind === 'table' || (table.kind === 'view' && table.isUpdatable === true);
    this.columns = Object.freeze(parts.columns);
    this.primaryKey = parts.key
      .map((column) => parts.columns.find((candidate) => candidate.name === column)!)
      .filter((column) => column !== undefined);
    this.relationships = parts.relationships;
    this.constraints = parts.constraints;
    this.#columns = new NameMap(this.columns, (column) => column.apiName);
    this.#relationships = new NameMap(this.relationships, (relationship) => relationship.alias ?? relationship.name);
  }

  column(apiName: string): ColumnSchema | undefined {
    return this.#columns.get(apiName);
  }

  relationship(name: string): RelationSchema | undefined {
    return this.#relationships.get(name);
  }
}

interface TableParts {
  readonly extras: TableExtras | undefined;
  readonly columns: readonly ColumnSchema[];
  readonly key: readonly string[];
  readonly relationships: readonly RelationSchema[];
  readonly constraints: Readonly<Record<string, ConstraintSchema>>;
}

function buildTables(catalogue: Catalogue, serviceId: number, extras: SchemaExtras): TableSchema[] {
  const nameTable = (schema: string | null, table: string) => apiNameOf(catalogue, schema, table);
  const constraintsOf = Map.groupBy(catalogue.constraints, ({ tableSchema, table }) => nameTable(tableSchema, table));
  const relationships = relationshipsOf(catalogue.constraints, nameTable, serviceId, extras);
  const tableExtras = new Map(extras.tables.map((row) => [row.table.toLowerCase(), row]));
  const fieldExtras = Map.groupBy(extras.fields, ({ table }) => table.toLowerCase());
  return catalogue.tables.map((table) => {
    const name = nameTable(table.schema, table.name);
    const constraints = constraintsOf.get(name) ?? [];
    return new Table(name, table, {
      extras: tableExtras.get(name.toLowerCase()),
      columns: buildColumns(table, constraints, nameTable, fieldExtras.get(name.toLowerCase()) ?? []),
      key: constraints.find(({ kind }) => kind === 'primary')?.columns ?? [],
      relationships: relationships.get(name) ?? [],
      constraints: Object.fromEntries(constraints.map((constraint) => [constraint.name, constraintShape(constraint)])),
    });
  });
}

function apiNameOf({ defaultSchema }: Catalogue, schema: string | null, name: string): string {
  return schema === null || schema === defaultSchema ? name : `${schema}.${name}`;
}

function buildRoutines(catalogue: Catalogue): NamedRoutine[] {
  return catalogue.routines
    .map((routine) => ({ ...routine, apiName: apiNameOf(catalogue, routine.schema, routine.name) }))
    .sort((a, b) => collator.compare(a.apiName, b.apiName));
}

function buildColumns(
  table: CatalogueTable,
  constraints: readonly CatalogueConstraint[],
  nameTable: (schema: string | null, table: string) => string,
  extras: readonly FieldExtras[],
): ColumnSchema[] {
  const extraOf = new Map(extras.map((row) => [row.field.toLowerCase(), row]));
  const primary = constraints.find(({ kind }) => kind === 'primary')?.columns ?? [];
  const columns = table.columns.map((column) => {
    const key = constraints.find(({ kind, columns: names }) => kind === 'foreign' && names.includes(column.name));
    const isUnique = constraints.some(({ kind, columns: names }) => kind === 'unique' && names.length === 1 && names[0] === column.name);
    const reference = key && {
      table: nameTable(key.refSchema, key.refTable ?? ''),
      field: key.refColumns[key.columns.indexOf(column.name)] ?? null,
      isSingle: key.columns.length === 1,
    };
    return columnSchema(
      column,
      { isPrimaryKey: primary.includes(column.name), isOnlyKey: primary.length === 1, isUnique, reference },
      extraOf.get(column.name.toLowerCase()),
    );
  });
  const real = new Set(columns.map(({ name }) => name.toLowerCase()));
  return [...columns, ...extras.filter(({ field, isVirtual }) => isVirtual && !real.has(field.toLowerCase())).map(virtualColumn)];
}

interface ColumnRole {
  readonly isPrimaryKey: boolean;
  readonly isOnlyKey: boolean;
  readonly isUnique: boolean;
  readonly reference: { readonly table: string; readonly field: string | null; readonly isSingle: boolean } | undefined;
}

function columnSchema(column: CatalogueColumn, role: ColumnRole, extras: FieldExtras | undefined): ColumnSchema {
  const { isPrimaryKey, reference } = role;
  let type = column.simpleType;
  if (type === 'integer' && isPrimaryKey && role.isOnlyKey && column.autoIncrement) type = 'id';
  else if (type === 'integer' && reference?.isSingle) type = 'reference';
  const hasDefault = column.default !== null || column.autoIncrement || column.isGenerated;
  return Object.freeze({
    name: column.name,
    alias: extras?.alias || null,
    apiName: extras?.alias || column.name,
    label: extras?.label || labelOf(column.name),
    description: extras?.description ?? null,
    type: extras?.extraType ?? type,
    kind: column.kind,
    dbType: column.dbType,
    baseType: column.baseType,
    length: column.length,
    precision: column.precision,
    scale: column.scale,
    default: column.default,
    required: !column.allowNull && !hasDefault,
    allowNull: column.allowNull,
    fixedLength: column.fixedLength,
    supportsMultibyte: column.supportsMultibyte,
    autoIncrement: column.autoIncrement,
    isGenerated: column.isGenerated,
    isPrimaryKey,
    isUnique: role.isUnique || (column.isUniqueIndexed && !isPrimaryKey),
    isIndex: column.isIndexed,
    isForeignKey: reference !== undefined,
    refTable: reference?.table ?? null,
    refField: reference?.field ?? null,
    refOnUpdate: null,
    refOnDelete: null,
    picklist: extras?.picklist ?? null,
    validation: extras?.validation ?? null,
    isVirtual: false,
    isAggregate: extras?.isAggregate ?? false,
  });
}

/** A field that exists in the API alone. */
function virtualColumn(extras: FieldExtras): ColumnSchema {
  return Object.freeze({
    name: extras.field,
    alias: extras.alias || null,
    apiName: extras.alias || extras.field,
    label: extras.label || labelOf(extras.field),
    description: extras.description,
    type: extras.extraType ?? 'string',
    kind: 'other',
    dbType: '',
    baseType: '',
    length: null,
    precision: null,
    scale: null,
    default: null,
    required: false,
    allowNull: true,
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
    picklist: extras.picklist,
    validation: extras.validation,
    isVirtual: true,
    isAggregate: extras.isAggregate,
  });
}

const CONSTRAINT_TYPES = { primary: 'PRIMARY KEY', unique: 'UNIQUE', foreign: 'FOREIGN KEY' } as const;

function constraintShape(constraint: CatalogueConstraint): ConstraintSchema {
  const single = (columns: readonly string[]) => (columns.length === 1 ? columns[0]! : columns);
  return {
    constraint_type: CONSTRAINT_TYPES[constraint.kind],
    constraint_schema: constraint.schema,
    constraint_name: constraint.name,
    table_schema: constraint.tableSchema,
    table_name: constraint.table,
    column_name: single(constraint.columns),
    referenced_table_schema: constraint.refSchema,
    referenced_table_name: constraint.refTable,
    referenced_column_name: constraint.refColumns.length === 0 ? null : single(constraint.refColumns),
    update_rule: constraint.onUpdate,
    delete_rule: constraint.onDelete,
  };
}
