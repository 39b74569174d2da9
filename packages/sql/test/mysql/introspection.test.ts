import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Catalogue } from '../../src/dialect/catalogue.js';
import type { Connection } from '../../src/dialect/dialect.js';
import { mysql } from '../../src/mysql/dialect.js';
import { freshMariadb, openMariadb } from '../dialects/mariadb.js';

let connection: Connection;
let catalogue: Catalogue;

const DDL = [
  'CREATE TABLE company (id int AUTO_INCREMENT PRIMARY KEY, name varchar(60) NOT NULL COMMENT "shown", code char(4))',
  'CREATE UNIQUE INDEX company_code ON company (code)',
  `CREATE TABLE contact (
    id int unsigned AUTO_INCREMENT PRIMARY KEY, company_id int, email varchar(80) UNIQUE, status varchar(10) NOT NULL DEFAULT 'it''s new',
    score decimal(10,2) DEFAULT 1.50, active tinyint(1) DEFAULT 1, flag bit(1) DEFAULT b'1', small tinyint, born date, at datetime(3) DEFAULT CURRENT_TIMESTAMP(3),
    made timestamp DEFAULT CURRENT_TIMESTAMP, changed timestamp DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, seen timestamp NULL DEFAULT NULL,
    big bigint unsigned, photo blob, ratio double, one float, kind enum('a','b'), tags set('x','y'), data json, note text, y year, place point,
    twice int GENERATED ALWAYS AS (small * 2) STORED, clock time(2), FOREIGN KEY (company_id) REFERENCES company (id) ON DELETE SET NULL)`,
  'CREATE INDEX contact_born ON contact (born)',
  'CREATE TABLE orders (no int, year int, PRIMARY KEY (no, year))',
  'CREATE TABLE line (order_no int, order_year int, FOREIGN KEY line_order (order_no, order_year) REFERENCES orders (no, year) ON UPDATE CASCADE)',
  'CREATE VIEW people AS SELECT id, email FROM contact',
  'CREATE VIEW people_count AS SELECT count(*) AS people FROM contact',
  'CREATE FUNCTION add_tax (price int) RETURNS int DETERMINISTIC RETURN price * 2',
  'CREATE PROCEDURE cleanup () SELECT 1',
];

const server = await freshMariadb(DDL);
const DATABASE = server?.database;

beforeAll(async () => {
  if (!server) return;
  connection = await openMariadb(server);
  catalogue = await mysql.introspect(connection, { schema: 'default' });
});

afterAll(async () => {
  await connection?.close();
});

const column = (table: string, name: string) =>
  catalogue.tables.find((found) => found.name === table)?.columns.find((found) => found.name === name);

describe.skipIf(!server)('the catalogue of a MySQL database', () => {
  it('lists tables, views and routines', () => {
    expect(catalogue.tables.map(({ schema, name, kind }) => [schema, name, kind])).toEqual([
      [DATABASE, 'company', 'table'],
      [DATABASE, 'contact', 'table'],
      [DATABASE, 'line', 'table'],
      [DATABASE, 'orders', 'table'],
      [DATABASE, 'people', 'view'],
      [DATABASE, 'people_count', 'view'],
    ]);
    expect(catalogue.routines).toEqual([
      { schema: DATABASE, name: 'add_tax', kind: 'function' },
      { schema: DATABASE, name: 'cleanup', kind: 'procedure' },
    ]);
    expect(catalogue.defaultSchema).toBe(DATABASE);
  });

  it('tells which views can be written through', () => {
    expect(catalogue.tables.filter(({ isUpdatable }) => isUpdatable).map(({ name }) => name)).toContain('people');
    expect(catalogue.tables.filter(({ isUpdatable }) => isUpdatable).map(({ name }) => name)).not.toContain('people_count');
  });

  it('lists other databases where no schema is configured, but none of the system', async () => {
    const every = await mysql.introspect(connection, { schema: undefined });
    const schemas = new Set(every.tables.map(({ schema }) => schema));
    expect(schemas).toContain(DATABASE);
    for (const hidden of ['mysql', 'sys', 'information_schema', 'performance_schema']) expect(schemas).not.toContain(hidden);
    expect(every.defaultSchema).toBe(DATABASE);
    const system = await mysql.introspect(connection, { schema: 'mysql' });
    expect(system.tables).toEqual([]);
  });

  it.each([
    ['id', 'id', 'integer'],
    ['company_id', 'integer', 'integer'],
    ['email', 'string', 'text'],
    ['score', 'decimal', 'decimal'],
    ['active', 'boolean', 'boolean'],
    ['flag', 'boolean', 'boolean'],
    ['small', 'integer', 'integer'],
    ['born', 'date', 'date'],
    ['at', 'datetime', 'timestamp'],
    ['made', 'timestamp_on_create', 'timestamp'],
    ['changed', 'timestamp_on_update', 'timestamp'],
    ['seen', 'timestamp', 'timestamp'],
    ['big', 'bigint', 'bigint'],
    ['photo', 'binary', 'binary'],
    ['ratio', 'double', 'float'],
    ['one', 'float', 'float'],
    ['kind', 'string', 'text'],
    ['tags', 'array', 'array'],
    ['data', 'string', 'json'],
    ['note', 'text', 'text'],
    ['y', 'string', 'other'],
    ['place', 'string', 'other'],
    ['clock', 'time', 'time'],
  ])('reads the type of %s as %s', (name, simpleType, kind) => {
    expect(column('contact', name)).toMatchObject({ simpleType, kind });
  });

  it('tells defaults, sizes, keys and generated columns', () => {
    expect(column('contact', 'status')).toMatchObject({ default: "it's new", allowNull: false, length: 10 });
    expect(column('contact', 'score')).toMatchObject({ default: 1.5, precision: 10, scale: 2 });
    expect(column('contact', 'active')).toMatchObject({ default: true });
    expect(column('contact', 'flag')).toMatchObject({ default: true });
    expect(column('contact', 'at')).toMatchObject({ default: { expression: 'CURRENT_TIMESTAMP' }, length: 3 });
    expect(column('contact', 'seen')).toMatchObject({ default: null, allowNull: true });
    expect(column('contact', 'email')).toMatchObject({ isUniqueIndexed: true });
    expect(column('contact', 'born')).toMatchObject({ isIndexed: true, isUniqueIndexed: false });
    expect(column('contact', 'twice')).toMatchObject({ isGenerated: true });
    expect(column('contact', 'id')).toMatchObject({ autoIncrement: true, isIndexed: false });
    expect(column('company', 'name')).toMatchObject({ comment: 'shown', supportsMultibyte: true });
    expect(column('company', 'code')).toMatchObject({ isUniqueIndexed: true, fixedLength: true });
  });

  it('keeps a composite foreign key whole and pairs it by position', () => {
    expect(catalogue.constraints.filter(({ kind }) => kind === 'foreign')).toEqual([
      expect.objectContaining({ table: 'contact', columns: ['company_id'], refTable: 'company', refColumns: ['id'], onDelete: 'SET NULL' }),
      expect.objectContaining({
        table: 'line',
        columns: ['order_no', 'order_year'],
        refTable: 'orders',
        refColumns: ['no', 'year'],
        onUpdate: 'CASCADE',
      }),
    ]);
    expect(catalogue.constraints).toContainEqual(expect.objectContaining({ kind: 'primary', table: 'orders', columns: ['no', 'year'] }));
  });
});
