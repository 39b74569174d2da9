import type { Column, Table } from '../../tables/define-table.js';
import { constraintNames, defaultSql, indexesOf } from './constraints.js';
import type { DdlWriter } from './ddl.js';

const quote = (name: string) => `"${name}"`;
const list = (names: readonly string[]) => names.map(quote).join(', ');
const DELETE_RULES = { cascade: ' ON DELETE CASCADE', 'set null': ' ON DELETE SET NULL', none: '' };

export const postgresDdl: DdlWriter = {
  createTable(table) {
    const primary = Object.keys(table.columns).filter((name) => table.columns[name]!.primary);
    const parts = [
      ...Object.entries(table.columns).map(([name, column]) => `${quote(name)} ${typeOf(column)}${rulesOf(column)}`),
      ...(primary.length > 0 ? [`CONSTRAINT ${quote(`${table.name}_pkey`)} PRIMARY KEY (${list(primary)})`] : []),
      ...Object.entries(table.columns).flatMap(([name, column]) => keysOf(table, name, column)),
    ];
    return [
      `CREATE TABLE IF NOT EXISTS ${quote(table.name)} (${parts.join(', ')})`,
      ...indexesOf(table).map(
        (columns) =>
          `CREATE INDEX IF NOT EXISTS ${quote(constraintNames.index(table.name, columns))} ON ${quote(table.name)} (${list(columns)})`,
      ),
    ];
  },
  addColumn(table, name) {
    const column = table.columns[name]!;
    return `ALTER TABLE ${quote(table.name)} ADD COLUMN ${quote(name)} ${typeOf(column)}${rulesOf(column)}`;
  },
};

function keysOf(table: Table, name: string, { unique, references, choices }: Column): string[] {
  const keys: string[] = [];
  if (unique) keys.push(`CONSTRAINT ${quote(constraintNames.unique(table.name, [name]))} UNIQUE (${quote(name)})`);
  if (choices) {
    const allowed = choices.map((choice) => `'${choice}'`).join(', ');
    keys.push(`CONSTRAINT ${quote(`${table.name}_${name}_check`)} CHECK (${quote(name)} IN (${allowed}))`);
  }
  if (references) {
    keys.push(
      `CONSTRAINT ${quote(constraintNames.foreign(table.name, name))} FOREIGN KEY (${quote(name)}) REFERENCES ${quote(references.table)} (${quote(references.column)})${DELETE_RULES[references.onDelete]}`,
    );
  }
  return keys;
}

function rulesOf(column: Column): string {
  const isNumber = column.kind === 'flag';
  const value = defaultSql(column, (flag) => (isNumber ? String(Number(flag)) : String(flag)));
  return `${column.nullable ? '' : ' NOT NULL'}${value === undefined ? '' : ` DEFAULT ${value}`}`;
}

function typeOf(column: Column): string {
  switch (column.kind) {
    case 'id':
      return 'serial';
    case 'bigId':
      return 'bigserial';
    case 'int':
    case 'signedInt':
      return 'integer';
    case 'smallint':
    case 'flag':
      return 'smallint';
    case 'bigint':
      return 'bigint';
    case 'string':
    case 'choice':
      return `varchar(${column.length})`;
    case 'text':
    case 'mediumText':
    case 'longText':
      return 'text';
    case 'bool':
      return 'boolean';
    case 'timestamp':
    case 'datetime':
      return 'timestamp(0) without time zone';
  }
}
