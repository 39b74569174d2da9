import type { JsonObject, JsonValue, ServiceType } from '@headgate/core';
import type { RecordCall } from '../records/record-shape.js';
import { Problems } from '../records/record-shape.js';
import type { EscalationGuard } from '../rights/escalation.js';
import { checkDestination, mergedConfig } from './merged.js';

export interface CheckedConfig {
  /** To be stored. */
  readonly config: JsonObject;
  /** What the type makes of it; undefined where there are problems. */
  readonly parsed: unknown;
}

/**
 * The configuration that a write asks for, checked by its type: problems are added field by field, nothing is stored.
 * `sent` undefined: none was sent, which is an error where the type needs one.
 */
export function checkedConfig(
  type: ServiceType,
  stored: JsonObject | undefined,
  sent: JsonValue | undefined,
  problems: Problems,
): CheckedConfig {
  const members = asConfig(sent, problems);
  const found = new Problems();
  const config = mergedConfig(type, stored, members, found);
  if (stored !== undefined) checkDestination(type, stored, config, members, found);
  const outcome = type.schema.safeParse(withoutNulls(config));
  if (!outcome.success) {
    for (const issue of outcome.error.issues) {
      const field = issue.path.length === 0 ? 'config' : String(issue.path[0]);
      if (!found.has(field)) found.add(field, issue.message);
    }
  }
  for (const [field, messages] of Object.entries(found.context))
    for (const message of messages as readonly string[]) problems.add(field, message);
  return { config, parsed: outcome.success && found.isEmpty ? outcome.data : undefined };
}

/** An empty list is how an empty object is written by clients of the original. */
function asConfig(sent: JsonValue | undefined, problems: Problems): JsonObject {
  if (sent === undefined || sent === null || (Array.isArray(sent) && sent.length === 0)) return {};
  if (typeof sent === 'object' && !Array.isArray(sent)) return sent as JsonObject;
  problems.add('config', 'The config field must be an object.');
  return {};
}

/** What has no value is absent to a schema. */
export function withoutNulls(config: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null && value !== undefined));
}

/** Roles that a service gives to users who sign on must be the caller's to give. */
export function demandGrantableRoles(type: ServiceType, config: JsonObject, call: RecordCall, guard: EscalationGuard): void {
  for (const field of type.fields) {
    const value = config[field.name];
    if (field.source === 'role') guard.demandGrantableRole(call, value);
    if (typeof field.items !== 'object' || !Array.isArray(value)) continue;
    const roleFields = field.items.filter((item) => item.name === 'role_id').map((item) => item.name);
    for (const row of value) for (const name of roleFields) guard.demandGrantableRole(call, Number((row as JsonObject | null)?.[name]));
  }
}
