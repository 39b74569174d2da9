import type { ConfigField } from '@headgate/core';
import { configField, secretField } from '@headgate/core';

/** Fields that several types share (system-service.md 3.4). */

type Options = Parameters<typeof configField>[3];

export const text = (name: string, label: string, options?: Options) => configField(name, 'string', label, options);
export const longText = (name: string, label: string, options?: Options) => configField(name, 'text', label, options);
export const integer = (name: string, label: string, options?: Options) => configField(name, 'integer', label, options);
export const flag = (name: string, label: string, options?: Options) => configField(name, 'boolean', label, { default: false, ...options });
export const secret = secretField;
/** Stored encrypted, shown in clear: it names an account and opens nothing alone. */
export const userName = (name: string, label: string) => configField(name, 'string', label, { encrypted: true });
export const map = (name: string, label: string, key = 'Name', value = 'Value', options?: Options) =>
  configField(name, 'object', label, {
    object: { key: { label: key, type: 'string' }, value: { label: value, type: 'string' } },
    ...options,
  });
export const picklist = (
  name: string,
  label: string,
  values: readonly (readonly [label: string, value: string | number | null])[],
  options?: Options,
) => configField(name, 'picklist', label, { values: values.map(([choice, value]) => ({ label: choice, name: value })), ...options });
export const list = (name: string, label: string, items: string | readonly ConfigField[], options?: Options) =>
  configField(name, 'array', label, { items, ...options });

export const host = (options?: Options) =>
  text('host', 'Host', { required: true, description: 'The host name or address of the server.', ...options });
export const port = (value: number) => integer('port', 'Port', { default: value, description: 'The port that the server listens on.' });

export const cacheFields: readonly ConfigField[] = [
  flag('cache_enabled', 'Data Retrieval Caching Enabled', { description: 'Enable caching of GET requests.' }),
  integer('cache_ttl', 'Cache Time To Live (seconds)', { default: 0, description: 'The time in seconds that an answer is kept.' }),
];

export const databaseFields: readonly ConfigField[] = [
  flag('allow_upsert', 'Allow Upsert', { description: 'Allow PUT to create records that do not exist.' }),
  integer('max_records', 'Maximum Records', { default: 1000, description: 'Most records that a call can retrieve.' }),
  ...cacheFields,
];

export const container = longText('container', 'Container', {
  required: true,
  description: 'The folder or bucket that the service serves.',
});

export const fileFields: readonly ConfigField[] = [
  list('public_path', 'Public Path', 'string', { description: 'Folders that are served without authentication.' }),
  container,
];

export const appRoleMap: ConfigField = list(
  'app_role_map',
  'Role per App',
  [
    configField('app_id', 'picklist', 'App', { source: 'app', values: [] }),
    configField('role_id', 'picklist', 'Role', { source: 'role', values: [] }),
  ],
  { description: 'The role that new users get for an app.' },
);

export const defaultRole: ConfigField = configField('default_role', 'picklist', 'Default Role', {
  source: 'role',
  values: [{ label: '', name: null }],
  description: 'The role of users who sign on by this service.',
});

export const iconClass = text('icon_class', 'Icon Class', { description: 'The icon of the log-in button.' });

export const eventMap = (data: string, extra: readonly ConfigField[] = []): ConfigField =>
  list('service_event_map', 'Service Event', [configField('event', 'event_picklist', 'Event'), ...extra, longText('data', data)], {
    description: 'Events that the service acts on.',
  });
