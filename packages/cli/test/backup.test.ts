import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { GenericContainer, type StartedTestContainer } from 'testcontainers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { postgresServer } from '../../../test/containers.ts';
import { headgate, serve, temporaryFolder } from './command.js';

// Each test starts several processes.
vi.setConfig({ testTimeout: 120_000 });

const ADMIN = { ADMIN_EMAIL: 'admin@example.com', ADMIN_PASSWORD: 'a-long-test-password' };
const APP_KEY = 'k'.repeat(32);
const PASSPHRASE = 'correct horse battery';

let folder: string;
let file: string;

/** An installation with an administrator and a service whose password is sealed; and its backup. */
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'headgate backup-'));
  const data = path.join(folder, 'first');
  file = path.join(folder, 'first.backup');
  mkdirSync(data);
  writeFileSync(path.join(data, 'app-key'), `${APP_KEY}\n`);
  expect((await headgate(['migrate', '--data', data], { env: ADMIN })).code).toBe(0);
  const { code, stdout, stderr } = await headgate(['backup', file, '--json', '--data', data], { input: `${PASSPHRASE}\n` });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({ file, rows: expect.any(Number) });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const restore = (
  data: string,
  words: readonly string[] = [],
  options: { from?: string; passphrase?: string; env?: Record<string, string> } = {},
) =>
  headgate(['restore', options.from ?? file, '--data', data, ...words], {
    input: `${options.passphrase ?? PASSPHRASE}\n`,
    ...(options.env && { env: options.env }),
  });

