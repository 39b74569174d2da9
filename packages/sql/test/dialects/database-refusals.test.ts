import type { JsonObject } from '@headgate/core';
import { afterAll, describe, expect, it } from 'vitest';
import { classify as classifyMysql } from '../../src/mysql/errors.js';
import { classify as classifyPostgres } from '../../src/postgres/errors.js';
import { sqlServiceTypes } from '../../src/service-type/sql-service-types.js';
import { classify as classifySqlite, SqliteFailure } from '../../src/sqlite/errors.js';
import { DEPS, freshConfig, testEnvironment } from './service-client.js';

const environment = await testEnvironment();
afterAll(() => environment.remove());
const postgres = await freshConfig('pgsql');
const mariadb = await freshConfig('mariadb');

describe('what a database refuses', () => {
  it.each([
    ['42501', 'forbidden'],
    ['22P02', 'value'],
    ['22003', 'value'],
    ['23001', 'reference'],
    ['23000', 'check'],
    ['42809', 'unsupported'],
    ['0A000', 'unsupported'],
    ['55000', 'unsupported'],
    ['54000', 'limit'],
    ['53100', 'unavailable'],
    ['57P01', 'unavailable'],
    ['55P03', 'timeout'],
    ['55006', 'serialization'],
  ])('has a name of its own: PostgreSQL %s is %s', (code, kind) => {
    expect(classifyPostgres(Object.assign(new Error('secret text'), { code }))).toMatchObject({ kind });
  });

  it.each([
    [1142, 'forbidden'],
    [1143, 'forbidden'],
    [1227, 'forbidden'],
    [1044, 'forbidden'],
    [1288, 'unsupported'],
    [1153, 'limit'],
    [1369, 'check'],
    [1114, 'unavailable'],
    [1206, 'serialization'],
  ])('has a name of its own: MySQL %i is %s', (errno, kind) => {
    expect(classifyMysql(Object.assign(new Error('secret text'), { code: 'ER_X', errno }))).toMatchObject({ kind });
  });

  it.each([
    ['SQLITE_READONLY', 'attempt to write a readonly database', 'forbidden'],
    ['SQLITE_TOOBIG', 'string or blob too big', 'limit'],
    ['SQLITE_ERROR', 'cannot modify v because it is a view', 'unsupported'],
    ['SQLITE_ERROR', 'too many SQL variables', 'limit'],
  ])('has a name of its own: %s (%s) is %s', (code, message, kind) => {
    expect(classifySqlite(new SqliteFailure(code, message))).toMatchObject({ kind });
  });
});

describe('a configuration that does not connect', () => {
  const problem = async (typeName: string, config: JsonObject) => {
    const type = sqlServiceTypes(environment).find(({ name }) => name === typeName)!;
    const error = await type.probe!(type.schema.parse(config), DEPS).then(
      () => undefined,
      (thrown: { reason: string; message: string; context: unknown }) => thrown,
    );
    return { reason: error?.reason, fields: Object.keys((error?.context ?? {}) as object), message: error?.message };
  };

  it.skipIf(!postgres).each([
    [{ password: 'wrong-password' }, ['username', 'password']],
    [{ database: 'no_such_database' }, ['database']],
    [{ host: 'no-such-host.invalid' }, ['host']],
    [{ port: 1 }, ['host', 'port']],
    [{ sslmode: 'require' }, ['sslmode']],
    [{ timezone: 'No/Where' }, ['timezone']],
    [{ statements: ['SELECT nothing'] }, ['statements']],
  ])('is told by field of PostgreSQL: %j', async (change, fields) => {
    const found = await problem('pgsql', { ...postgres, ...change });
    expect(found).toMatchObject({ reason: 'source_refused', fields });
    expect(found.message).not.toMatch(/ECONN|ENOTFOUND|FATAL|28P01|wrong-password/);
  });

  it.skipIf(!mariadb).each([
    [{ password: 'wrong-password' }, ['username', 'password']],
    [{ database: 'no_such_database' }, ['database']],
    [{ port: 1 }, ['host', 'port']],
  ])('is told by field of MariaDB: %j', async (change, fields) => {
    expect(await problem('mariadb', { ...mariadb, ...change })).toMatchObject({ reason: 'source_refused', fields });
  });

  it('is told of the address that no service may reach', async () => {
    expect(await problem('pgsql', { host: '169.254.169.254', database: 'x' })).toMatchObject({
      reason: 'egress_refused',
      fields: ['host'],
    });
  });
});
