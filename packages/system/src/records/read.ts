import type { JsonObject, JsonValue } from '@headgate/core';
import type { Condition, RecordReader } from '@headgate/system-db';
import { all, equals } from '@headgate/system-db';
import type { RecordField, StoredRow } from './field.js';
import { isShown, showRow } from './field.js';
import { distinctKeys, groupedBy, rowsByKeys } from './keyed-rows.js';
import type { AskedRelation, Projection } from './projection.js';
import type { RecordCall, RecordResource, RecordShape } from './record-shape.js';
import type { Relation } from './relations.js';

/** The rows of a resource that the caller may see. */
export function reachOf(call: RecordCall, resource: RecordResource): Condition | undefined {
  const terms = [resource.scope, resource.visible?.(call)].filter((term) => term !== undefined);
  return terms.length === 0 ? undefined : all(...terms);
}

/** Rows as they are answered: fields, computed ones included, and relations, each relation with one query for all rows. */
export async function presentRows(
  call: RecordCall,
  reader: RecordReader,
  shape: RecordShape,
  rows: readonly StoredRow[],
  projection: Projection,
): Promise<JsonObject[]> {
  const records = await showRows(call, reader, shape, rows, projection.fields);
  for (const asked of projection.related) {
    const values = await relatedValues(call, reader, shape, rows, asked);
    records.forEach((record, index) => {
      record[asked.as] = values[index] ?? null;
    });
  }
  return records;
}

async function showRows(
  call: RecordCall,
  reader: RecordReader,
  shape: RecordShape,
  rows: readonly StoredRow[],
  fields: readonly RecordField[],
): Promise<Record<string, JsonValue>[]> {
  const wanted = new Set(fields.filter((field) => field.column === undefined).map((field) => field.name));
  const computed = wanted.size > 0 && shape.compute && rows.length > 0 ? await shape.compute(call, reader, rows, wanted) : [];
  return rows.map((row, index) => ({ ...showRow(fields, row, computed[index]) }) as Record<string, JsonValue>);
}

async function relatedValues(
  call: RecordCall,
  reader: RecordReader,
  shape: RecordShape,
  rows: readonly StoredRow[],
  { relation }: AskedRelation,
): Promise<JsonValue[]> {
  switch (relation.kind) {
    case 'parent': {
      const parents = await recordsBy(
        call,
        reader,
        relation,
        relation.shape.key,
        rows.map((row) => row[relation.column]),
      );
      return rows.map((row) => parents.get(String(row[relation.column]))?.[0] ?? null);
    }
    case 'many':
    case 'one': {
      const children = await recordsBy(
        call,
        reader,
        relation,
        relation.column,
        rows.map((row) => row[shape.key]),
      );
      return rows.map((row) => {
        const own = children.get(String(row[shape.key])) ?? [];
        return relation.kind === 'one' ? (own[0] ?? null) : own;
      });
    }
    case 'junction':
      return pairedRecords(call, reader, shape, rows, relation);
  }
}

async function pairedRecords(
  call: RecordCall,
  reader: RecordReader,
  shape: RecordShape,
  rows: readonly StoredRow[],
  relation: Relation,
): Promise<JsonValue[]> {
  const { table, near, far } = relation.junction!;
  const keys = distinctKeys(rows.map((row) => row[shape.key]));
  const pairs = await rowsByKeys(reader, table, { column: near, keys, order: near });
  const others = await recordsBy(
    call,
    reader,
    relation,
    relation.shape.key,
    pairs.map((pair) => pair[far]),
  );
  const pairsOf = groupedBy(pairs, (pair) => pair[near]);
  return rows.map((row) => {
    const fars = new Set((pairsOf.get(String(row[shape.key])) ?? []).map((pair) => String(pair[far])));
    return [...fars].flatMap((key) => others.get(key) ?? []);
  });
}

/** The records of a relation whose column holds one of the keys, grouped by it, in key order. */
async function recordsBy(
  call: RecordCall,
  reader: RecordReader,
  relation: Relation,
  column: string,
  values: readonly unknown[],
): Promise<Map<string, JsonObject[]>> {
  const { shape } = relation;
  const keys = distinctKeys(values);
  if (keys.length === 0) return new Map();
  const rows = await rowsByKeys(reader, shape.table, { column, keys, order: shape.key, where: shape.visible?.(call) });
  const fields = shape.fields.filter((field) => isShown(field, relation.column));
  const records = await showRows(call, reader, shape, rows, fields);
  const indexes = groupedBy([...rows.keys()], (index) => rows[index]![column]);
  return new Map([...indexes].map(([key, group]) => [key, group.map((index) => records[index]!)]));
}

/** One row of the resource by its key, or undefined where the caller may not see it. */
export function findRow(
  call: RecordCall,
  reader: RecordReader,
  resource: RecordResource,
  key: string | number,
): Promise<StoredRow | undefined> {
  return reader.findOne(resource.table, all(equals(resource.key, key), reachOf(call, resource)));
}
