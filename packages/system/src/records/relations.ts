import type { Table } from '@headgate/system-db';
import type { RecordShape } from './record-shape.js';

/**
 * How records of one table hang on those of another (system-service.md 1.6).
 * - `many`, `one`: records of `shape` whose `column` holds this record's key.
 * - `parent`: the record of `shape` that this record's `column` names.
 * - `junction`: records of `shape` that rows of `junction` pair with this one.
 */
export interface Relation {
  readonly name: string;
  readonly kind: 'many' | 'one' | 'parent' | 'junction';
  readonly shape: RecordShape;
  readonly column: string;
  readonly junction?: { readonly table: Table; readonly near: string; readonly far: string };
}

export type Relations = ReadonlyMap<string, Relation>;

/** The relations of every table, named after its foreign keys as the original names them. */
export function relationsBetween(shapes: readonly RecordShape[]): ReadonlyMap<string, Relations> {
  const byTable = new Map(shapes.map((shape) => [shape.table.name, shape]));
  return new Map([...byTable].map(([table, shape]) => [table, relationsOf(shape, byTable)]));
}

function relationsOf(shape: RecordShape, byTable: ReadonlyMap<string, RecordShape>): Relations {
  const found: Relation[] = [];
  for (const [column, { references }] of Object.entries(shape.table.columns)) {
    const parent = references && byTable.get(references.table);
    if (parent) found.push({ name: `${parent.table.name}_by_${column}`, kind: 'parent', shape: parent, column });
  }
  for (const child of byTable.values()) {
    for (const column of columnsTo(child.table, shape.table.name)) {
      const isOne = child.table.key === column || child.table.columns[column]?.unique === true;
      found.push({ name: `${child.table.name}_by_${column}`, kind: isOne ? 'one' : 'many', shape: child, column });
    }
  }
  for (const junction of byTable.values()) found.push(...junctionsOf(shape, junction.table, byTable));
  return new Map(found.map((relation) => [relation.name, relation]));
}

/** Every table that points to two others pairs them; creators do not count as pointing. */
function junctionsOf(shape: RecordShape, junction: Table, byTable: ReadonlyMap<string, RecordShape>): Relation[] {
  const [near] = columnsTo(junction, shape.table.name).filter(isMeant);
  if (near === undefined) return [];
  return [...byTable.values()].flatMap((other) => {
    if (other.table.name === shape.table.name) return [];
    const [far] = columnsTo(junction, other.table.name).filter(isMeant);
    if (far === undefined) return [];
    return [
      {
        name: `${other.table.name}_by_${junction.name}`,
        kind: 'junction' as const,
        shape: other,
        column: other.key,
        junction: { table: junction, near, far },
      },
    ];
  });
}

function columnsTo(table: Table, target: string): string[] {
  return Object.entries(table.columns).flatMap(([column, { references }]) => (references?.table === target ? [column] : []));
}

const isMeant = (column: string) => column !== 'created_by_id' && column !== 'last_modified_by_id';

/** Whether reading or writing through the relation needs no right but that on the record itself. */
export function isOwned(relation: Relation): boolean {
  return (relation.kind === 'many' || relation.kind === 'one') && relation.shape.ownedThrough.includes(relation.column);
}

export function isWritable(relation: Relation): boolean {
  return (relation.kind === 'many' || relation.kind === 'one') && relation.shape.writableThrough.includes(relation.column);
}
