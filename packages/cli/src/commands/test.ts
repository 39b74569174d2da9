import { spawn, spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../configuration/installation.js';
import { note, type Terminal } from '../terminal/terminal.js';

/** `headgate test`: every test; without a Docker engine those that need none, naming what was left out. Answers the exit code. */
export async function runTests(terminal: Terminal, filters: readonly string[]): Promise<number> {
  const leftOut = hasDocker() ? [] : filesWithContainers();
  if (leftOut.length > 0) {
    note(terminal, 'No Docker engine answers. Left out, since these tests start database containers:');
    for (const file of leftOut) note(terminal, `  ${file}`);
  }
  const vitest = path.join(ROOT, 'node_modules/vitest/vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', ...leftOut.flatMap((file) => ['--exclude', file]), ...filters], {
    cwd: ROOT,
    stdio: 'inherit',
    // The reaper of testcontainers is an image of its own; every test removes the containers that it started.
    env: { TESTCONTAINERS_RYUK_DISABLED: 'true', ...terminal.env },
  });
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (status) => resolve(status ?? 1));
  });
  if (leftOut.length > 0)
    note(terminal, `Left out: ${leftOut.length} test files that need Docker. Start Docker and run this again for all.`);
  return code;
}

function hasDocker(): boolean {
  return spawnSync('docker', ['info'], { stdio: 'ignore', timeout: 20_000 }).status === 0;
}

/** The test files that start containers, themselves or by a file of their folder. */
function filesWithContainers(): string[] {
  const startsContainers = (file: string) =>
    /(?:from |import\()'(testcontainers|@testcontainers\/[a-z]+)'/.test(readFileSync(path.join(ROOT, file), 'utf8'));
  const all = globSync(['packages/*/test/**/*.ts', 'test/**/*.ts'], { cwd: ROOT, exclude: ['**/node_modules/**'] });
  const sources = new Set(all.filter(startsContainers));
  for (let before = -1; before !== sources.size; ) {
    before = sources.size;
    for (const file of all) if (imports(file).some((imported) => sources.has(imported))) sources.add(file);
  }
  return [...sources].filter((file) => file.endsWith('.test.ts')).sort();
}

/** The files of the tree that a file imports, relative to the root. */
function imports(file: string): string[] {
  const text = readFileSync(path.join(ROOT, file), 'utf8');
  return [...text.matchAll(/from '(\.[^']+)'/g)].map(([, specifier]) =>
    path.join(path.dirname(file), specifier ?? '').replace(/\.js$/, '.ts'),
  );
}
