import type { Column, Table } from '../../tables/define-table.js';
import { constraintNames, defaultSql, indexesOf } from './constraints.js';
import type { DdlWriter } from './ddl.js';

const quote = (name: string) => `"${name}"`;
const list = (names: readonly string[]) => names.map(quote).join(', ');
const DELETE_RULES = { cascade: ' ON DELETE CASCADE', 'set null': ' ON DELETE SET NULL', none: '' };

export const sqliteDdl: DdlWriter = {
  createTable(table) {
    const generated = Object.values(table.columns).some((column) => column.kind === 'id' || column.kind === 'bigId');
    const primary = Object.keys(table.columns).filter((name) => table.columns[name]!.primary);
    const parts = [
      ...Object.entries(table.columns).map(([name, column]) => `${quote(name)} ${typeOf(column)}${rulesOf(column)}`),
      ...(primary.length > 0 && !generated ? [`PRIMARY KEY (${list(primary)})`] : []),
      ...Object.entries(table.columns).flatMap(([name, column]) => keysOf(table, name, column)),
    ];
    const uniques = Object.keys(table.columns).filter((name) => table.columns[name]!.unique);
    return [
      `CREATE TABLE IF NOT EXISTS ${quote(table.name)} (${parts.join(', ')})`,
      ...uniques.map(
        (name) =>
          `CREATE UNIQUE INDEX IF NOT EXISTS ${quote(constraintNames.unique(table.name, [name]))} ON ${quote(table.name)} (${quote(name)})`,
      ),
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

function keysOf(table: Table, name: string, { references, choices }: Column): string[] {
  const keys: string[] = [];
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
  // AUTOINCREMENT: a key is never given out twice, as on the other dialects; tokens and logs name users by it.
  if (column.kind === 'id' || column.kind === 'bigId') return ' NOT NULL PRIMARY KEY AUTOINCREMENT';
  const value = defaultSql(column, (flag) => (flag ? '1' : '0'));
  return `${column.nullable ? '' : ' NOT NULL'}${value === undefined ? '' : ` DEFAULT ${value}`}`;
}

function typeOf(column: Column): string {
  switch (column.kind) {
    case 'id':
    case 'bigId':
    case 'int':
    case 'signedInt':
    case 'smallint':
    case 'bigint':
      return 'integer';
    case 'string':
    case 'choice':
      return `varchar(${column.length})`;
    case 'text':
    case 'mediumText':
    case 'longText':
      return 'text';
    case 'bool':
    case 'flag':
      return 'tinyint(1)';
    case 'timestamp':
    case 'datetime':
      return 'datetime';
  }
}
