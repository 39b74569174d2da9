import { type JsonObject, replaceLookups } from '@headgate/core';
import { afterAll, describe, expect, it } from 'vitest';
import { mariadbServer } from '../../../../test/containers.js';
import type { MysqlConfig } from '../../src/mysql/config.js';
import { readDriverOptions } from '../../src/service-type/driver-options.js';
import { sqlServiceTypes } from '../../src/service-type/sql-service-types.js';
import { DEPS, ServiceClient, testEnvironment } from './service-client.js';

const environment = await testEnvironment();
afterAll(() => environment.remove());

function typeNamed(name: string) {
  const type = sqlServiceTypes(environment).find((candidate) => candidate.name === name);
  if (!type) throw new Error(`no type ${name}`);
  return type;
}

/** What a configuration is refused for, by field. */
function problems(typeName: string, config: JsonObject): Record<string, string> {
  const outcome = typeNamed(typeName).schema.safeParse(config);
  return outcome.success ? {} : Object.fromEntries(outcome.error.issues.map(({ path, message }) => [String(path[0]), message]));
}

const MINIMAL = { host: 'db.example', database: 'crm' };

describe('the types of SQL services', () => {
  it('draw their fields in the order of the contract, new ones last', () => {
    const names = (type: string) => typeNamed(type).fields.map(({ name }) => name);
    const records = ['options', 'attributes', 'statements', 'allow_upsert', 'max_records', 'cache_enabled', 'cache_ttl'];
    const pool = ['pool_max', 'acquire_timeout', 'statement_timeout', 'read_only', 'types'];
    const server = [
      'host',
      'port',
      'database',
      'username',
      'password',
      'schema',
      'charset',
      'collation',
      'timezone',
      'modes',
      'strict',
      'unix_socket',
    ];
    expect(names('sqlite')).toEqual(['database', ...records, ...pool]);
    expect(names('mysql')).toEqual([...server, ...records, ...pool, 'sslmode', 'ssl_ca']);
    expect(names('mariadb')).toEqual(names('mysql'));
  });

  it('keep credentials encrypted and passwords masked', () => {
    for (const type of ['pgsql', 'mysql', 'mariadb']) {
      const field = (name: string) => typeNamed(type).fields.find((candidate) => candidate.name === name);
      expect(field('password')).toMatchObject({ encrypted: true, masked: true });
      expect(field('username')).toMatchObject({ encrypted: true });
      expect(typeNamed(type).destinationFields).toEqual(expect.arrayContaining(['host', 'port', 'options']));
    }
  });

  it.each(['pgsql', 'mysql', 'mariadb'])('say what a configuration of type %s lacks', (type) => {
    const message = 'Database connection information must contain at least host and database name.';
    expect(problems(type, {})).toEqual({ host: message, database: message });
    expect(problems(type, { host: 'h', database: ' ' })).toEqual({ database: message });
    expect(problems(type, MINIMAL)).toEqual({});
  });

  it('take a unix socket instead of a host for MySQL', () => {
    expect(problems('mysql', { unix_socket: '/run/mysqld/mysqld.sock', database: 'crm' })).toEqual({});
    expect(Object.keys(problems('mysql', { unix_socket: 'relative.sock', database: 'crm' }))).toEqual(['unix_socket']);
  });

  it.each([
    [{ port: 70_000 }, 'port'],
    [{ pool_max: 0 }, 'pool_max'],
    [{ acquire_timeout: 0 }, 'acquire_timeout'],
    [{ statement_timeout: -1 }, 'statement_timeout'],
    [{ types: 'other' }, 'types'],
    [{ sslmode: 'maybe' }, 'sslmode'],
    [{ timezone: "UTC'; DROP TABLE x" }, 'timezone'],
    [{ modes: "ANSI'" }, 'modes'],
    [{ collation: 'x y' }, 'collation'],
    [{ options: { sslmode: 'maybe' } }, 'options'],
  ])('name the field that is wrong: %j', (config, field) => {
    expect(Object.keys(problems('mysql', { ...MINIMAL, ...config }))).toEqual([field]);
  });

  it.each(['../x.db', '/etc/passwd', 'a/../../x.db', ':memory:', 'file:x.db'])(
    'refuse %j as a SQLite file when it is saved',
    (database) => {
      expect(Object.keys(problems('sqlite', { database }))).toEqual(['database']);
    },
  );

  it.each([
    "ATTACH DATABASE '/data/system.sqlite' AS x",
    "vacuum into '/tmp/copy.db'",
    "SELECT 1; attach 'x' as y",
    '/**/AtTaCh/**/"x" AS y',
  ])('refuse the SQLite statement %s', (statement) => {
    expect(Object.keys(problems('sqlite', { database: 'x.db', statements: ['PRAGMA cache_size = 100', statement] }))).toEqual([
      'statements',
    ]);
  });

  it('say what a SQLite configuration lacks', () => {
    expect(problems('sqlite', {})).toEqual({ database: 'Database connection information must contain at least database name.' });
  });

  it('fill in what is blank from the settings of the worker', () => {
    const config = typeNamed('mysql').schema.parse({ ...MINIMAL, max_records: 0, schema: 'all', options: [] }) as MysqlConfig;
    expect(config).toMatchObject({
      maxRecords: 1000,
      poolMax: 4,
      acquireTimeoutMs: 5_000,
      statementTimeoutMs: 10_000,
      readOnly: false,
      types: 'contract',
      schema: undefined,
      tls: { mode: 'disable' },
    });
    const own = typeNamed('mysql').schema.parse({
      ...MINIMAL,
      max_records: 10_000_000,
      pool_max: 2,
      acquire_timeout: 3,
      statement_timeout: 0,
      schema: 'sales',
    });
    expect(own).toMatchObject({ maxRecords: 100_000, poolMax: 2, acquireTimeoutMs: 3_000, statementTimeoutMs: 0, schema: 'sales' });
  });
});

