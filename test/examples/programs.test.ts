import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWithSample } from './running.js';

const ROOT = path.resolve(import.meta.dirname, '../..');
const CONTACTS = [
  '1 Ada Fenwick',
  '2 Tom Okafor',
  '3 Ingrid Halden',
  '4 Lucien Arnaud',
  '5 Noor Haddad',
  '6 Petra Vogel',
  '7 Jonas Weber',
  '8 Mei Tanaka',
];

let headgate: Awaited<ReturnType<typeof startWithSample>>;

beforeAll(async () => {
  headgate = await startWithSample();
});
afterAll(() => headgate?.stop());

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(command: string, key: string | undefined = headgate.sampleKey): Promise<Ended> {
  const [program = '', ...words] = command.split(' ');
  const env = { PATH: process.env.PATH, HEADGATE_URL: headgate.origin, ...(key !== '' && { HEADGATE_API_KEY: key }) };
  try {
    const { stdout, stderr } = await promisify(execFile)(program, words, { cwd: ROOT, env });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as Ended;
    return { code, stdout, stderr };
  }
}

/** The commands of the table in examples/README.md. */
const COMMANDS = [...readFileSync(path.join(ROOT, 'examples/README.md'), 'utf8').matchAll(/`((?:sh|node|python3) examples\/[^`]+)`/g)].map(
  ([, command]) => command ?? '',
);

describe('the examples', () => {
  it('are the shell, the Node.js and the Python one', () => {
    expect(COMMANDS).toEqual(['sh examples/shell/query.sh', 'node examples/node/query.mjs', 'python3 examples/python/query.py']);
  });

  it('read with curl: filter, order and limit', async () => {
    const { code, stdout } = await run('sh examples/shell/query.sh');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      resource: [
        { id: 5, first_name: 'Noor', last_name: 'Haddad' },
        { id: 3, first_name: 'Ingrid', last_name: 'Halden' },
      ],
    });
  });

  it.each(['node examples/node/query.mjs', 'python3 examples/python/query.py'])('%s reads every page', async (command) => {
    const { code, stdout } = await run(command);
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toEqual(CONTACTS);
  });

  it.each(COMMANDS)('%s says that a key is missing', async (command) => {
    const { code, stdout, stderr } = await run(command, '');
    expect(code).not.toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toContain('set HEADGATE_API_KEY to the key of an app');
  });

  it.each(COMMANDS)('%s says why it was refused', async (command) => {
    const { code, stdout, stderr } = await run(command, 'f'.repeat(64));
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain('no_session_token');
    expect(stdout + stderr).not.toContain('Fenwick');
  });
});
