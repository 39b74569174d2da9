-- 100,000 customers: deterministic, ten columns, one indexed for the filter and one for the sort. A thousand of them are about 260 KB of JSON.
DROP TABLE IF EXISTS load_customer;
CREATE TABLE load_customer (
  id integer PRIMARY KEY,
  code varchar(12) NOT NULL,
  first_name varchar(40) NOT NULL,
  last_name varchar(40) NOT NULL,
  email varchar(120) NOT NULL,
  city varchar(60),
  country char(2) NOT NULL,
  loyalty_points integer NOT NULL,
  is_active boolean NOT NULL,
  notes text
);
INSERT INTO load_customer
SELECT i, 'C' || lpad(i::text, 8, '0'), 'First ' || i % 977, 'Last ' || lpad((i * 7919 % 100003)::text, 6, '0'), 'customer' || i || '@example.com',
  'City ' || i % 400, (ARRAY['DE','FR','GB','US'])[1 + i % 4], i % 100000, i % 5 <> 0, repeat('n' || i % 10, 25)
FROM generate_series(1, 100000) AS i;
CREATE INDEX load_customer_points ON load_customer (loyalty_points);
CREATE INDEX load_customer_name ON load_customer (last_name, id);
ANALYZE load_customer;
