import type { JsonValue } from '@headgate/core';
import { numberOf } from '@headgate/core';
import type { Catalogue, CatalogueColumn, CatalogueConstraint, CatalogueScope, CatalogueTable } from '../dialect/catalogue.js';
import type { Connection } from '../dialect/dialect.js';
import type { ValueKind } from '../schema/table-schema.js';
import { typeOf } from './types.js';

const SYSTEM_SCHEMAS = "('information_schema', 'mysql', 'performance_schema', 'sys', 'phpmyadmin')";

type Row = readonly unknown[];

/** The facts about a server's tables, read once and looked up by table. */
interface Facts {
  readonly isMariaDb: boolean;
  readonly columns: ReadonlyMap<string, readonly Row[]>;
  readonly indexes: ReadonlyMap<string, readonly Row[]>;
  /** Views through which the tables behind them can be written. */
  readonly updatable: ReadonlySet<string>;
  /** Columns that a check of MariaDB keeps JSON in, as `table key + column`. */
  readonly json: ReadonlySet<string>;
}

/** All tables of the databases that the account sees, or of one. System databases stay out. */
export async function introspect(connection: Connection, scope: CatalogueScope): Promise<Catalogue> {
  const [version, database] = (await connection.query('SELECT VERSION(), DATABASE()')).rows[0] ?? [];
  const isMariaDb = /mariadb/i.test(String(version));
  const own = database === null ? null : String(database);
  const only = scope.schema === undefined || scope.schema === 'default' ? undefined : scope.schema;
  const schema = scope.schema === 'default' ? (own ?? undefined) : only;
  const read = reader(connection, schema);
  const tables = await read(
    'TABLE_SCHEMA',
    "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, TABLE_COMMENT FROM information_schema.TABLES WHERE TABLE_TYPE IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED')",
    'ORDER BY 1, 2',
  );
  const facts: Facts = {
    isMariaDb,
    columns: byTable(
      await read(
        'TABLE_SCHEMA',
        'SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, EXTRA, COLUMN_COMMENT, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, DATETIME_PRECISION, CHARACTER_SET_NAME, COLUMN_KEY FROM information_schema.COLUMNS WHERE TRUE',
        'ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION',
      ),
    ),
    indexes: byTable(
      await read(
        'TABLE_SCHEMA',
        'SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, NON_UNIQUE, COLUMN_NAME, SUB_PART FROM information_schema.STATISTICS WHERE TRUE',
        'ORDER BY TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX',
      ),
    ),
    updatable: new Set(
      (await read('TABLE_SCHEMA', "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.VIEWS WHERE IS_UPDATABLE = 'YES'", '')).map(
        ([viewSchema, view]) => tableKey(viewSchema, view),
      ),
    ),
    json: isMariaDb ? await jsonColumns(read) : new Set(),
  };
  const keys = await read(
    'k.TABLE_SCHEMA',
    `SELECT t.CONSTRAINT_TYPE, k.CONSTRAINT_SCHEMA, k.CONSTRAINT_NAME, k.TABLE_SCHEMA, k.TABLE_NAME, k.COLUMN_NAME,
       k.REFERENCED_TABLE_SCHEMA, k.REFERENCED_TABLE_NAME, k.REFERENCED_COLUMN_NAME, r.UPDATE_RULE, r.DELETE_RULE
     FROM information_schema.KEY_COLUMN_USAGE k
     JOIN information_schema.TABLE_CONSTRAINTS t ON t.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND t.CONSTRAINT_NAME = k.CONSTRAINT_NAME AND t.TABLE_SCHEMA = k.TABLE_SCHEMA AND t.TABLE_NAME = k.TABLE_NAME
     LEFT JOIN information_schema.REFERENTIAL_CONSTRAINTS r ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME AND r.TABLE_NAME = k.TABLE_NAME
     WHERE TRUE`,
    'ORDER BY k.TABLE_SCHEMA, k.TABLE_NAME, k.CONSTRAINT_NAME, k.ORDINAL_POSITION',
  );
  const routines = await read(
    'ROUTINE_SCHEMA',
    'SELECT ROUTINE_SCHEMA, ROUTINE_NAME, ROUTINE_TYPE FROM information_schema.ROUTINES WHERE TRUE',
    'ORDER BY 1, 2',
  );
  return {
    defaultSchema: only ?? own,
    serverVersion: `${isMariaDb ? 'MariaDB' : 'MySQL'} ${String(version)}`,
    tables: tables.map((table) => describe(table, facts)),
    constraints: readConstraints(keys),
    routines: routines.map(([routineSchema, name, type]) => ({
      schema: text(routineSchema),
      name: String(name),
      kind: type === 'FUNCTION' ? 'function' : 'procedure',
    })),
  };
}

