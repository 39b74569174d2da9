import type { ConfigField, JsonObject, JsonValue, ServiceType } from '@headgate/core';
import { isJsonObject, MASK } from '@headgate/core';

/** A stored configuration as it is answered: every field of the type in its order, secrets masked, `[]` where there is none. */
export function shownConfig(type: ServiceType | undefined, serviceId: number, stored: JsonObject): JsonValue {
  if (type === undefined || type.fields.length === 0) return [];
  const config: Record<string, JsonValue> = { service_id: serviceId };
  for (const field of type.fields) config[field.name] = shownField(field, stored[field.name], serviceId);
  return config;
}

function shownField(field: ConfigField, value: JsonValue | undefined, serviceId: number): JsonValue {
  if (value === undefined || value === null) return field.type === 'boolean' ? (field.default ?? false) : isRowList(field) ? [] : null;
  if (field.masked) return MASK;
  // The original's column for ports is a text in places; clients read a number.
  if (field.name === 'port' && typeof value === 'string' && /^\d{1,5}$/.test(value)) return Number(value);
  if (isRowList(field) && Array.isArray(value)) return value.map((row) => (isJsonObject(row) ? { service_id: serviceId, ...row } : row));
  return value;
}

/** Lists of records live in tables of their own: without rows they are empty, not absent. */
const isRowList = (field: ConfigField) => field.type === 'array' && typeof field.items === 'object';
