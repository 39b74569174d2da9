import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SILENT } from '@headgate/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Catalogue } from '../../src/dialect/catalogue.js';
import type { Connection } from '../../src/dialect/dialect.js';
import { sqliteConnector } from '../../src/sqlite/connector.js';
import { sqlite } from '../../src/sqlite/dialect.js';

let storage: string;
let connection: Connection;
let catalogue: Catalogue;

const DDL = [
  'CREATE TABLE company (id integer primary key, name varchar(60) NOT NULL, code text)',
  'CREATE UNIQUE INDEX company_code ON company (code)',
  'CREATE UNIQUE INDEX company_lower ON company (lower(name))',
  `CREATE TABLE contact (
    id INTEGER PRIMARY KEY AUTOINCREMENT, company_id int REFERENCES company ON DELETE SET NULL, email varchar(80) UNIQUE,
    status text NOT NULL DEFAULT 'it''s new', score decimal(10, 2) DEFAULT 1.5, active tinyint(1) DEFAULT 1, born date, at datetime DEFAULT CURRENT_TIMESTAMP,
    big bigint, photo blob, ratio double, plain, data json, uid uuid, full text GENERATED ALWAYS AS (status || email) STORED)`,
  'CREATE INDEX contact_born ON contact (born)',
  'CREATE TABLE orders (no int, year int, note text, PRIMARY KEY (no, year)) WITHOUT ROWID',
  'CREATE TABLE line (order_no int, order_year int, n int, FOREIGN KEY (order_no, order_year) REFERENCES orders (no, year) ON UPDATE CASCADE)',
  'CREATE VIEW people AS SELECT id, email FROM contact',
  'CREATE VIEW stale AS SELECT * FROM gone',
];

beforeAll(async () => {
  storage = await mkdtemp(path.join(tmpdir(), 'headgate-sqlite-'));
  const config = { database: 'schema.db', storage, statements: [], statementTimeoutMs: 10_000, readOnly: false };
  connection = await sqliteConnector(config, { serviceName: 'db', log: SILENT }).open();
  for (const statement of DDL) await connection.query(statement);
  catalogue = await sqlite.introspect(connection, { schema: undefined });
});

afterAll(async () => {
  await connection.close();
  await rm(storage, { recursive: true });
});

const column = (table: string, name: string) =>
  catalogue.tables.find((found) => found.name === table)?.columns.find((found) => found.name === name);

describe('the catalogue of a SQLite file', () => {
  it('lists tables and views that can be read', () => {
    expect(catalogue.tables.map(({ name, kind }) => [name, kind])).toEqual([
      ['company', 'table'],
      ['contact', 'table'],
      ['line', 'table'],
      ['orders', 'table'],
      ['people', 'view'],
    ]);
  });

  it.each([
    ['id', 'id', 'integer'],
    ['company_id', 'integer', 'integer'],
    ['email', 'string', 'text'],
    ['status', 'text', 'text'],
    ['score', 'decimal', 'decimal'],
    ['active', 'boolean', 'boolean'],
    ['born', 'date', 'date'],
    ['at', 'datetime', 'timestamp'],
    ['big', 'bigint', 'bigint'],
    ['photo', 'binary', 'binary'],
    ['ratio', 'double', 'float'],
    ['plain', 'string', 'other'],
    ['data', 'string', 'json'],
    ['uid', 'uuid', 'uuid'],
  ])('reads the declared type of %s as %s', (name, simpleType, kind) => {
    expect(column('contact', name)).toMatchObject({ simpleType, kind });
  });

  it('tells defaults, sizes, keys and generated columns', () => {
    expect(column('contact', 'status')).toMatchObject({ default: "it's new", allowNull: false });
    expect(column('contact', 'score')).toMatchObject({ default: 1.5, precision: 10, scale: 2 });
    expect(column('contact', 'active')).toMatchObject({ default: true });
    expect(column('contact', 'at')).toMatchObject({ default: { expression: 'CURRENT_TIMESTAMP' } });
    expect(column('contact', 'email')).toMatchObject({ length: 80, isUniqueIndexed: true });
    expect(column('contact', 'born')).toMatchObject({ isIndexed: true, isUniqueIndexed: false });
    expect(column('contact', 'full')).toMatchObject({ isGenerated: true });
    expect(column('contact', 'id')).toMatchObject({ autoIncrement: true, allowNull: false });
    expect(column('company', 'code')).toMatchObject({ isUniqueIndexed: true });
    expect(column('company', 'name')).toMatchObject({ isUniqueIndexed: false });
    expect(column('orders', 'no')).toMatchObject({ autoIncrement: false, simpleType: 'integer' });
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
    expect(catalogue.constraints).toContainEqual(expect.objectContaining({ kind: 'unique', table: 'company', columns: ['code'] }));
  });
});
