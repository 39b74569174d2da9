import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresServer } from '../containers.js';
import { connectionOf, startApi } from '../hostile/support/guarded-api.js';

const BIG = '9223372036854775807';
const AMOUNT = '12345678901234567890.123456789012345678';
const database = await postgresServer();
const decimal = { pgsql: 'numeric(38,18)', sqlite: 'decimal_text' } as const;

describe.each(['pgsql', 'sqlite'] as const)('numbers beyond what a double holds, on %s', (type) => {
  const isOut = type === 'pgsql' && database === undefined;
  // SQLite has no decimals: its 64-bit integers are what must stay exact.
  const hasDecimals = decimal[type] !== 'decimal_text';
  const values = `"big":${BIG}${hasDecimals ? `,"amount":${AMOUNT}` : ''}`;
  let api: Awaited<ReturnType<typeof startApi>>;
  let token: string;

  beforeAll(async () => {
    if (isOut) return;
    api = await startApi();
    const columns = `id integer PRIMARY KEY, big bigint${hasDecimals ? `, amount ${decimal[type]}` : ''}`;
    const place = type === 'pgsql' ? connectionOf(database!) : { database: 'exact.db' };
    await api.admin('POST', 'system/service', {
      resource: [
        { name: 'x', label: 'X', type, is_active: true, config: { ...place, statements: [`CREATE TABLE IF NOT EXISTS n (${columns})`] } },
      ],
    });
    token = await api.headgate.token();
  });
  afterAll(() => api?.close());

  const read = async (target: string, accept = 'application/json') =>
    (await api.call(`x/_table/n${target}`, { token, headers: { accept } })).text;
  const write = (contentType: string, body: string) =>
    api.call('x/_table/n', { method: 'POST', token, body, headers: { 'content-type': contentType } });

  it.skipIf(isOut)('are written as JSON, XML and CSV, and read in every format', async () => {
    const xml = `<dfapi><resource><id>2</id><big>${BIG}</big>${hasDecimals ? `<amount>${AMOUNT}</amount>` : ''}</resource></dfapi>`;
    const csv = `id,big${hasDecimals ? ',amount' : ''}\n3,${BIG}${hasDecimals ? `,${AMOUNT}` : ''}\n`;
    for (const [format, body] of [
      ['application/json', `{"resource":[{"id":1,${values}}]}`],
      ['application/xml', xml],
      ['text/csv', csv],
    ] as const)
      expect((await write(format, body)).status, format).toBe(200);

    for (const target of ['/1', '/2', '/3', '?ids=1', `?filter=big%3D${BIG}`, '']) {
      expect(await read(target), target).toContain(values);
      const asXml = await read(target, 'application/xml');
      expect(asXml, target).toContain(`<big>${BIG}</big>`);
      if (hasDecimals) expect(asXml).toContain(`<amount>${AMOUNT}</amount>`);
      const asCsv = await read(target, 'text/csv');
      expect(asCsv, target).toContain(BIG);
      if (hasDecimals) expect(asCsv).toContain(AMOUNT);
    }
    if (hasDecimals) expect(await read(`?filter=amount%3D${AMOUNT}&fields=id`)).toBe('{"resource":[{"id":1},{"id":2},{"id":3}]}');
    expect(await read(`?filter=big%3C${BIG}&fields=id`)).toBe('{"resource":[]}');
  });

  it.skipIf(isOut)('are texts where the native types are asked for', async () => {
    expect(await read('/1?types=native&fields=big')).toBe(`{"big":"${BIG}"}`);
    if (hasDecimals) expect(await read('/1?types=native&fields=amount')).toBe(`{"amount":"${AMOUNT}"}`);
  });
});
