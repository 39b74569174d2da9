import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { headgate, temporaryFolder } from './command.js';

const COMMANDS = [
  'start',
  'api',
  'migrate',
  'health',
  'setup',
  'password',
  'key',
  'config',
  'connect',
  'backup',
  'restore',
  'doctor',
  'test',
];

describe('the command line', () => {
  it('lists every command in its help', async () => {
    const { code, stdout } = await headgate(['--help']);
    expect(code).toBe(0);
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^ {2}${command}\\b`, 'm'));
  });

  it.each(COMMANDS)('has help for %s', async (command) => {
    const { code, stdout } = await headgate([command, '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: headgate ${command}`);
  });

  it.each([
    [['strat'], '(Did you mean start?)'],
    [['conect', 'postgres://x'], '(Did you mean connect?)'],
    [['config', '--jsn'], '(Did you mean --json?)'],
    [['start', '--port', '99999'], 'A port is a number from 0 to 65535.'],
    [['connect', 'postgres://x'], "required option '--name <name>' not specified"],
    [['connect', 'postgres://x', '--name', 'crm', '--key', 'everything'], 'Allowed choices are read-only, read-write.'],
    [['password'], "missing required argument 'email'"],
  ])('refuses %j with exit code 2 and says what was meant, on stderr', async (words, message) => {
    const { code, stdout, stderr } = await headgate(words);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stdout).toBe('');
  });

  it('prints its help with exit code 2 when called without a command', async () => {
    const { code, stderr } = await headgate([]);
    expect(code).toBe(2);
    expect(stderr).toContain('Usage: headgate');
  });

  it('prints its version', async () => {
    expect(await headgate(['--version'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });
});

describe('config', () => {
  it('prints the values that hold, where each came from, and no secret', async () => {
    const { code, stdout } = await headgate(['config', '--json'], {
      env: { DB_PASSWORD: 'planted-secret', DB_DRIVER: 'pgsql', DF_MAX_BODY: '2MiB' },
    });
    expect(code).toBe(0);
    expect(stdout).not.toContain('planted-secret');
    const { settings } = JSON.parse(stdout);
    const find = (name: string) => settings.find((setting: { name: string }) => setting.name === name);
    expect(find('DB_PASSWORD')).toMatchObject({ value: '**********', origin: 'environment' });
    expect(find('DB_CONNECTION')).toMatchObject({ value: 'pgsql', origin: 'environment (DB_DRIVER)' });
    expect(find('DF_MAX_BODY')).toMatchObject({ value: '2MiB', origin: 'environment' });
    expect(find('PORT')).toMatchObject({ value: '8080', origin: 'default' });
    expect(find('DF_EGRESS_ALLOW')).toMatchObject({ value: 'loopback,unix', origin: 'default of the command' });
  });

  it('prints only what was changed on request, and warnings on stderr', async () => {
    const folder = temporaryFolder();
    const envFile = path.join(folder, 'settings.env');
    writeFileSync(envFile, 'PORT=9000\nMAIL_HOST=redis\nDB_HOSTT=x\n');
    const { stdout, stderr } = await headgate(['config', '--changed', '--for', 'api', '--settings', envFile]);
    expect(stdout).toContain('PORT=9000  # .env');
    expect(stdout).not.toContain('APP_NAME');
    expect(stderr).toContain('warning: DB_HOSTT is not a setting; did you mean DB_HOST?');
    expect(stderr).toContain('warning: Without effect yet: MAIL_HOST.');
  });

  it('refuses bad values with exit code 1, all at once', async () => {
    const { code, stdout, stderr } = await headgate(['config'], {
      env: { PORT: '80a', DB_CONNECTION: 'sqlsrv', APP_KEY: 'planted-secret' },
    });
    expect(code).toBe(1);
    expect(stdout).toBe('');
    for (const name of ['PORT', 'DB_CONNECTION', 'APP_KEY']) expect(stderr).toContain(`  ${name} `);
    expect(stderr).not.toContain('planted-secret');
  });

  it('says so when the file of settings cannot be read', async () => {
    expect(await headgate(['config', '--settings', '/nowhere/.env'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--settings /nowhere/.env cannot be read'),
    });
  });
});

describe('key', () => {
  it('prints a new key of the right length each time', async () => {
    const keys = await Promise.all(
      ['AES-256-CBC', 'AES-256-CBC', 'AES-128-CBC'].map(async (cipher) =>
        (await headgate(['key'], { env: { APP_CIPHER: cipher } })).stdout.trim(),
      ),
    );
    expect(new Set(keys).size).toBe(3);
    expect(keys.map((key) => Buffer.from(key.replace(/^base64:/, ''), 'base64').length)).toEqual([32, 32, 16]);
  });

  it('shows the key that holds, also the one that start made', async () => {
    const key = 'k'.repeat(32);
    expect((await headgate(['key', '--show'], { env: { APP_KEY: key } })).stdout).toBe(`${key}\n`);
    const data = temporaryFolder();
    writeFileSync(path.join(data, 'app-key'), `${key}\n`);
    expect(JSON.parse((await headgate(['key', '--show', '--json', '--data', data])).stdout)).toMatchObject({
      key,
      origin: 'HEADGATE_KEY_FALLBACK_FILE',
    });
    const empty = path.join(data, 'empty');
    mkdirSync(empty);
    expect(await headgate(['key', '--show', '--data', empty])).toMatchObject({ code: 1, stdout: '' });
  });
});

describe('commands without an installation', () => {
  it.each([[['setup']], [['password', 'admin@example.com']], [['connect', 'postgres://localhost/x', '--name', 'crm']]])(
    '%j says that there is none, and makes nothing',
    async (words) => {
      const data = path.join(temporaryFolder(), 'data');
      const { code, stderr } = await headgate([...words, '--data', data], { env: { APP_KEY: 'k'.repeat(32) }, input: 'x\n' });
      expect(code).toBe(1);
      expect(stderr).toContain(`there is no system database at ${data}`);
    },
  );

  it.each([['api'], ['migrate']])('%s refuses to work without a key', async (command) => {
    const { code, stderr } = await headgate([command, '--data', temporaryFolder()]);
    expect(code).toBe(1);
    expect(stderr).toContain('APP_KEY');
  });
});
