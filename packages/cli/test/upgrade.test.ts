import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { mariadbServer, postgresServer } from '../../../test/containers.ts';
import { headgate, serve, temporaryFolder } from './command.js';

// Each test starts several processes.
vi.setConfig({ testTimeout: 120_000 });

const APP_KEY = 'k'.repeat(32);
const ADMIN = { ADMIN_EMAIL: 'admin@example.com', ADMIN_PASSWORD: 'a-long-test-password' };

interface Place {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** An empty system database of each kind, as settings. */
const PLACES: Readonly<Record<string, () => Promise<Place | undefined>>> = {
  sqlite: async () => ({ words: ['--data', path.join(temporaryFolder(), 'data')], env: { APP_KEY } }),
  postgres: () => onServer(postgresServer()),
  mariadb: () => onServer(mariadbServer()),
};

async function onServer(address: Promise<string | undefined>): Promise<Place | undefined> {
  const url = await address;
  return url === undefined ? undefined : { words: ['--data', temporaryFolder()], env: { APP_KEY, DB_URL: url } };
}

describe.each(Object.keys(PLACES))('migrate on %s', (kind) => {
  it('is done once by three at once, and changes nothing afterwards', async (context) => {
    const place = await PLACES[kind]!();
    if (place === undefined) return context.skip();
    const migrate = () => headgate(['migrate', '--json', ...place.words], { env: { ...place.env, ...ADMIN } });
    const runs = await Promise.all([migrate(), migrate(), migrate()]);
    expect(runs.map(({ code, stderr }) => ({ code, stderr }))).toEqual(Array(3).fill({ code: 0, stderr: '' }));
    const reports = runs.map(({ stdout }) => JSON.parse(stdout));
    for (const done of ['seeded', 'made_admin']) expect(reports.filter((report) => report[done] === true)).toHaveLength(1);
    expect(reports.filter((report) => report.applied.length > 0)).toHaveLength(1);
    expect(JSON.parse((await migrate()).stdout)).toMatchObject({ applied: [], seeded: false, made_admin: false, has_admin: true });
  });
});

describe('a worker', () => {
  it('waits for migrate, and serves when it is done', async () => {
    const data = temporaryFolder();
    const env = { APP_KEY, LOG_CHANNEL: 'stderr' };
    const serving = serve(['api', '--port', '0', '--host', '127.0.0.1', '--data', data], 'Headgate serves', { env });
    expect((await headgate(['migrate', '--data', data], { env })).code).toBe(0);
    expect(await (await serving).signal('SIGTERM')).toBe(0);
  });

  it('ends with exit code 1 and says what to do where nobody migrates', async () => {
    const { code, stderr, stdout } = await headgate(['api', '--data', temporaryFolder()], { env: { APP_KEY, DF_SCHEMA_WAIT: '0' } });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('run `headgate migrate`');
  });

  it('refuses to start with another key, before it listens', async () => {
    const data = temporaryFolder();
    await headgate(['migrate', '--data', data], { env: { APP_KEY } });
    const { code, stderr, stdout } = await headgate(['api', '--port', '0', '--data', data], {
      env: { APP_KEY: 'another key of thirty-two chars!' },
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('APP_KEY is not the key');
    expect(stderr).not.toContain('another key of');
  });
});