type Reader = (schemaColumn: string, select: string, order: string) => Promise<readonly Row[]>;

function reader(connection: Connection, schema: string | undefined): Reader {
  return async (schemaColumn, select, order) => {
    if (schema === undefined) return (await connection.query(`${select} AND ${schemaColumn} NOT IN ${SYSTEM_SCHEMAS} ${order}`)).rows;
    return (await connection.query(`${select} AND ${schemaColumn} = ? AND ${schemaColumn} NOT IN ${SYSTEM_SCHEMAS} ${order}`, [schema]))
      .rows;
  };
}

/** MariaDB's JSON is a text column with a check; it has no type of its own. */
async function jsonColumns(read: Reader): Promise<Set<string>> {
  const rows = await read(
    'CONSTRAINT_SCHEMA',
    "SELECT CONSTRAINT_SCHEMA, TABLE_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS WHERE CHECK_CLAUSE LIKE 'json\\_valid(%'",
    '',
  );
  const columns = new Set<string>();
  for (const [schema, table, clause] of rows) {
    const column = /^json_valid\(`((?:[^`]|``)+)`\)$/i.exec(String(clause))?.[1];
    if (column !== undefined) columns.add(tableKey(schema, table) + column.replaceAll('``', '`'));
  }
  return columns;
}

function tableKey(schema: unknown, table: unknown): string {
  return `${JSON.stringify([schema, table])} `;
}

function byTable(rows: readonly Row[]): Map<string, Row[]> {
  return Map.groupBy(rows, ([schema, table]) => tableKey(schema, table));
}

function describe([schema, name, type, comment]: Row, facts: Facts): CatalogueTable {
  const key = tableKey(schema, name);
  const indexes = facts.indexes.get(key) ?? [];
  return {
    schema: text(schema),
    name: String(name),
    kind: type === 'VIEW' ? 'view' : 'table',
    isUpdatable: facts.updatable.has(key),
    comment: type === 'VIEW' || comment === '' ? null : text(comment),
    columns: (facts.columns.get(key) ?? []).map((column) => describeColumn(column, key, indexes, facts)),
  };
}

