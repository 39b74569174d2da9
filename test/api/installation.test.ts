import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi } from '../hostile/support/guarded-api.js';
import { call } from '../hostile/support/http.js';

describe('an installation with its storage in the data folder', () => {
  let api: Awaited<ReturnType<typeof startApi>>;
  let token: string;

  beforeAll(async () => {
    api = await startApi();
    token = await api.headgate.token();
  });
  afterAll(() => api?.close());

  const system = (target: string, options: { method?: string; body?: unknown; headers?: Record<string, string> } = {}) =>
    api.call(`system/${target}`, { token, ...options });

  it('says in a strict answer that it was strict, and names what was meant', async () => {
    const strict = { Prefer: 'handling=strict' };
    const refused = await system('role?filtre=x', { headers: strict });
    expect(refused.json).toMatchObject({ error: { code: 400, reason: 'unknown_parameter', hint: "Did you mean 'filter'?" } });
    expect(refused.headers['preference-applied']).toBe('handling=strict');
    const body = { resource: [{ name: 'strict', descripton: 'x' }] };
    const record = await system('role', { method: 'POST', body, headers: strict });
    expect(record.text).toContain("Did you mean 'description'?");
    expect((await system('role')).headers).not.toHaveProperty('preference-applied');
  });

  it('tells the log once of what it ignores otherwise', async () => {
    for (let times = 0; times < 3; times++) expect((await system('role?frobnicate=1')).status).toBe(200);
    expect((await api.call('db/_table/contact?frobnicate=1', { token })).status).not.toBe(500);
    expect(api.headgate.output().split("nothing reads the parameter 'frobnicate'").length - 1).toBeLessThanOrEqual(1);
  });

  it('has system filters compare with values alone', async () => {
    for (const filter of ['id = (1+1)', 'name = (select 1)', 'name like (last_name)', 'name in ((select 1))']) {
      const answer = await system(`role?filter=${encodeURIComponent(filter)}`);
      expect(answer.status, filter).toBe(400);
    }
  });
});

describe('an installation whose SQLite services lie beside its own files', () => {
  let api: Awaited<ReturnType<typeof startApi>>;

  beforeAll(async () => {
    api = await startApi({ env: { DF_SQLITE_STORAGE: '/', DF_API_ROUTE_PREFIX: 'rest' } });
  });
  afterAll(() => api?.close());

  it('opens none of them', async () => {
    const { origin, dataFolder } = api.headgate;
    const logIn = await call(origin, '/rest/v2/system/admin/session', {
      method: 'POST',
      body: { email: 'admin@example.com', password: 'a-long-test-password' },
    });
    const token = (logIn.json as { session_token: string }).session_token;
    const list = await call(origin, '/rest/v2', { token });
    expect(list.text).toContain('"spec_url":"/rest/v2/system/_spec"');
    const own = readdirSync(dataFolder).filter((name) => name === 'app-key' || /sqlite|\.db/.test(name));
    expect(own.length).toBeGreaterThan(1);
    for (const file of own) {
      const config = { database: path.join(dataFolder, file).slice(1) };
      const answer = await call(origin, '/rest/v2/system/service?dry_run=true', {
        method: 'POST',
        token,
        body: { resource: [{ name: 'own', type: 'sqlite', config }] },
      });
      expect(answer.json, file).toMatchObject({ error: { code: 400, reason: 'own_store_refused' } });
    }
  });
});
