import { HeadgateError, type JsonValue } from '@headgate/core';
import { afterAll, describe, expect, it } from 'vitest';
import { COMPANIES, PEOPLE, sampleTables } from './sample.js';
import { freshConfig, ServiceClient, serviceOf, type TypeName, testEnvironment } from './service-client.js';

const environment = await testEnvironment();
afterAll(() => environment.remove());

const OPERATORS = ['=', '<', '>=', 'LIKE', 'NOT LIKE', 'CONTAINS', 'STARTS WITH', 'IN', 'BETWEEN'];
const OPERANDS = [
  "'x'",
  '1',
  '-1',
  '1e400',
  '1e-400',
  '99999999999999999999999',
  '0.1',
  '32768',
  '2147483648',
  '9223372036854775808',
  'true',
  'null',
  "''",
  "'%'",
  "'\\'",
  "'\\\\%'",
  "'\u0000'",
  "'\ud800'",
  "'😀'",
  "'١٢'",
  "' 1'",
  "'1 '",
  "'0x10'",
  "'NaN'",
  "'Infinity'",
  "'epoch'",
  "'2024-01-01'",
  "'2024-01-01T10:00:00Z'",
  "'2024-01-01 10:00:00+02'",
  "'24:00:00'",
  "'-838:00:00'",
  "'0000-00-00'",
  "'9999-12-31'",
  "'10000-01-01'",
  "'AAEC'",
  '\'{"a":1}\'',
  '(NOW())',
  '(NOW() - INTERVAL 999999999 YEAR)',
  `'${'a'.repeat(70_000)}'`,
];
const VALUES: readonly JsonValue[] = [
  1,
  -1,
  1.5,
  1e300,
  '',
  'x',
  true,
  false,
  null,
  [],
  {},
  [1],
  { a: 1 },
  '\u0000',
  '\ud800',
  '😀',
  '2024-01-01',
  '2024-01-01T10:00:00Z',
  '2024-01-01T10:00:00+02:00',
  '24:00:00',
  '0000-00-00',
  '10000-01-01',
  '99999999999999999999',
  'NaN',
  'Infinity',
  '1e400',
  'AAEC',
  'AA=',
  '!!',
  '{"a":1}',
  { expression: 'NOW()' },
  { expression: 'version()' },
  'a'.repeat(70_000),
];

describe.each(['pgsql', 'mariadb', 'sqlite'] as readonly TypeName[])('values of any kind on %s', (type) => {
  it('are taken or refused, and never upset the database', async () => {
    const config = await freshConfig(type);
    if (!config) return;
    const dialect = type === 'pgsql' ? 'postgres' : type === 'mariadb' ? 'mysql' : 'sqlite';
    const maker = serviceOf(environment, type, { ...config, statements: sampleTables(dialect), pool_max: 1 });
    await new ServiceClient(maker).get('_schema');
    await maker.close();
    const service = serviceOf(environment, type, config);
    const db = new ServiceClient(service);
    await db.call('POST', '_table/company', { body: { resource: COMPANIES } });
    await db.call('POST', '_table/person', { body: { resource: PEOPLE } });

    const faults: string[] = [];
    const outcomes = { taken: 0, refused: 0 };
    const attempt = async (what: string, call: Promise<unknown>) => {
      try {
        await call;
        outcomes.taken++;
      } catch (error) {
        outcomes.refused++;
        if (!(error instanceof HeadgateError) || error.status >= 500)
          faults.push(`${what}: ${error instanceof HeadgateError ? error.detail : error}`);
      }
    };
    const fields = Object.keys(PEOPLE[0] ?? {});
    for (const field of fields) {
      for (const operator of OPERATORS) {
        for (const operand of OPERANDS) {
          const right = operator === 'IN' ? `(${operand})` : operator === 'BETWEEN' ? `${operand} AND ${operand}` : operand;
          const filter = `${field} ${operator} ${right}`;
          await attempt(filter.slice(0, 80), db.get('_table/person', { filter, fields: 'id' }));
        }
      }
      if (field === 'id') continue;
      for (const value of VALUES)
        await attempt(
          `${field} := ${JSON.stringify(value).slice(0, 60)}`,
          db.call('PATCH', '_table/person/1', { body: { [field]: value } }),
        );
    }
    await service.close();
    expect(faults).toEqual([]);
    expect(outcomes.taken).toBeGreaterThan(1_000);
    expect(outcomes.refused).toBeGreaterThan(500);
  }, 120_000);
});
