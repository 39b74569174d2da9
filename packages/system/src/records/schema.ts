import type { JsonObject } from '@headgate/core';
import { isShown } from './field.js';
import type { RecordResource } from './record-shape.js';
import type { Relations } from './relations.js';

const RELATION_TYPES = { many: 'has_many', one: 'has_one', parent: 'belongs_to', junction: 'many_many' } as const;

/** What `include_schema` says of a resource: its fields and relations. */
export function describeTable(resource: RecordResource, relations: Relations): JsonObject {
  return {
    name: resource.table.name,
    label: resource.label,
    primary_key: resource.key,
    field: resource.fields
      .filter((field) => isShown(field))
      .map((field) => ({
        name: field.name,
        type: field.type === 'stamp' ? 'timestamp' : field.type === 'time' ? 'datetime' : field.type === 'text' ? 'string' : field.type,
        length: field.column?.length ?? null,
        allow_null: field.column?.nullable ?? true,
        required: field.required !== undefined,
        read_only: field.mode === 'readOnly',
        is_primary_key: field.name === resource.key,
        is_unique: field.column?.unique ?? false,
        is_foreign_key: field.column?.references !== undefined,
        ref_table: field.column?.references?.table ?? null,
        ref_field: field.column?.references?.column ?? null,
      })),
    related: [...relations.values()].map((relation) => ({
      name: relation.name,
      type: RELATION_TYPES[relation.kind],
      ref_table: relation.shape.table.name,
    })),
  };
}
