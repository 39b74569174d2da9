import type { JsonValue } from './json.js';

/** The types that the admin app draws (system-service.md 3.2). */
export type ConfigFieldType =
  | 'string'
  | 'text'
  | 'password'
  | 'integer'
  | 'boolean'
  | 'picklist'
  | 'multi_picklist'
  | 'object'
  | 'array'
  | 'verb_mask'
  | 'event_picklist'
  | 'file_certificate'
  | 'file_certificate_api';

/** One entry of a type's `config_schema`. */
export interface ConfigField {
  readonly name: string;
  readonly label: string;
  readonly type: ConfigFieldType;
  readonly description: string;
  readonly required: boolean;
  readonly default: JsonValue;
  /** Stored encrypted with APP_KEY. */
  readonly encrypted: boolean;
  /** Shown as `**********`; writing exactly that keeps the stored value (rest-core.md 7). */
  readonly masked: boolean;
  /** Choices of a picklist; `source` names rows of the system database that are read on each request instead. */
  readonly values?: readonly { readonly label: string; readonly name: JsonValue }[];
  readonly source?: 'role' | 'app' | 'service' | 'email_service' | 'email_template' | 'storage_service' | 'database_service';
  readonly items?: string | readonly ConfigField[];
  readonly object?: { readonly key: { label: string; type: string }; readonly value: { label: string; type: string } };
  readonly columns?: number;
  readonly legend?: string;
}

type FieldOptions = Partial<Omit<ConfigField, 'name' | 'label' | 'type'>>;

/** A config field with the defaults of one: optional, null, stored in clear. */
export function configField(name: string, type: ConfigFieldType, label: string, options: FieldOptions = {}): ConfigField {
  return { name, label, type, description: '', required: false, default: null, encrypted: false, masked: false, ...options };
}

/** A field that is stored encrypted and shown masked. */
export function secretField(name: string, label: string, options: FieldOptions = {}): ConfigField {
  return configField(name, 'password', label, { encrypted: true, masked: true, ...options });
}

/** What a masked value looks like on the wire. */
export const MASK = '**********';