describe('driver options', () => {
  it.each(['PDO::ATTR_TIMEOUT', '\\PDO::ATTR_TIMEOUT', '2', 'connect_timeout'])('understand %s', (name) => {
    expect(readDriverOptions({ [name]: '5' })).toMatchObject({ connectTimeoutMs: 5_000, unknown: [] });
  });

  it('mean TLS as PHP does, and name what has no effect', () => {
    const tls = (options: JsonObject) => (typeNamed('mysql').schema.parse({ ...MINIMAL, options }) as MysqlConfig).tls;
    expect(tls({ 'PDO::MYSQL_ATTR_SSL_CA': '/ca.pem' })).toMatchObject({ mode: 'verify-full', ca: '/ca.pem' });
    expect(tls({ '1009': '/ca.pem', '1014': 'false', '1008': '/cert.pem', '1007': '/key.pem' })).toEqual({
      mode: 'require',
      ca: '/ca.pem',
      cert: '/cert.pem',
      key: '/key.pem',
    });
    expect(tls({ sslmode: 'require' })).toMatchObject({ mode: 'require' });
    expect(readDriverOptions({ 'PDO::ATTR_PERSISTENT': true }).unknown).toEqual(['PDO::ATTR_PERSISTENT']);
  });
});

const server = await mariadbServer();

describe.skipIf(!server)('connecting as configured', () => {
  const url = new URL(server ?? 'mysql://none');
  const config = {
    host: url.hostname,
    port: Number(url.port),
    database: url.pathname.slice(1),
    username: url.username,
    password: url.password,
  };
  const type = typeNamed('mariadb');

  it('reports what a database holds', async () => {
    const report = await type.probe?.(
      type.schema.parse({ ...config, statements: ['CREATE TABLE IF NOT EXISTS probed (id int)'], schema: 'default' }),
      DEPS,
    );
    expect(report).toEqual({ server: expect.stringMatching(/^MariaDB 1/), tables: ['probed'] });
  });

  it('takes lookups, private ones included', async () => {
    const systemLookups = {
      find: (name: string, isPrivate: boolean) =>
        isPrivate ? { db: config.database, port: String(config.port), secret: config.password }[name] : undefined,
    };
    expect(replaceLookups('{db}', systemLookups)).toBe('{db}');
    const lookups = { ...config, database: '{db}', port: '{port}', password: '{secret}', schema: 'default' };
    const report = await type.probe?.(type.schema.parse(lookups), { ...DEPS, systemLookups });
    expect(report?.server).toContain('MariaDB');
  });

  it('says what failed without the text of the driver', async () => {
    const failing = type.probe?.(type.schema.parse({ ...config, password: 'wrong-secret' }), DEPS);
    await expect(failing).rejects.toMatchObject({
      reason: 'source_refused',
      message: expect.not.stringMatching(/wrong-secret|root|127\.0\.0\.1|Access denied/),
    });
    await expect(failing).rejects.toMatchObject({ detail: expect.stringContaining('Access denied') });
  });

  it('refuses what the egress policy refuses, and callers learn nothing of it', async () => {
    const guarded = {
      ...environment,
      egress: (await import('../../src/egress/policy.js')).createEgressPolicy({ allow: [], ownStores: [] }),
    };
    const loopback = { ...config, host: '127.0.0.1' };
    const closed = sqlServiceTypes(guarded).find(({ name }) => name === 'mariadb')!;
    await expect(closed.probe?.(closed.schema.parse(loopback), DEPS)).rejects.toMatchObject({ reason: 'egress_refused' });
    const service = closed.create(closed.schema.parse(loopback), DEPS);
    await expect(new ServiceClient(service).get('_table')).rejects.toMatchObject({
      status: 503,
      message: expect.not.stringContaining(loopback.host),
    });
    await service.close();
  });
});
