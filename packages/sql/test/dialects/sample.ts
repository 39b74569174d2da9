import { type JsonValue, numberOf } from '@headgate/core';

export type DialectName = 'postgres' | 'mysql' | 'sqlite';

/** How each database writes the types of the sample. */
const TYPES: Readonly<Record<DialectName, Readonly<Record<string, string>>>> = {
  postgres: {
    id: 'serial PRIMARY KEY',
    decimal: 'numeric(38,18)',
    double: 'double precision',
    boolean: 'boolean',
    timestamp: 'timestamp',
    binary: 'bytea',
    json: 'json',
  },
  mysql: {
    id: 'int AUTO_INCREMENT PRIMARY KEY',
    decimal: 'decimal(38,18)',
    double: 'double',
    boolean: 'tinyint(1)',
    timestamp: 'datetime',
    binary: 'blob',
    json: 'json',
  },
  sqlite: {
    id: 'integer PRIMARY KEY AUTOINCREMENT',
    decimal: 'decimal(38,18)',
    double: 'double',
    boolean: 'boolean',
    timestamp: 'timestamp',
    binary: 'blob',
    json: 'json',
  },
};

/** The same tables on every database: `company`, `person` of every common type, `line` with a composite key, the view `adult`. */
export function sampleTables(name: DialectName): string[] {
  const type = TYPES[name];
  return [
    `CREATE TABLE company (id ${type.id}, name varchar(60) NOT NULL UNIQUE)`,
    `CREATE TABLE person (
      id ${type.id}, company_id int, name varchar(60) NOT NULL DEFAULT 'nobody', email varchar(60) UNIQUE, age smallint, big bigint, balance ${type.decimal},
      ratio ${type.double}, active ${type.boolean}, born date, wakes time, seen ${type.timestamp}, photo ${type.binary}, prefs ${type.json}, note text,
      FOREIGN KEY (company_id) REFERENCES company (id) ON DELETE SET NULL)`,
    'CREATE TABLE line (order_no int NOT NULL, line_no int NOT NULL, product varchar(20), PRIMARY KEY (order_no, line_no))',
    'CREATE VIEW adult AS SELECT id, name, age FROM person WHERE age >= 18',
    // The sample's own ids do not move a sequence.
    ...(name === 'postgres' ? ['ALTER SEQUENCE company_id_seq RESTART WITH 1000', 'ALTER SEQUENCE person_id_seq RESTART WITH 1000'] : []),
  ];
}

export type SampleRow = Readonly<Record<string, JsonValue>>;

export const COMPANIES: readonly SampleRow[] = [
  { id: 1, name: 'Acme' },
  { id: 2, name: 'Globex' },
];

export const PEOPLE: readonly SampleRow[] = [
  {
    id: 1,
    company_id: 1,
    name: 'Ann',
    email: 'ann@example.com',
    age: 34,
    big: numberOf('9007199254740993') ?? null,
    balance: '10.50',
    ratio: 0.5,
    active: true,
    born: '1990-01-31',
    wakes: '06:30:00',
    seen: '2024-01-31 10:15:00',
    photo: 'AAECAw==',
    prefs: { theme: 'dark' },
    note: 'first',
  },
  {
    id: 2,
    company_id: 1,
    name: "O'Brien",
    email: 'o@example.com',
    age: 17,
    big: -5,
    balance: '-3.25',
    ratio: -1.5,
    active: false,
    born: '2008-02-29',
    wakes: '08:00:00',
    seen: '2024-02-29 23:59:59',
    photo: null,
    prefs: [1, 2],
    note: '50% of a_b',
  },
  {
    id: 3,
    company_id: 2,
    name: 'Zoë) AND (x',
    email: null,
    age: null,
    big: null,
    balance: null,
    ratio: null,
    active: null,
    born: null,
    wakes: null,
    seen: null,
    photo: null,
    prefs: null,
    note: 'back\\slash',
  },
  {
    id: 4,
    company_id: null,
    name: 'ann',
    email: 'ann2@example.com',
    age: 70,
    big: 7,
    balance: '0',
    ratio: 1e20,
    active: true,
    born: '1954-06-01',
    wakes: '05:00:00',
    seen: '1999-12-31 00:00:00',
    photo: '',
    prefs: '"text"',
    note: '505 of aXb',
  },
];

export const LINES: readonly SampleRow[] = [
  { order_no: 1, line_no: 1, product: 'pen' },
  { order_no: 1, line_no: 2, product: 'ink' },
  { order_no: 2, line_no: 1, product: 'cap' },
];