function describeColumn(row: Row, table: string, indexes: readonly Row[], facts: Facts): CatalogueColumn {
  const [
    ,
    ,
    rawName,
    rawDataType,
    rawColumnType,
    nullable,
    rawDefault,
    rawExtra,
    comment,
    length,
    precision,
    scale,
    fraction,
    charset,
    columnKey,
  ] = row;
  const name = String(rawName);
  const dataType = String(rawDataType).toLowerCase();
  const columnType = String(rawColumnType);
  const extra = String(rawExtra).toLowerCase();
  const isAutoIncrement = extra.includes('auto_increment');
  const isGenerated = /\b(virtual|stored|persistent) generated\b/.test(extra) || /^(virtual|persistent|stored)$/.test(extra);
  const [simpleType, kind] = typeOf({
    dataType,
    columnType,
    isPrimaryKey: columnKey === 'PRI',
    isAutoIncrement,
    isJson: facts.json.has(table + name),
    hasCurrentTimeDefault: /^current_timestamp|^now\(/i.test(String(rawDefault ?? '')),
    isSetOnUpdate: extra.includes('on update current_timestamp'),
  });
  const isNumber = kind === 'decimal' || kind === 'float';
  const own = indexes.filter(([, , , , column]) => column === name).map(([, , index]) => index);
  const isAloneIn = (index: unknown) => indexes.filter(([, , other]) => other === index).length === 1;
  const isUnique = (index: unknown) =>
    indexes.some(([, , other, nonUnique, , part]) => other === index && Number(nonUnique) === 0 && part === null);
  return {
    name,
    comment: comment === '' ? null : text(comment),
    dbType: columnType,
    baseType: /\bunsigned\b/.test(columnType) ? `${dataType} unsigned` : dataType,
    simpleType,
    kind,
    length:
      kind === 'text' || kind === 'binary'
        ? numberOrNull(length)
        : kind === 'time' || kind === 'timestamp'
          ? numberOrNull(fraction) || null
          : null,
    precision: isNumber ? numberOrNull(precision) : null,
    scale: isNumber ? numberOrNull(scale) : null,
    default: isGenerated ? null : readDefault(rawDefault, extra, kind, facts.isMariaDb),
    allowNull: nullable === 'YES',
    fixedLength: dataType === 'char' || dataType === 'binary',
    supportsMultibyte: kind === 'text' && /^(utf|ucs)/.test(String(charset ?? '')),
    autoIncrement: isAutoIncrement,
    isGenerated,
    isIndexed: own.some((index) => index !== 'PRIMARY'),
    isUniqueIndexed: own.some((index) => index !== 'PRIMARY' && isAloneIn(index) && isUnique(index)),
  };
}

/** A default as a value where it is a literal, else as `{"expression": …}`. MariaDB writes literals as SQL, MySQL as bare text. */
function readDefault(raw: unknown, extra: string, kind: ValueKind, isMariaDb: boolean): JsonValue {
  if (raw === null || raw === undefined) return null;
  const written = String(raw);
  if (/^(current_timestamp|now\()/i.test(written)) return { expression: 'CURRENT_TIMESTAMP' };
  if (isMariaDb) {
    if (written === 'NULL') return null;
    const quoted = /^'((?:[^'\\]|''|\\.)*)'$/s.exec(written)?.[1];
    if (quoted !== undefined) return literalOf(quoted.replaceAll("''", "'").replace(/\\(.)/gs, '$1'), kind);
    return numberOf(written) === undefined && !/^b'/.test(written) ? { expression: written } : literalOf(written, kind);
  }
  return extra.includes('default_generated') ? { expression: written } : literalOf(written, kind);
}

function literalOf(written: string, kind: ValueKind): JsonValue {
  switch (kind) {
    case 'boolean':
      return /[1-9]/.test(written.replace(/^b'/, ''));
    case 'integer':
    case 'bigint':
    case 'decimal':
    case 'float':
      return numberOf(written) ?? written;
    default:
      return written;
  }
}

function readConstraints(rows: readonly Row[]): CatalogueConstraint[] {
  const groups = Map.groupBy(rows, (row) => JSON.stringify([row[3], row[4], row[2]]));
  return [...groups.values()].map((columns) => {
    const [type, schema, name, tableSchema, table, , refSchema, refTable, , onUpdate, onDelete] = columns[0]!;
    return {
      kind: type === 'PRIMARY KEY' ? 'primary' : type === 'FOREIGN KEY' ? 'foreign' : 'unique',
      schema: text(schema),
      name: String(name),
      table: String(table),
      tableSchema: text(tableSchema),
      columns: columns.map((row) => String(row[5])),
      refSchema: text(refSchema),
      refTable: text(refTable),
      refColumns: columns.flatMap((row) => (row[8] === null ? [] : [String(row[8])])),
      onUpdate: text(onUpdate),
      onDelete: text(onDelete),
    };
  });
}

function text(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

function numberOrNull(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}
