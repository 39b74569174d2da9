import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { headgate, temporaryFolder } from './command.js';

/** A data folder, and the file of a key that is not there yet. */
function installation() {
  const folder = temporaryFolder();
  const key = path.join(folder, 'app-key');
  const migrate = (env: Readonly<Record<string, string>> = {}) =>
    headgate(['migrate', '--make-key', key, '--data', path.join(folder, 'data')], { env });
  return { folder, key, migrate };
}

describe('migrate --make-key', () => {
  it('makes a key for its owner alone, once, and says that a copy is to be kept', async () => {
    const { key, migrate } = installation();
    const first = await migrate({ HEADGATE_KEY_FALLBACK_FILE: key });
    expect(first).toMatchObject({ code: 0, stderr: expect.stringContaining('KEEP A COPY') });
    const made = readFileSync(key, 'utf8');
    expect(made).toMatch(/^base64:.{44}\n$/);
    expect(statSync(key).mode & 0o777).toBe(0o600);
    expect(first.stdout + first.stderr).not.toContain(made.trim());
    expect(await migrate()).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(key, 'utf8')).toBe(made);
  });

  it('makes none where a key is configured', async () => {
    const { key, migrate } = installation();
    expect(await migrate({ APP_KEY: 'k'.repeat(32) })).toMatchObject({ code: 0 });
    expect(existsSync(key)).toBe(false);
  });

  it('makes no other one for a database that holds secrets', async () => {
    const { key, migrate } = installation();
    await migrate();
    rmSync(key);
    const { code, stderr } = await migrate();
    expect(code).toBe(1);
    expect(stderr).toContain('their key is not there');
    expect(existsSync(key)).toBe(false);
  });

  it('leaves three that start at once with one key', async () => {
    const { migrate } = installation();
    const runs = await Promise.all([migrate(), migrate(), migrate()]);
    expect(runs.map(({ code, stderr }) => [code, stderr.includes('error')])).toEqual(Array(3).fill([0, false]));
    expect(runs.filter(({ stderr }) => stderr.includes('made the key'))).toHaveLength(1);
  });
});
