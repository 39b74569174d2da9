import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresServer } from '../containers.js';
import { connectionOf, startApi } from '../hostile/support/guarded-api.js';
import { call } from '../hostile/support/http.js';

const database = await postgresServer();
const TABLE = 'CREATE TABLE IF NOT EXISTS person (id integer PRIMARY KEY, name varchar(40))';
const COUNT = 25;

describe.each(['pgsql', 'sqlite'] as const)('the links to the next page, on %s', (type) => {
  const isOut = type === 'pgsql' && database === undefined;
  let api: Awaited<ReturnType<typeof startApi>>;
  let token: string;

  beforeAll(async () => {
    if (isOut) return;
    api = await startApi();
    const place = type === 'pgsql' ? connectionOf(database!) : { database: 'links.db' };
    const config = { ...place, statements: [TABLE] };
    await api.admin('POST', 'system/service', { resource: [{ name: 'x', label: 'X', type, is_active: true, config }] });
    const resource = Array.from({ length: COUNT }, (_, id) => ({ id, name: id % 5 === 0 ? 'other' : 'O\'Brien & "sons"' }));
    await api.admin('POST', 'x/_table/person', { resource });
    token = await api.headgate.token();
  });
  afterAll(() => api?.close());

  /** The keys of all pages in the order of the visit. */
  async function visit(first: string): Promise<number[]> {
    const visited: number[] = [];
    let target: string | undefined = first;
    while (target !== undefined && visited.length <= COUNT) {
      const answer = await call(api.headgate.origin, target, { token });
      expect(answer.status, target).toBe(200);
      visited.push(...(answer.json as { resource: { id: number }[] }).resource.map(({ id }) => id));
      const link: string | undefined = /<([^>]+)>; rel="next"/.exec(String(answer.headers.link ?? ''))?.[1];
      target = link === undefined ? undefined : new URL(link, `${api.headgate.origin}${target}`).href.slice(api.headgate.origin.length);
    }
    return visited;
  }

  it.skipIf(isOut).each(['', '&order=name', '&order=name%20desc,id%20desc'])('visit each record once: %s', async (order) => {
    const filter = encodeURIComponent("name = 'O''Brien & \"sons\"'");
    const everybody = Array.from({ length: COUNT }, (_, id) => id);
    expect((await visit(`/api/v2/x/_table/person?limit=4${order}`)).sort((a, b) => a - b)).toEqual(everybody);
    const some = await visit(`/api/v2/x/_table/person?limit=4&filter=${filter}${order}`);
    expect(some.sort((a, b) => a - b)).toEqual(everybody.filter((id) => id % 5 !== 0));
  });

  it.skipIf(isOut)('lead through system lists as well', async () => {
    const filter = encodeURIComponent("name != 'nobody''s'");
    const answer = await call(api.headgate.origin, `/api/v2/system/service?fields=id&limit=2&filter=${filter}`, { token });
    expect(answer.headers.link).toContain('rel="next"');
  });
});
