import type { ConfigField, ConfigStorage, JsonObject, Service, ServiceType } from '@headgate/core';
import { ServiceNotBuilt } from '@headgate/core';
import { z } from 'zod';
import { words } from '../../records/field.js';

interface PlannedOptions {
  readonly singleton?: boolean;
  /** Fields that must be there, beyond those that their own entry requires. */
  readonly required?: readonly string[];
  readonly destinationFields?: readonly string[];
  /** Rules between fields; answers messages by field. */
  readonly rules?: (config: JsonObject) => Readonly<Record<string, string>>;
}

/** A type that has a form and stores configurations, but does not serve calls yet. */
export function planned(
  name: string,
  label: string,
  group: string,
  description: string,
  storage: ConfigStorage,
  fields: readonly ConfigField[],
  options: PlannedOptions = {},
): ServiceType {
  return {
    name,
    label,
    description,
    group,
    singleton: options.singleton ?? false,
    status: 'planned',
    fields,
    schema: configSchema(fields, options),
    storage,
    create: () => unbuilt(name),
    ...(options.destinationFields && { destinationFields: options.destinationFields }),
  };
}

function unbuilt(type: string): Service {
  return {
    async handle() {
      throw ServiceNotBuilt(type);
    },
    async close() {},
  };
}

/** Required fields must have a value, lists must be lists. */
function configSchema(fields: readonly ConfigField[], { required = [], rules }: PlannedOptions): z.ZodType {
  return z.record(z.string(), z.unknown()).superRefine((config, context) => {
    for (const field of fields) {
      const value = config[field.name];
      const isMissing = value === undefined || value === null || value === '';
      if (isMissing && (field.required || required.includes(field.name))) {
        context.addIssue({ code: 'custom', path: [field.name], message: `The ${words(field.name)} field is required.` });
      }
      if (!isMissing && field.type === 'array' && !Array.isArray(value))
        context.addIssue({ code: 'custom', path: [field.name], message: listMessage(field) });
    }
    for (const [name, message] of Object.entries(rules?.(config as JsonObject) ?? {}))
      context.addIssue({ code: 'custom', path: [name], message });
  });
}

const LIST_MESSAGES: Readonly<Record<string, string>> = {
  app_role_map: 'App to Role map must be an array.',
  service_event_map: 'Service to Event map must be an array.',
  parameters: 'Web service parameters must be an array.',
  headers: 'Web service headers must be an array.',
};

const listMessage = (field: ConfigField) => LIST_MESSAGES[field.name] ?? `The ${words(field.name)} field must be an array.`;

export const table = (name: string, more: { readonly inService?: readonly string[]; readonly cached?: boolean } = {}): ConfigStorage => ({
  kind: 'table',
  table: name,
  ...more,
});
export const connection = (): ConfigStorage => ({
  kind: 'connection',
  columns: ['options', 'attributes', 'statements'],
  inService: ['allow_upsert', 'max_records'],
  cached: true,
});
export const IN_SERVICE: ConfigStorage = { kind: 'json' };
export const IN_SERVICE_CACHED: ConfigStorage = { kind: 'json', cached: true };
