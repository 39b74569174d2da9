import type { JsonValue } from '@headgate/core';
import { numberOf } from '@headgate/core';
import type { Catalogue, CatalogueColumn, CatalogueConstraint, CatalogueScope, CatalogueTable } from '../dialect/catalogue.js';
import type { Connection } from '../dialect/dialect.js';
import { readDeclaredType } from './types.js';

// https://sqlite.org/pragma.html: the table-valued forms, one query for all tables. System and shadow tables stay out.
const TABLES = `SELECT name, type, wr FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`;
const COLUMNS = `SELECT x.cid, x.name, x.type, x."notnull", x.dflt_value, x.pk, x.hidden FROM pragma_table_xinfo(?, 'main') x ORDER BY x.cid`;
const FROM_TABLES = `FROM pragma_table_list t`;
const IS_TABLE = `WHERE t.schema = 'main' AND t.type = 'table'`;
const FOREIGN_KEYS = `SELECT t.name, f.id, f."table", f."from", f."to", f.on_update, f.on_delete ${FROM_TABLES} JOIN pragma_foreign_key_list(t.name, 'main') f ${IS_TABLE} ORDER BY t.name, f.id DESC, f.seq`;
const INDEXES = `SELECT t.name, i.name, i."unique", i.origin, i.partial, c.name ${FROM_TABLES} JOIN pragma_index_list(t.name, 'main') i JOIN pragma_index_info(i.name, 'main') c ${IS_TABLE} ORDER BY t.name, i.seq, c.seqno`;
const WRITABLE_VIEWS = `SELECT DISTINCT tbl_name FROM main.sqlite_schema WHERE type = 'trigger' AND sql LIKE '%INSTEAD OF%'`;

interface IndexInfo {
  readonly table: string;
  readonly name: string;
  readonly isUnique: boolean;
  readonly origin: string;
  readonly isPartial: boolean;
  /** null: an expression. */
  readonly columns: (string | null)[];
}

interface RawTable {
  readonly name: string;
  readonly isView: boolean;
  readonly hasRowId: boolean;
  readonly columns: readonly (readonly unknown[])[];
}

/** Everything in the file's main schema. Views whose SQL has gone stale are left out: they cannot be read. */
export async function introspect(connection: Connection, _scope: CatalogueScope): Promise<Catalogue> {
  const version = (await connection.query('SELECT sqlite_version()')).rows[0]?.[0];
  const listed = (await connection.query(TABLES)).rows;
  const indexes = readIndexes((await connection.query(INDEXES)).rows);
  const foreignKeys = (await connection.query(FOREIGN_KEYS)).rows;
  const writableViews = new Set((await connection.query(WRITABLE_VIEWS)).rows.map(([view]) => view));
  const raw: RawTable[] = [];
  for (const [name, type, withoutRowId] of listed) {
    const columns = await columnsOf(connection, String(name));
    if (columns) raw.push({ name: String(name), isView: type === 'view', hasRowId: withoutRowId === 0, columns });
  }
  const constraints = raw.flatMap((table) => keysOf(table, indexes));
  return {
    defaultSchema: null,
    serverVersion: `SQLite ${String(version)}`,
    tables: raw.map((table) => ({ ...describe(table, indexes), isUpdatable: writableViews.has(table.name) })),
    constraints: [...constraints, ...readForeignKeys(foreignKeys, constraints)],
    routines: [],
  };
}

async function columnsOf(connection: Connection, table: string): Promise<readonly (readonly unknown[])[] | undefined> {
  try {
    return (await connection.query(COLUMNS, [table])).rows;
  } catch (error) {
    if (connection.isBroken) throw error;
    return undefined;
  }
}

function describe(table: RawTable, indexes: readonly IndexInfo[]): CatalogueTable {
  const own = indexes.filter((index) => index.table === table.name);
  const rowId = rowIdAlias(table, own);
  return {
    schema: null,
    name: table.name,
    kind: table.isView ? 'view' : 'table',
    comment: null,
    // hidden = 1: columns of virtual tables that are arguments, not data.
    columns: table.columns.filter((column) => column[6] !== 1).map((column) => describeColumn(column, own, rowId)),
  };
}

