import type { Column, Table } from '../../tables/define-table.js';
import { constraintNames, defaultSql, indexesOf } from './constraints.js';
import type { DdlWriter } from './ddl.js';

const quote = (name: string) => `\`${name}\``;
const list = (names: readonly string[]) => names.map(quote).join(', ');
const DELETE_RULES = { cascade: ' ON DELETE CASCADE', 'set null': ' ON DELETE SET NULL', none: '' };

export const mysqlDdl: DdlWriter = {
  createTable(table) {
    const primary = Object.keys(table.columns).filter((name) => table.columns[name]!.primary);
    const parts = [
      ...Object.entries(table.columns).map(([name, column]) => `${quote(name)} ${typeOf(column)}${rulesOf(column)}`),
      ...(primary.length > 0 ? [`PRIMARY KEY (${list(primary)})`] : []),
      ...Object.entries(table.columns)
        .filter(([, column]) => column.unique)
        .map(([name]) => `UNIQUE KEY ${quote(constraintNames.unique(table.name, [name]))} (${quote(name)})`),
      ...indexesOf(table).map((columns) => `KEY ${quote(constraintNames.index(table.name, columns))} (${list(columns)})`),
      ...Object.entries(table.columns).flatMap(([name, column]) => foreignKeysOf(table, name, column)),
    ];
    return [
      `CREATE TABLE IF NOT EXISTS ${quote(table.name)} (${parts.join(', ')}) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
    ];
  },
  addColumn(table, name) {
    const column = table.columns[name]!;
    return `ALTER TABLE ${quote(table.name)} ADD COLUMN ${quote(name)} ${typeOf(column)}${rulesOf(column)}`;
  },
};

/** The index of a foreign key bears its name; where the column has one of its own, MySQL uses that. */
function foreignKeysOf(table: Table, name: string, { references, primary, index, unique }: Column): string[] {
  if (!references) return [];
  const key = constraintNames.foreign(table.name, name);
  return [
    ...(primary || index || unique ? [] : [`KEY ${quote(key)} (${quote(name)})`]),
    `CONSTRAINT ${quote(key)} FOREIGN KEY (${quote(name)}) REFERENCES ${quote(references.table)} (${quote(references.column)})${DELETE_RULES[references.onDelete]}`,
  ];
}

function rulesOf(column: Column): string {
  if (column.kind === 'id' || column.kind === 'bigId') return ' NOT NULL AUTO_INCREMENT';
  const value = defaultSql(column, (flag) => (flag ? '1' : '0'));
  // A timestamp without a word about null may get a default of its own.
  return `${column.nullable ? ' NULL' : ' NOT NULL'}${value === undefined ? '' : ` DEFAULT ${value}`}`;
}

function typeOf(column: Column): string {
  switch (column.kind) {
    case 'id':
    case 'int':
      return 'int unsigned';
    case 'bigId':
      return 'bigint unsigned';
    case 'signedInt':
      return 'int';
    case 'smallint':
      return 'tinyint unsigned';
    case 'bigint':
      return 'bigint';
    case 'string':
      return `varchar(${column.length})`;
    case 'choice':
      return `enum(${(column.choices ?? []).map((choice) => `'${choice}'`).join(', ')})`;
    case 'text':
      return 'text';
    case 'mediumText':
      return 'mediumtext';
    case 'longText':
      return 'longtext';
    case 'bool':
    case 'flag':
      return 'tinyint(1)';
    case 'timestamp':
      return 'timestamp';
    case 'datetime':
      return 'datetime';
  }
}
