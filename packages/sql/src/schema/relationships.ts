import type { CatalogueConstraint } from '../dialect/catalogue.js';
import type { SchemaExtras, VirtualRelationship } from './extras.js';
import { labelOf } from './labels.js';
import type { RelationSchema } from './table-schema.js';

/** A foreign key with its tables under the names that clients use. */
interface ForeignKey {
  readonly table: string;
  readonly columns: readonly string[];
  readonly refTable: string;
  readonly refColumns: readonly string[];
  readonly onUpdate: string | null;
  readonly onDelete: string | null;
}

export type NameTable = (schema: string | null, table: string) => string;

/** The relationships of all tables, by table name (database-services.md 3.5). Of two with one name the later stays, as in the original. */
export function relationshipsOf(
  constraints: readonly CatalogueConstraint[],
  nameTable: NameTable,
  serviceId: number,
  extras: SchemaExtras,
): ReadonlyMap<string, readonly RelationSchema[]> {
  const found = new Relationships(serviceId);
  const keys = constraints.filter(({ kind }) => kind === 'foreign').map((key) => foreignKey(key, nameTable));
  const uniques = uniqueColumns(constraints, nameTable);
  const keysOf = Map.groupBy(keys, ({ table }) => table);
  for (const key of keys) found.addBelongsTo(key);
  for (const [junction, others] of keysOf) {
    for (const near of others) for (const far of others) if (near.refTable !== far.refTable) found.addManyMany(junction, near, far);
  }
  for (const key of keys) found.addHas(key, uniques.get(key.table)?.has(setOf(key.columns)) ?? false);
  for (const virtual of extras.virtualRelationships) found.addVirtual(virtual);
  for (const extra of extras.relationships) found.applyExtras(extra);
  return found.byTable;
}

const setOf = (columns: readonly string[]) => [...columns].sort().join('\u0000');

function foreignKey(key: CatalogueConstraint, nameTable: NameTable): ForeignKey {
  return {
    table: nameTable(key.tableSchema, key.table),
    columns: key.columns,
    refTable: nameTable(key.refSchema, key.refTable ?? ''),
    refColumns: key.refColumns,
    onUpdate: key.onUpdate,
    onDelete: key.onDelete,
  };
}

/** The column sets of each table that no two rows share. */
function uniqueColumns(constraints: readonly CatalogueConstraint[], nameTable: NameTable): ReadonlyMap<string, ReadonlySet<string>> {
  const sets = new Map<string, Set<string>>();
  for (const { kind, tableSchema, table, columns } of constraints) {
    if (kind === 'foreign') continue;
    const name = nameTable(tableSchema, table);
    const known = sets.get(name) ?? new Set();
    known.add(setOf(columns));
    sets.set(name, known);
  }
  return sets;
}

class Relationships {
  readonly byTable = new Map<string, RelationSchema[]>();
  readonly #serviceId: number;

  constructor(serviceId: number) {
    this.#serviceId = serviceId;
  }

  addBelongsTo({ table, columns, refTable, refColumns, onUpdate, onDelete }: ForeignKey): void {
    this.#add(table, {
      name: `${refTable}_by_${columns.join('_')}`,
      type: 'belongs_to',
      field: columns.join(','),
      refTable,
      refField: refColumns.join(','),
      refOnUpdate: onUpdate,
      refOnDelete: onDelete,
    });
  }

  addHas({ table, columns, refTable, refColumns, onUpdate, onDelete }: ForeignKey, isUnique: boolean): void {
    this.#add(refTable, {
      name: `${table}_by_${columns.join('_')}`,
      type: isUnique ? 'has_one' : 'has_many',
      field: refColumns.join(','),
      refTable: table,
      refField: columns.join(','),
      refOnUpdate: onUpdate,
      refOnDelete: onDelete,
    });
  }

  addManyMany(junction: string, near: ForeignKey, far: ForeignKey): void {
    this.#add(near.refTable, {
      name: `${far.refTable}_by_${junction}`,
      type: 'many_many',
      field: near.refColumns.join(','),
      refTable: far.refTable,
      refField: far.refColumns.join(','),
      refOnUpdate: far.onUpdate,
      refOnDelete: far.onDelete,
      junctionServiceId: this.#serviceId,
      junctionTable: junction,
      junctionField: near.columns.join(','),
      junctionRefField: far.columns.join(','),
    });
  }

  addVirtual(virtual: VirtualRelationship): void {
    const prefixed = (service: string | null, table: string) => (service === null ? table : `${service}.${table}`);
    const target = prefixed(virtual.refServiceName, virtual.refTable);
    const by =
      virtual.type === 'many_many'
        ? prefixed(virtual.junctionServiceName, virtual.junctionTable ?? '')
        : (virtual.type === 'belongs_to' ? virtual.field : virtual.refField).replaceAll(',', '_');
    this.#add(virtual.table, {
      name: `${target}_by_${by}`,
      isVirtual: true,
      type: virtual.type,
      field: virtual.field,
      refServiceId: virtual.refServiceId,
      refTable: virtual.refTable,
      refField: virtual.refField,
      refOnUpdate: null,
      refOnDelete: null,
      junctionServiceId: virtual.junctionServiceId,
      junctionTable: virtual.junctionTable,
      junctionField: virtual.junctionField,
      junctionRefField: virtual.junctionRefField,
    });
  }

  applyExtras(extra: SchemaExtras['relationships'][number]): void {
    const known = this.byTable.get(extra.table);
    const position = known?.findIndex(({ name }) => name === extra.relationship) ?? -1;
    if (!known || position === -1) return;
    const relationship = known[position]!;
    const { alias, alwaysFetch, flatten, flattenDropPrefix } = extra;
    const label = extra.label ?? relationship.label;
    known[position] = { ...relationship, alias, label, description: extra.description, alwaysFetch, flatten, flattenDropPrefix };
  }

  #add(
    table: string,
    given: Pick<RelationSchema, 'name' | 'type' | 'field' | 'refTable' | 'refField' | 'refOnUpdate' | 'refOnDelete'> &
      Partial<RelationSchema>,
  ): void {
    const relationship: RelationSchema = {
      alias: null,
      label: labelOf(given.name),
      description: null,
      isVirtual: false,
      refServiceId: this.#serviceId,
      junctionServiceId: null,
      junctionTable: null,
      junctionField: null,
      junctionRefField: null,
      alwaysFetch: false,
      flatten: false,
      flattenDropPrefix: false,
      ...given,
    };
    const known = this.byTable.get(table) ?? [];
    const position = known.findIndex(({ name }) => name === relationship.name);
    if (position === -1) known.push(relationship);
    else known[position] = relationship;
    this.byTable.set(table, known);
  }
}
