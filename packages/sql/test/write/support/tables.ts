import type { Dialect } from '../../../src/dialect/dialect.js';
import { defineTable } from './define-table.js';

/** The tables of the write suite, the same on every database. */
export const TABLES = {
  product: defineTable('product', {
    id: { type: 'id', kind: 'integer', isPrimaryKey: true, autoIncrement: true },
    sku: { type: 'string', kind: 'text', required: true, isUnique: true },
    name: { type: 'string', kind: 'text', required: true },
    price: { type: 'decimal', kind: 'decimal', required: true },
    weight: { type: 'double', kind: 'float' },
    in_stock: { type: 'boolean', kind: 'boolean', allowNull: false, default: true },
    made_on: { type: 'date', kind: 'date' },
  }),
  part: defineTable('part', {
    id: { type: 'id', kind: 'integer', isPrimaryKey: true, autoIncrement: true },
    product_id: { type: 'reference', kind: 'integer', required: true },
    quantity: { type: 'integer', kind: 'integer' },
  }),
  enrollment: defineTable('enrollment', {
    student_id: { type: 'integer', kind: 'integer', isPrimaryKey: true },
    course_code: { type: 'string', kind: 'text', isPrimaryKey: true },
    term: { type: 'string', kind: 'text', allowNull: false, default: '2024A' },
    grade: { type: 'decimal', kind: 'decimal' },
  }),
  task: defineTable('task', {
    id: { type: 'id', kind: 'integer', isPrimaryKey: true, autoIncrement: true },
    owner_id: { type: 'integer', kind: 'integer', alias: 'owner', default: 1 },
    status: { type: 'string', kind: 'text', allowNull: false, default: 'open' },
    title: { type: 'string', kind: 'text' },
  }),
  audited: defineTable('audited', {
    id: { type: 'integer', kind: 'integer', isPrimaryKey: true },
    body: { type: 'string', kind: 'text' },
    created_at: { type: 'timestamp_on_create', kind: 'timestamp' },
    changed_at: { type: 'timestamp_on_update', kind: 'timestamp' },
    created_by: { type: 'user_id_on_create', kind: 'integer' },
    changed_by: { type: 'user_id_on_update', kind: 'integer' },
  }),
  note: defineTable('note', {
    owner_id: { type: 'integer', kind: 'integer' },
    body: { type: 'string', kind: 'text' },
  }),
} as const;

export type TableName = keyof typeof TABLES;

const AUTO: Readonly<Record<Dialect['name'], string>> = {
  postgres: 'serial PRIMARY KEY',
  mysql: 'int NOT NULL AUTO_INCREMENT PRIMARY KEY',
  sqlite: 'integer PRIMARY KEY AUTOINCREMENT',
};

/** Statements that make the tables anew. */
export function createTables(dialect: Dialect['name']): string[] {
  const engine = dialect === 'mysql' ? ' ENGINE=InnoDB' : '';
  return [
    ...['part', 'product', 'enrollment', 'task', 'audited', 'note'].map((table) => `DROP TABLE IF EXISTS ${table}`),
    `CREATE TABLE product (id ${AUTO[dialect]}, sku varchar(40) NOT NULL UNIQUE, name varchar(100) NOT NULL, price decimal(20,8) NOT NULL CHECK (price >= 0),
      weight double precision, in_stock boolean NOT NULL DEFAULT true, made_on date)${engine}`,
    `CREATE TABLE part (id ${AUTO[dialect]}, product_id int NOT NULL, quantity int, FOREIGN KEY (product_id) REFERENCES product (id))${engine}`,
    `CREATE TABLE enrollment (student_id int NOT NULL, course_code varchar(10) NOT NULL, term varchar(6) NOT NULL DEFAULT '2024A', grade decimal(3,1),
      PRIMARY KEY (student_id, course_code))${engine}`,
    `CREATE TABLE task (id ${AUTO[dialect]}, owner_id int DEFAULT 1, status varchar(20) NOT NULL DEFAULT 'open', title varchar(200))${engine}`,
    `CREATE TABLE audited (id int NOT NULL PRIMARY KEY, body varchar(40), created_at timestamp NULL, changed_at timestamp NULL, created_by int, changed_by int)${engine}`,
    `CREATE TABLE note (owner_id int, body varchar(100))${engine}`,
  ];
}
