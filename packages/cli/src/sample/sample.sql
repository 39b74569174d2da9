-- The sample database of a new installation: companies, the people who work there, and the orders they placed.
PRAGMA foreign_keys = ON;

CREATE TABLE company (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name VARCHAR(100) NOT NULL UNIQUE,
  city VARCHAR(100) NOT NULL,
  country CHAR(2) NOT NULL,
  founded DATE
);

CREATE TABLE contact (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  first_name VARCHAR(50) NOT NULL,
  last_name VARCHAR(50) NOT NULL,
  email VARCHAR(200) NOT NULL UNIQUE,
  company_id INTEGER REFERENCES company (id) ON DELETE SET NULL,
  is_active BOOLEAN NOT NULL DEFAULT 1,
  created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE purchase (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  contact_id INTEGER NOT NULL REFERENCES contact (id) ON DELETE CASCADE,
  item VARCHAR(100) NOT NULL,
  amount DECIMAL(10, 2) NOT NULL,
  placed_on DATE NOT NULL
);

CREATE INDEX contact_company_id ON contact (company_id);
CREATE INDEX purchase_contact_id ON purchase (contact_id);

INSERT INTO company (name, city, country, founded) VALUES
  ('Fenwick & Daughters', 'Leeds', 'GB', '1987-04-12'),
  ('Halden Boat Works', 'Bergen', 'NO', '1962-09-01'),
  ('Mistral Coffee', 'Marseille', 'FR', '2009-02-20'),
  ('Quartz Instruments', 'Jena', 'DE', '1998-11-30');

INSERT INTO contact (first_name, last_name, email, company_id, is_active, created_at) VALUES
  ('Ada', 'Fenwick', 'ada@fenwick.example', 1, 1, '2026-01-05 09:12:00'),
  ('Tom', 'Okafor', 'tom@fenwick.example', 1, 1, '2026-01-19 14:40:00'),
  ('Ingrid', 'Halden', 'ingrid@halden.example', 2, 1, '2026-02-02 08:05:00'),
  ('Lucien', 'Arnaud', 'lucien@mistral.example', 3, 1, '2026-02-11 16:21:00'),
  ('Noor', 'Haddad', 'noor@mistral.example', 3, 0, '2026-03-03 11:00:00'),
  ('Petra', 'Vogel', 'petra@quartz.example', 4, 1, '2026-03-17 10:30:00'),
  ('Jonas', 'Weber', 'jonas@quartz.example', 4, 1, '2026-04-08 13:45:00'),
  ('Mei', 'Tanaka', 'mei@example.com', NULL, 1, '2026-05-22 07:55:00');

INSERT INTO purchase (contact_id, item, amount, placed_on) VALUES
  (1, 'Ledger, bound', 48.50, '2026-03-01'),
  (1, 'Ink, blue', 7.25, '2026-04-15'),
  (3, 'Marine varnish', 129.90, '2026-03-20'),
  (4, 'Green coffee, 20 kg', 212.00, '2026-05-02'),
  (6, 'Calibration weight', 84.10, '2026-05-30'),
  (7, 'Optical bench', 1499.00, '2026-06-11');
