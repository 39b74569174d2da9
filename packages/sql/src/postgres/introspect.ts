import type { Catalogue, CatalogueConstraint, CatalogueRoutine, CatalogueScope, CatalogueTable } from '../dialect/catalogue.js';
import type { Connection } from '../dialect/dialect.js';
import { type ColumnRow, describeColumn } from './column-types.js';

const DEFAULT_SCHEMA = 'public';
const VISIBLE = `n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' AND ($1::text IS NULL OR n.nspname = $1)`;
/** What the account may touch in some way; the rest is not there for it. */
const ALLOWED = `has_schema_privilege(n.oid, 'USAGE') AND (pg_has_role(c.relowner, 'USAGE')
  OR has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE') OR has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE'))`;

const TABLES = `
  SELECT c.oid, n.nspname, c.relname, c.relkind,
    c.relkind = 'v' AND pg_relation_is_updatable(c.oid, false) & 28 <> 0
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND ${VISIBLE} AND ${ALLOWED}`;

const COLUMNS = `
  SELECT a.attrelid, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.atttypmod, a.attnotnull OR t.typnotnull,
    a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid), t.typname, t.typtype, t.typcategory, t.typtypmod, b.typname, b.typtype, b.typcategory
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_type b ON b.oid = t.typbasetype
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped AND ${VISIBLE}
  ORDER BY a.attrelid, a.attnum`;

const CONSTRAINTS = `
  SELECT k.contype, n.nspname, k.conname, k.conrelid, k.conkey::text, k.confrelid, k.confkey::text, k.confupdtype, k.confdeltype
  FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
  WHERE k.contype IN ('p', 'u', 'f') AND k.conrelid <> 0 AND ${VISIBLE}
  ORDER BY k.conrelid, k.contype, k.conname`;

/** Unique indexes over plain columns of whole tables; those behind constraints are among them. */
const UNIQUE_INDEXES = `
  SELECT i.indrelid, i.indkey::text
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE i.indisunique AND NOT i.indisprimary AND i.indpred IS NULL AND i.indexprs IS NULL AND ${VISIBLE}`;

const ROUTINES = `
  SELECT DISTINCT n.nspname, p.proname, p.prokind
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE p.prokind IN ('f', 'p') AND ${VISIBLE} AND has_function_privilege(p.oid, 'EXECUTE')`;

const RULES: Readonly<Record<string, string>> = { a: 'NO ACTION', r: 'RESTRICT', c: 'CASCADE', n: 'SET NULL', d: 'SET DEFAULT' };
const CONSTRAINT_KINDS = { p: 'primary', u: 'unique', f: 'foreign' } as const;

/** Reads the catalogue in six statements, whatever the number of tables. */
export async function introspect(connection: Connection, { schema }: CatalogueScope): Promise<Catalogue> {
  const scope = [schema === 'default' ? DEFAULT_SCHEMA : (schema ?? null)];
  const version = await connection.query("SELECT current_setting('server_version')");
  const tableRows = (await connection.query(TABLES, scope)).rows as TableRow[];
  const columnRows = (await connection.query(COLUMNS, scope)).rows as unknown as ColumnRow[];
  const constraintRows = (await connection.query(CONSTRAINTS, scope)).rows as ConstraintRow[];
  const uniqueRows = (await connection.query(UNIQUE_INDEXES, scope)).rows as [string, string][];
  const routineRows = (await connection.query(ROUTINES, scope)).rows as [string, string, string][];

  const columnsOf = Map.groupBy(columnRows, (row) => row[0]);
  const names = new Map(columnRows.map((row) => [`${row[0]}.${row[1]}`, row[2]]));
  const unique = new Set(uniqueRows.filter(([, key]) => !key.includes(' ')).map(([table, key]) => `${table}.${key}`));
  const tableOf = new Map(tableRows.map((row) => [row[0], row]));

  const tables = tableRows.map(
    ([oid, tableSchema, name, kind, isUpdatable]): CatalogueTable => ({
      schema: tableSchema,
      name,
      kind: kind === 'v' ? 'view' : kind === 'm' ? 'materialized view' : 'table',
      comment: null,
      isUpdatable: isUpdatable === 't',
      columns: (columnsOf.get(oid) ?? []).map((row) => describeColumn(row, unique.has(`${oid}.${row[1]}`))),
    }),
  );
  const constraints = constraintRows.flatMap((row) => describeConstraint(row, tableOf, names));
  return {
    defaultSchema: DEFAULT_SCHEMA,
    serverVersion: `PostgreSQL ${String(version.rows[0]?.[0] ?? '')}`,
    tables,
    constraints,
    routines: routineRows.map(
      ([routineSchema, name, kind]): CatalogueRoutine => ({ schema: routineSchema, name, kind: kind === 'p' ? 'procedure' : 'function' }),
    ),
  };
}

/** oid, schema, name, kind, whether a view can be written. */
type TableRow = readonly [string, string, string, string, string];

/** kind, schema, name, table, columns, referenced table, referenced columns, on update, on delete. */
type ConstraintRow = readonly [keyof typeof CONSTRAINT_KINDS, string, string, string, string, string, string | null, string, string];

function describeConstraint(
  [type, schema, name, tableId, key, refTableId, refKey, onUpdate, onDelete]: ConstraintRow,
  tableOf: ReadonlyMap<string, TableRow>,
  names: ReadonlyMap<string, string>,
): CatalogueConstraint[] {
  const table = tableOf.get(tableId);
  const refTable = type === 'f' ? tableOf.get(refTableId) : undefined;
  // A reference to a table outside the scope, or one that the account may not see, is no relationship here.
  if (!table || (type === 'f' && !refTable)) return [];
  const columnNames = (oid: string, numbers: string | null) =>
    (numbers ?? '{}')
      .slice(1, -1)
      .split(',')
      .filter((number) => number !== '')
      .map((number) => names.get(`${oid}.${number}`) ?? '');
  return [
    {
      kind: CONSTRAINT_KINDS[type],
      schema,
      name,
      table: table[2],
      tableSchema: table[1],
      columns: columnNames(tableId, key),
      refSchema: refTable?.[1] ?? null,
      refTable: refTable?.[2] ?? null,
      refColumns: refTable ? columnNames(refTableId, refKey) : [],
      onUpdate: type === 'f' ? (RULES[onUpdate] ?? null) : null,
      onDelete: type === 'f' ? (RULES[onDelete] ?? null) : null,
    },
  ];
}