async function logsIn(data: string, env: Record<string, string> = {}): Promise<boolean> {
  const running = await serve(['api', '--port', '0', '--host', '127.0.0.1', '--data', data], 'Headgate serves', { env });
  const address = /(http:\/\/localhost:\d+)/.exec(running.stdout)?.[1];
  const answer = await fetch(`${address}/api/v2/system/admin/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: ADMIN.ADMIN_EMAIL, password: ADMIN.ADMIN_PASSWORD }),
  });
  await running.signal('SIGTERM');
  return answer.ok;
}

describe('backup', () => {
  it('makes a file that its owner alone may read, and that shows nothing without its passphrase', () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const content = readFileSync(file, 'latin1');
    for (const known of [APP_KEY, PASSPHRASE, ADMIN.ADMIN_EMAIL, 'system']) expect(content).not.toContain(known);
  });

  it('does not replace a file unless told so, and leaves no parts behind', async () => {
    const data = path.join(folder, 'first');
    const before = readFileSync(file);
    const refused = await headgate(['backup', file, '--data', data], { input: `${PASSPHRASE}\n` });
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('--force') });
    expect(readFileSync(file).equals(before)).toBe(true);
    const words = ['backup', path.join(folder, 'second.backup'), '--data', data];
    expect((await headgate(words, { input: `${PASSPHRASE}\n` })).code).toBe(0);
    expect((await headgate([...words, '--force'], { input: `${PASSPHRASE}\n` })).code).toBe(0);
    expect(execFileSync('ls', ['-A', folder]).toString()).not.toContain('.backup.');
  });

  it('refuses a passphrase that is soon guessed', async () => {
    const target = path.join(folder, 'short.backup');
    const { code, stderr } = await headgate(['backup', target, '--data', path.join(folder, 'first')], { input: 'short\n' });
    expect(code).toBe(1);
    expect(stderr).toContain('at least 12 characters');
    expect(existsSync(target)).toBe(false);
  });
});

describe('restore', () => {
  it('brings everything back into an empty folder, the key included', async () => {
    const data = path.join(temporaryFolder(), 'data');
    const { code, stdout } = await restore(data);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^Restored \d+ rows, as of 2\d{3}-/) });
    expect(readFileSync(path.join(data, 'app-key'), 'utf8')).toBe(`${APP_KEY}\n`);
    expect(statSync(path.join(data, 'app-key')).mode & 0o777).toBe(0o600);
    expect(await logsIn(data)).toBe(true);
  });

  it('brings a backup of SQLite back on PostgreSQL', async (context) => {
    const url = await postgresServer();
    if (url === undefined) return context.skip();
    const env = { DB_URL: url, APP_KEY };
    const data = temporaryFolder();
    expect(await restore(data, [], { env })).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(path.join(data, 'app-key'))).toBe(false);
    expect(await logsIn(data, env)).toBe(true);
  });

  it('finds a wrong passphrase, a changed and a cut file before it touches anything', async () => {
    const damaged = path.join(folder, 'damaged.backup');
    const whole = readFileSync(file);
    const cases: [Buffer, string, string][] = [
      [whole, 'another passphrase', 'not the passphrase'],
      [whole.subarray(0, -1), PASSPHRASE, 'damaged'],
      [whole.subarray(0, 44), PASSPHRASE, 'damaged'],
      [whole.subarray(0, 20), PASSPHRASE, 'no backup'],
      [Buffer.concat([whole, Buffer.alloc(1)]), PASSPHRASE, 'damaged'],
      ...[10, 13, 44, whole.length >> 1, whole.length - 3].map((at): [Buffer, string, string] => {
        const changed = Buffer.from(whole);
        changed[at]! ^= 1;
        return [changed, PASSPHRASE, at === 13 ? 'not the passphrase' : 'damaged'];
      }),
    ];
    for (const [content, passphrase, words] of cases) {
      writeFileSync(damaged, content);
      const data = path.join(temporaryFolder(), 'data');
      expect(await restore(data, [], { from: damaged, passphrase })).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining(words),
      });
      expect(existsSync(data)).toBe(false);
    }
  });

  it('replaces an installation only when told so, keeps its key aside, and asks who can be asked', async () => {
    const data = temporaryFolder();
    const other = 'o'.repeat(32);
    writeFileSync(path.join(data, 'app-key'), `${other}\n`);
    expect((await headgate(['migrate', '--data', data])).code).toBe(0);
    expect(await restore(data)).toMatchObject({ code: 1, stderr: expect.stringContaining('--replace') });
    expect(await restore(data, ['--replace'])).toMatchObject({ code: 1, stderr: expect.stringContaining('--yes') });
    expect(readFileSync(path.join(data, 'app-key'), 'utf8')).toBe(`${other}\n`);
    expect(execFileSync('ls', ['-A', data]).toString()).not.toMatch(/\.app-key\./);
    expect(await restore(data, ['--replace', '--yes'])).toMatchObject({ code: 0 });
    expect(readFileSync(path.join(data, 'app-key.before-restore'), 'utf8')).toBe(`${other}\n`);
    expect(await logsIn(data)).toBe(true);
  });

  it('refuses where APP_KEY is another key, and hands out that of the backup', async () => {
    const data = path.join(temporaryFolder(), 'data');
    const env = { APP_KEY: 'o'.repeat(32) };
    expect(await restore(data, [], { env })).toMatchObject({ code: 1, stderr: expect.stringContaining('--key-to') });
    expect(existsSync(data)).toBe(false);
    const keyFile = path.join(folder, 'key-of-the-backup');
    expect(await restore(data, ['--key-to', keyFile], { env })).toMatchObject({ code: 0 });
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    expect(await restore(data, [], { env: { APP_KEY_FILE: keyFile } })).toMatchObject({ code: 0 });
  });

  it('takes the passphrase from a file', async () => {
    const passphraseFile = path.join(folder, 'passphrase');
    writeFileSync(passphraseFile, `${PASSPHRASE}\n`);
    const data = path.join(temporaryFolder(), 'data');
    expect(await headgate(['restore', file, '--passphrase-file', passphraseFile, '--data', data])).toMatchObject({ code: 0 });
  });
});

describe('the tools of PostgreSQL', () => {
  let server: StartedTestContainer;

  beforeAll(async () => {
    server = await new GenericContainer('postgres:17')
      .withEnvironment({ POSTGRES_PASSWORD: 'headgate' })
      .withTmpFs({ '/var/lib/postgresql/data': 'rw' })
      .withExposedPorts(5432)
      .start();
    // By TCP: while it sets itself up it listens on its socket alone.
    const isReady = async () => (await server.exec(['pg_isready', '--quiet', '--host=127.0.0.1'])).exitCode === 0;
    for (const deadline = performance.now() + 60_000; !(await isReady()); await wait(100)) {
      if (performance.now() > deadline) throw new Error('PostgreSQL does not answer');
    }
  });

  afterAll(async () => {
    await server?.stop();
  });

  const run = async (...words: readonly string[]) => {
    const { exitCode, output } = await server.exec([...words], {
      env: { PGPASSWORD: 'headgate', PGHOST: '127.0.0.1', PGUSER: 'postgres' },
    });
    expect({ exitCode, output }).toEqual({ exitCode: 0, output: '' });
  };

  it('bring a dump and the key back as docs/backup.md says', async () => {
    const env = (database: string) => ({
      APP_KEY,
      DB_URL: `postgres://postgres:headgate@${server.getHost()}:${server.getMappedPort(5432)}/${database}`,
    });
    const data = temporaryFolder();
    await run('createdb', 'first');
    expect((await headgate(['migrate', '--data', data], { env: { ...env('first'), ...ADMIN } })).code).toBe(0);
    await run('pg_dump', '--format=custom', '--no-owner', '--file=/tmp/headgate.dump', 'first');
    await run('createdb', 'second');
    await run('pg_restore', '--no-owner', '--exit-on-error', '--single-transaction', '--dbname=second', '/tmp/headgate.dump');

    const { findings } = JSON.parse((await headgate(['doctor', '--json', '--data', data], { env: env('second') })).stdout);
    for (const check of ['schema', 'triggers', 'key']) expect(findings).toContainEqual(expect.objectContaining({ check, level: 'ok' }));
    expect(await logsIn(data, env('second'))).toBe(true);
  }, 120_000);
});
