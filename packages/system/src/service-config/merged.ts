import type { ConfigField, JsonObject, JsonValue, ServiceType } from '@headgate/core';
import { isExactNumber, isJsonObject, MASK, readBoolean } from '@headgate/core';
import { words } from '../records/field.js';
import type { Problems } from '../records/record-shape.js';

/**
 * The configuration that a write asks for: the stored one with the sent members on top, key by key. Members that are no field are
 * ignored; a mask keeps the stored secret.
 */
export function mergedConfig(
  type: ServiceType,
  stored: JsonObject | undefined,
  sent: JsonObject,
  problems: Problems,
): Record<string, JsonValue> {
  const merged: Record<string, JsonValue> = {};
  for (const field of type.fields) {
    const value = sent[field.name];
    const isKept = value === undefined || (field.masked && value === MASK);
    const kept = stored === undefined ? field.default : (stored[field.name] ?? null);
    merged[field.name] = isKept ? kept : coerced(field, value, problems);
  }
  return merged;
}

/** Forms send numbers and switches as texts. */
function coerced(field: ConfigField, value: JsonValue, problems: Problems): JsonValue {
  if (value === null) return null;
  switch (field.type) {
    case 'integer':
    case 'verb_mask':
      return coercedInteger(field, value, problems);
    case 'boolean': {
      if (value === '') return field.default;
      const flag = readBoolean(value);
      if (flag === undefined) problems.add(field.name, `The ${words(field.name)} field must be true or false.`);
      return flag ?? null;
    }
    case 'picklist':
      return value === '' && field.source !== undefined
        ? null
        : typeof value === 'string' && field.source !== undefined && /^\d+$/.test(value)
          ? Number(value)
          : value;
    case 'string':
    case 'text':
    case 'password':
      if (typeof value === 'number' || isExactNumber(value)) return String(isExactNumber(value) ? value.rawJSON : value);
      if (typeof value !== 'string') problems.add(field.name, `The ${words(field.name)} field must be a string.`);
      return value;
    case 'array':
      return Array.isArray(value) && typeof field.items === 'object' ? value.map(withoutKeys) : value === '' ? null : value;
    default:
      return value === '' ? null : value;
  }
}

/** Entries come back with the keys that they are shown with. */
function withoutKeys(entry: JsonValue): JsonValue {
  return isJsonObject(entry) ? Object.fromEntries(Object.entries(entry).filter(([name]) => name !== 'id' && name !== 'service_id')) : entry;
}

/** `false` is how older clients say that a limit is unset. */
function coercedInteger(field: ConfigField, value: JsonValue, problems: Problems): JsonValue {
  if (value === '' || value === false) return null;
  const text = isExactNumber(value) ? value.rawJSON : String(value).trim();
  if (/^[+-]?\d{1,15}$/.test(text)) return Number(text);
  // A lookup stands for a number that is known when the service starts.
  if (/^\{[^{}]+\}$/.test(text)) return text;
  problems.add(field.name, `The ${words(field.name)} field must be an integer.`);
  return null;
}

/**
 * Stored secrets must not be sent to another server: who changes where a service connects to gives them anew.
 */
export function checkDestination(type: ServiceType, stored: JsonObject, merged: JsonObject, sent: JsonObject, problems: Problems): void {
  const moved = (type.destinationFields ?? []).filter((name) => !same(stored[name], merged[name]));
  if (moved.length === 0) return;
  for (const field of type.fields) {
    const isStored = field.masked && stored[field.name] !== undefined && stored[field.name] !== null && stored[field.name] !== '';
    const isGiven = sent[field.name] !== undefined && sent[field.name] !== MASK;
    if (isStored && !isGiven)
      problems.add(field.name, `The ${words(field.name)} must be given anew, because ${moved.map(words).join(', ')} changes.`);
  }
}

const same = (left: JsonValue | undefined, right: JsonValue | undefined) => JSON.stringify(blank(left)) === JSON.stringify(blank(right));

const blank = (value: JsonValue | undefined) =>
  value === undefined || value === '' || value === null ? null : typeof value === 'number' ? String(value) : value;
