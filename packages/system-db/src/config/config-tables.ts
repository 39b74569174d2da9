import type { Table } from '../tables/define-table.js';
import { fileServiceConfigTable } from '../tables/file-services.js';
import { tableNamed } from '../tables/index.js';
import { emailParametersConfigTable } from '../tables/mail.js';
import { rwsHeadersConfigTable, rwsParametersConfigTable } from '../tables/remote-services.js';
import { appRoleMapTable, serviceEventMapTable } from '../tables/services.js';
import type { ServiceTypeInfo } from './type-info.js';

/** Config fields that every storage may have, in `service_cache_config`. */
export const CACHE_FIELDS = ['cache_enabled', 'cache_ttl'] as const;

/** A field that is a list of rows of a table of its own, replaced as a whole. */
export interface ListField {
  readonly name: string;
  readonly table: Table;
  /** The columns of an entry; `data` takes the other members of an entry as JSON. */
  readonly columns: readonly string[];
}

const SHARED_LISTS: readonly ListField[] = [
  { name: 'app_role_map', table: appRoleMapTable, columns: ['app_id', 'role_id'] },
  { name: 'service_event_map', table: serviceEventMapTable, columns: ['event', 'data'] },
];
const REMOTE_LISTS: readonly ListField[] = [
  { name: 'parameters', table: rwsParametersConfigTable, columns: ['name', 'value', 'exclude', 'outbound', 'cache_key', 'action'] },
  { name: 'headers', table: rwsHeadersConfigTable, columns: ['name', 'value', 'pass_from_client', 'action'] },
];
const MAIL_LISTS: readonly ListField[] = [{ name: 'parameters', table: emailParametersConfigTable, columns: ['name', 'value', 'active'] }];

/** Where each field of a service type is stored (system-service.md 3.5). */
export interface ConfigLayout {
  /** The row of the service: its table, and the fields that are its columns. */
  readonly row: { readonly table: Table; readonly fields: readonly string[] } | undefined;
  /** Fields in `file_service_config` beside the row of the type. */
  readonly files: readonly string[];
  /** Whether the other fields are members of the row's column `connection`. */
  readonly inConnection: boolean;
  /** Fields in `service.config`. */
  readonly inService: readonly string[];
  readonly lists: readonly ListField[];
  readonly cached: boolean;
  /** Fields that are encrypted one by one inside JSON, or in a column that is not encrypted itself. */
  readonly encrypted: ReadonlySet<string>;
}

const layouts = new WeakMap<ServiceTypeInfo, ConfigLayout>();

export function configLayout(type: ServiceTypeInfo): ConfigLayout {
  let layout = layouts.get(type);
  if (!layout) {
    layout = makeLayout(type);
    layouts.set(type, layout);
  }
  return layout;
}

function makeLayout({ storage, fields }: ServiceTypeInfo): ConfigLayout {
  const table = storage.kind === 'table' ? tableOf(storage.table) : storage.kind === 'connection' ? tableOf('sql_db_config') : undefined;
  const lists = listsOf(
    table,
    fields.map((field) => field.name),
  );
  const cached = storage.kind !== 'none' && (storage.cached ?? false);
  const elsewhere = new Set<string>([...(cached ? CACHE_FIELDS : []), ...lists.map((list) => list.name)]);
  if (storage.kind === 'table' || storage.kind === 'connection') for (const name of storage.inService ?? []) elsewhere.add(name);
  const names = fields.map((field) => field.name).filter((name) => !elsewhere.has(name));
  const inRow = storage.kind === 'connection' ? storage.columns : names.filter((name) => table !== undefined && name in table.columns);
  const isFileType = table !== undefined && table !== fileServiceConfigTable;
  const files = isFileType
    ? names.filter((name) => !inRow.includes(name) && name !== 'service_id' && name in fileServiceConfigTable.columns)
    : [];
  const homeless = storage.kind === 'connection' ? [] : names.filter((name) => !inRow.includes(name) && !files.includes(name));
  const declared = storage.kind === 'table' || storage.kind === 'connection' ? (storage.inService ?? []) : [];
  return {
    row: table && { table, fields: inRow },
    files,
    inConnection: storage.kind === 'connection',
    inService: storage.kind === 'none' ? [] : [...declared, ...homeless],
    lists,
    cached,
    encrypted: new Set(
      fields.filter((field) => field.encrypted && table?.columns[field.name]?.encoding !== 'secret').map((field) => field.name),
    ),
  };
}

function listsOf(table: Table | undefined, names: readonly string[]): readonly ListField[] {
  const own = table?.name === 'rws_config' ? REMOTE_LISTS : /_email_config$|^smtp_config$/.test(table?.name ?? '') ? MAIL_LISTS : [];
  return [...SHARED_LISTS, ...own].filter((list) => names.includes(list.name));
}

function tableOf(name: string): Table {
  const table = tableNamed(name);
  if (!table) throw new Error(`a service type stores its configuration in ${name}, which is no table of the system database`);
  return table;
}
