import { isJsonObject, isTruthy, type JsonObject, type JsonValue, type Logger, parseJson, type StoredSchemaExtras } from '@headgate/core';
import type { FieldExtras, RelationshipExtras, SchemaExtras, TableExtras, VirtualRelationship } from './extras.js';
import { isSimpleType } from './simple-types.js';
import type { RelationSchema } from './table-schema.js';

const RELATION_TYPES: readonly RelationSchema['type'][] = ['belongs_to', 'has_one', 'has_many', 'many_many'];

/**
 * Extras as the system database keeps them (database-services.md 3.4). Rows are older than any check of ours: what cannot be read is left
 * out and told to the log once.
 */
export function readStoredExtras(stored: StoredSchemaExtras, serviceName: string, log: Logger): SchemaExtras {
  const reader = new ExtrasReader(serviceName, log);
  return {
    tables: stored.tables.flatMap((row) => reader.table(row)),
    fields: stored.fields.flatMap((row) => reader.field(row)),
    relationships: stored.relationships.flatMap((row) => reader.relationship(row)),
    virtualRelationships: stored.virtualRelationships.flatMap((row) => reader.virtualRelationship(row)),
  };
}

class ExtrasReader {
  readonly #service: string;
  readonly #log: Logger;

  constructor(service: string, log: Logger) {
    this.#service = service;
    this.#log = log;
  }

  table(row: JsonObject): TableExtras[] {
    const table = text(row.table);
    if (table === null) return [];
    return [{ table, ...described(row), plural: text(row.plural), nameField: text(row.name_field) }];
  }

  field(row: JsonObject): FieldExtras[] {
    const [table, field] = [text(row.table), text(row.field)];
    if (table === null || field === null) return [];
    const place = `${table}.${field}`;
    const type = text(row.extra_type);
    if (type !== null && !isSimpleType(type)) this.#leaveOut(place, 'extra_type');
    return [
      {
        table,
        field,
        ...described(row),
        extraType: type !== null && isSimpleType(type) ? type : null,
        picklist: this.#picklist(row.picklist, place),
        validation: this.#validation(row.validation, place),
        isVirtual: isTruthy(row.is_virtual),
        isAggregate: isTruthy(row.is_aggregate),
      },
    ];
  }

  relationship(row: JsonObject): RelationshipExtras[] {
    const [table, relationship] = [text(row.table), text(row.relationship)];
    if (table === null || relationship === null) return [];
    const alwaysFetch = isTruthy(row.always_fetch);
    if (alwaysFetch) this.#leaveOut(`${table}.${relationship}`, 'always_fetch');
    const flatten = isTruthy(row.flatten);
    return [{ table, relationship, ...described(row), alwaysFetch, flatten, flattenDropPrefix: isTruthy(row.flatten_drop_prefix) }];
  }

  virtualRelationship(row: JsonObject): VirtualRelationship[] {
    const [table, field, refTable, refField] = [text(row.table), text(row.field), text(row.ref_table), text(row.ref_field)];
    const type = RELATION_TYPES.find((known) => known === row.type);
    if (table === null || field === null || refTable === null || refField === null || type === undefined) return [];
    return [
      {
        table,
        type,
        field,
        refServiceId: Number(row.ref_service_id),
        refServiceName: text(row.ref_service_name),
        refTable,
        refField,
        junctionServiceId: typeof row.junction_service_id === 'number' ? row.junction_service_id : null,
        junctionServiceName: text(row.junction_service_name),
        junctionTable: text(row.junction_table),
        junctionField: text(row.junction_field),
        junctionRefField: text(row.junction_ref_field),
      },
    ];
  }

  /** An array, or its JSON text, or the values separated by commas. */
  #picklist(stored: JsonValue | undefined, place: string): readonly string[] | null {
    if (isBlank(stored)) return null;
    const value = typeof stored === 'string' ? (parsed(stored) ?? stored.split(',').map((item) => item.trim())) : stored;
    if (Array.isArray(value)) return value.map(String);
    this.#leaveOut(place, 'picklist');
    return null;
  }

  #validation(stored: JsonValue | undefined, place: string): FieldExtras['validation'] {
    if (isBlank(stored)) return null;
    const value = typeof stored === 'string' ? parsed(stored) : stored;
    if (isJsonObject(value)) return value as Readonly<Record<string, JsonValue>>;
    // An empty list is how PHP writes an empty object.
    if (!Array.isArray(value) || value.length > 0) this.#leaveOut(place, 'validation');
    return null;
  }

  #leaveOut(place: string, what: string): void {
    this.#log.once(`extras:${this.#service}:${place}:${what}`, `the stored ${what} of ${place} has no effect`, { service: this.#service });
  }
}

function described(row: JsonObject): Pick<TableExtras, 'alias' | 'label' | 'description'> {
  return { alias: text(row.alias), label: text(row.label), description: text(row.description) };
}

function text(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function isBlank(value: JsonValue | undefined): value is null | undefined | '' {
  return value === undefined || value === null || value === '';
}

function parsed(json: string): JsonValue | undefined {
  try {
    return parseJson(json);
  } catch {
    return undefined;
  }
}
