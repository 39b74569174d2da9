import type { Setting } from '../setting.js';
import { app, firstAdmin, metrics, scripting } from './app.js';
import { auth } from './auth.js';
import { database, sql } from './database.js';
import { cors, egress, http } from './http.js';
import { logging } from './logging.js';
import { aws, bus, cache, limitCache, mail, memcached, queue, redis } from './stores.js';

/** The table of settings, by concern: the one source of what may be configured, its documentation and its type. */
export const SETTINGS = {
  app,
  firstAdmin,
  http,
  cors,
  egress,
  database,
  sql,
  auth,
  logging,
  cache,
  memcached,
  limitCache,
  queue,
  bus,
  redis,
  mail,
  scripting,
  metrics,
  aws,
} as const;

type Group = keyof typeof SETTINGS;
type ValueOf<S> = S extends Setting<infer T> ? T : never;

/** Every setting's value: what the programs pass on. Lengths of time are milliseconds, sizes bytes, paths absolute. */
export type Settings = { readonly [G in Group]: { readonly [Key in keyof (typeof SETTINGS)[G]]: ValueOf<(typeof SETTINGS)[G][Key]> } };

/** The headings of the documentation. */
export const GROUP_TITLES: Readonly<Record<Group, string>> = {
  app: 'Application',
  firstAdmin: 'First administrator',
  http: 'HTTP',
  cors: 'Browser apps of other origins',
  egress: 'Connections to the outside',
  database: 'System database',
  sql: 'Database services',
  auth: 'Log-in and sessions',
  logging: 'Log',
  cache: 'Cache',
  memcached: 'Memcached',
  limitCache: 'Limit counters',
  queue: 'Queues',
  bus: 'Bus between workers',
  redis: 'Redis',
  mail: 'Mail',
  scripting: 'Scripts',
  metrics: 'Metrics',
  aws: 'Amazon Web Services',
};

export interface SettingRow {
  readonly group: Group;
  readonly key: string;
  readonly setting: Setting;
}

/** The rows of the table, in the order of the documentation. */
export const SETTING_ROWS: readonly SettingRow[] = Object.entries(SETTINGS).flatMap(([group, settings]) =>
  Object.entries(settings).map(([key, setting]) => ({ group: group as Group, key, setting: setting as Setting })),
);
