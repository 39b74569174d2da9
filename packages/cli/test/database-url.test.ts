import { describe, expect, it } from 'vitest';
import { serviceOf } from '../src/connect/database-url.js';
import { shellQuote } from '../src/terminal/shell-quote.js';

describe('the address of a database', () => {
  it.each([
    [
      'postgres://me:p%40ss@db.example.com/crm',
      'pgsql',
      { host: 'db.example.com', port: 5432, database: 'crm', username: 'me', password: 'p@ss' },
    ],
    [
      'postgresql://db:6000/crm?sslmode=require&schema=sales',
      'pgsql',
      { host: 'db', port: 6000, database: 'crm', sslmode: 'require', schema: 'sales' },
    ],
    ['mysql://root:x@127.0.0.1/shop', 'mysql', { host: '127.0.0.1', port: 3306, database: 'shop', username: 'root', password: 'x' }],
    ['mariadb://[::1]:3307/shop', 'mariadb', { host: '::1', port: 3307, database: 'shop' }],
    ['sqlite:shop.sqlite', 'sqlite', { database: 'shop.sqlite' }],
    ['sqlite:///data/databases/shop.sqlite', 'sqlite', { database: 'shop.sqlite' }],
  ])('%s is a %s service', (address, type, config) => {
    expect(serviceOf(address, '/data/databases')).toEqual({ type, config });
  });

  it.each(['oracle://x/y', 'crm', 'postgres://', 'postgres://host', 'sqlite:///etc/shop.sqlite'])('%s is refused', (address) => {
    expect(() => serviceOf(address, '/data/databases')).toThrow();
  });

  it('is not repeated with its password', () => {
    expect(() => serviceOf('oracle://me:planted-secret@h/y', '/data')).toThrow(expect.not.stringContaining('planted-secret'));
  });
});

describe('a word for the shell', () => {
  it.each([
    ['http://localhost:8080/api', 'http://localhost:8080/api'],
    ['a b', "'a b'"],
    ["it's", "'it'\\''s'"],
    ['$(x)?', "'$(x)?'"],
  ])('%s becomes %s', (text, quoted) => {
    expect(shellQuote(text)).toBe(quoted);
  });
});