function describeColumn(
  [, rawName, rawType, notNull, defaultText, , hidden]: readonly unknown[],
  indexes: readonly IndexInfo[],
  rowId: string | undefined,
): CatalogueColumn {
  const name = String(rawName);
  const declared = readDeclaredType(String(rawType ?? ''));
  const isRowId = name === rowId;
  const isNumber = declared.kind === 'decimal' || declared.kind === 'float';
  const isText = declared.kind === 'text';
  return {
    name,
    comment: null,
    dbType: String(rawType ?? '').toLowerCase(),
    baseType: declared.baseType,
    simpleType: isRowId ? 'id' : declared.simpleType,
    kind: isRowId ? 'integer' : declared.kind,
    length: isText || declared.kind === 'binary' ? declared.size : null,
    precision: isNumber ? declared.size : null,
    scale: isNumber ? declared.scale : null,
    default: readDefault(defaultText, declared.kind),
    allowNull: notNull === 0 && !isRowId,
    fixedLength: isText && /^(native character|n?char|character)$/.test(declared.baseType),
    supportsMultibyte: isText && /^(n|native)/.test(declared.baseType),
    autoIncrement: isRowId,
    isGenerated: hidden === 2 || hidden === 3,
    isIndexed: indexes.some((index) => index.origin === 'c' && index.columns.includes(name)),
    isUniqueIndexed: indexes.some((index) => isPlainUnique(index) && index.columns.length === 1 && index.columns[0] === name),
  };
}

/** The column that is the rowid under another name: https://sqlite.org/lang_createtable.html#rowid */
function rowIdAlias(table: RawTable, indexes: readonly IndexInfo[]): string | undefined {
  const key = table.columns.filter((column) => Number(column[5]) > 0);
  const isAlias =
    table.hasRowId && key.length === 1 && String(key[0]![2]).toLowerCase() === 'integer' && !indexes.some((index) => index.origin === 'pk');
  return isAlias ? String(key[0]![1]) : undefined;
}

/** A default as a value where it is a literal, else as `{"expression": …}`. */
function readDefault(text: unknown, kind: string): JsonValue {
  if (typeof text !== 'string') return null;
  const literal = text.trim();
  if (/^null$/i.test(literal)) return null;
  if (/^'(?:[^']|'')*'$/.test(literal)) return literal.slice(1, -1).replaceAll("''", "'");
  if (/^(true|false)$/i.test(literal)) return kind === 'boolean' ? /^true$/i.test(literal) : Number(/^true$/i.test(literal));
  const number = numberOf(literal.replace(/^\+/, ''));
  if (number === undefined) return { expression: literal };
  return kind === 'boolean' ? number !== 0 : number;
}

function readIndexes(rows: readonly (readonly unknown[])[]): IndexInfo[] {
  const indexes = new Map<string, IndexInfo>();
  for (const [table, name, unique, origin, partial, column] of rows) {
    const id = JSON.stringify([table, name]);
    const index = indexes.get(id) ?? {
      table: String(table),
      name: String(name),
      isUnique: unique === 1,
      origin: String(origin),
      isPartial: partial === 1,
      columns: [],
    };
    index.columns.push(column === null ? null : String(column));
    indexes.set(id, index);
  }
  return [...indexes.values()];
}

function isPlainUnique(index: IndexInfo): boolean {
  return index.isUnique && !index.isPartial && !index.columns.includes(null);
}

/** Primary key and unique constraints. A unique index over plain columns holds as much as a constraint does. */
function keysOf(table: RawTable, indexes: readonly IndexInfo[]): CatalogueConstraint[] {
  const primary = table.columns
    .filter((column) => Number(column[5]) > 0)
    .sort((a, b) => Number(a[5]) - Number(b[5]))
    .map((column) => String(column[1]));
  const unique = indexes.filter((index) => index.table === table.name && index.origin !== 'pk' && isPlainUnique(index));
  return [
    ...(primary.length > 0 ? [key('primary', `pk_${table.name}`, table.name, primary)] : []),
    ...unique.map((index) => key('unique', index.name, table.name, index.columns as string[])),
  ];
}

function key(kind: 'primary' | 'unique', name: string, table: string, columns: readonly string[]): CatalogueConstraint {
  return {
    kind,
    schema: null,
    name,
    table,
    tableSchema: null,
    columns,
    refSchema: null,
    refTable: null,
    refColumns: [],
    onUpdate: null,
    onDelete: null,
  };
}

function readForeignKeys(rows: readonly (readonly unknown[])[], keys: readonly CatalogueConstraint[]): CatalogueConstraint[] {
  const pairs = Map.groupBy(rows, ([table, id]) => JSON.stringify([table, id]));
  return [...pairs.values()].map((columns) => {
    const [table, , refTable, , , onUpdate, onDelete] = columns[0]!;
    const own = columns.map((row) => String(row[3]));
    // Without named columns a key refers to the primary key of the other table.
    const primary = keys.find(
      (candidate) => candidate.kind === 'primary' && candidate.table.toLowerCase() === String(refTable).toLowerCase(),
    );
    const refColumns = columns.map((row, index) => (row[4] === null ? (primary?.columns[index] ?? '') : String(row[4])));
    return {
      kind: 'foreign',
      schema: null,
      name: `fk_${String(table)}_${own.join('_')}`,
      table: String(table),
      tableSchema: null,
      columns: own,
      refSchema: null,
      refTable: primary?.table ?? String(refTable),
      refColumns,
      onUpdate: String(onUpdate),
      onDelete: String(onDelete),
    };
  });
}
