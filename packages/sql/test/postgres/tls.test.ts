import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GenericContainer, type StartedTestContainer } from 'testcontainers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasEngine } from '../../../../test/containers.js';
import { createEgressPolicy } from '../../src/egress/policy.js';
import { postgresConnector } from '../../src/postgres/connector.js';
import type { SslMode } from '../../src/postgres/settings.js';

const ANY = createEgressPolicy({ allow: ['loopback', 'private'], ownStores: [] });

describe.skipIf(!(await hasEngine()))('a PostgreSQL server with TLS', () => {
  let server: StartedTestContainer;

  beforeAll(async () => {
    const certificate = (name: string) => readFileSync(join(import.meta.dirname, 'certificates', name), 'utf8');
    // A key that others can read is refused by the server, and files are copied as root's: the start script hands them over.
    const script = `cp /certificates/* "$PGDATA" && chmod 600 "$PGDATA/server.key" && echo "ssl = on" >> "$PGDATA/postgresql.conf"`;
    server = await new GenericContainer('postgres:17')
      .withEnvironment({ POSTGRES_PASSWORD: 'tls' })
      .withCopyContentToContainer([
        { content: certificate('server.crt'), target: '/certificates/server.crt', mode: 0o644 },
        { content: certificate('server.key'), target: '/certificates/server.key', mode: 0o644 },
        { content: script, target: '/docker-entrypoint-initdb.d/tls.sh', mode: 0o644 },
      ])
      .withTmpFs({ '/var/lib/postgresql/data': 'rw' })
      .withExposedPorts(5432)
      .start();
  }, 60_000);
  afterAll(() => server?.stop());

  async function connect(sslMode: SslMode) {
    const settings = {
      host: server.getHost(),
      port: server.getMappedPort(5432),
      database: 'postgres',
      username: 'postgres',
      password: 'tls',
      sslMode,
      timezone: undefined,
      applicationName: undefined,
      statements: [],
      statementTimeoutMs: 10_000,
      readOnly: false,
      connectTimeoutMs: 5_000,
    };
    const deadline = performance.now() + 20_000;
    for (;;) {
      try {
        return await postgresConnector(settings, ANY).open();
      } catch (error) {
        // It sets itself up first: until then nothing listens, or something that is about to stop.
        const isStarting = ['ECONNREFUSED', 'ECONNRESET', '57P03', '57P01'].includes(String((error as { code?: unknown }).code));
        if (!isStarting || performance.now() > deadline) throw error;
      }
    }
  }

  it.each(['prefer', 'require'] as const)('is spoken to in cipher by %s, large answers included', async (mode) => {
    const connection = await connect(mode);
    try {
      const { rows } = await connection.query('SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
      expect(rows).toEqual([['true']]);
      const statement = {
        text: `SELECT 1, '[' || repeat('7,', 200000) || '8]'`,
        positions: [],
        uses: 0,
        name: `tls_${mode}`,
        writesJson: true,
      };
      for (let run = 0; run < 3; run++) {
        const [row] = (await connection.run(statement, [])).rows;
        const { text, release } = row![1] as { text: string; release?: () => void };
        expect(text.length).toBe(400_003);
        expect(text.endsWith(',7,8]')).toBe(true);
        release?.();
      }
    } finally {
      await connection.close();
    }
  });

  it.each(['allow', 'disable'] as const)('is spoken to in clear by %s', async (mode) => {
    const connection = await connect(mode);
    const { rows } = await connection.query('SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
    await connection.close();
    expect(rows).toEqual([['false']]);
  });

  it.each(['verify-ca', 'verify-full'] as const)('is refused by %s, as nobody who is trusted signed its certificate', async (mode) => {
    await connect('require').then((connection) => connection.close());
    await expect(connect(mode)).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  });
});
