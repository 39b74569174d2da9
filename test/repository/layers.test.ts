import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { checkLayers } from '../../scripts/check-layers.mjs';

const trees: string[] = [];

/** A source tree of packages whose dependencies are all declared. */
function tree(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'layers '));
  trees.push(root);
  const dependencies = Object.fromEntries(
    ['core', 'system-db', 'sql', 'access', 'system', 'api'].map((name) => [`@headgate/${name}`, '*']),
  );
  for (const name of new Set(Object.keys(files).flatMap((path) => /^packages\/([^/]+)/.exec(path)?.[1] ?? []))) {
    write(root, `packages/${name}/package.json`, JSON.stringify({ dependencies }));
  }
  for (const [path, content] of Object.entries(files)) write(root, path, content);
  return root;
}

function write(root: string, path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

afterEach(() => {
  for (const root of trees.splice(0)) rmSync(root, { recursive: true });
});

describe('the check of the layers', () => {
  it('lets imports point down, within a package, and tests reach their own sources', () => {
    const root = tree({
      'packages/core/src/index.ts': "export * from './a.js';",
      'packages/core/src/a.ts': 'export const a = 1;',
      'packages/sql/src/index.ts': "import { a } from '@headgate/core';\nexport const b = a;",
      'packages/sql/test/b.test.ts': "import { b } from '../src/index.js';\nimport { a } from '@headgate/core';",
    });
    expect(checkLayers(root)).toEqual([]);
  });

  it.each([
    ['an upward import', { 'packages/core/src/index.ts': "import { x } from '@headgate/sql';" }, 'imports only point down the layers'],
    [
      'an import between packages of one layer',
      { 'packages/access/src/index.ts': "import { x } from '@headgate/sql';" },
      'imports only point down the layers',
    ],
    [
      'a deep import',
      { 'packages/sql/src/index.ts': "import { x } from '@headgate/core/src/a.js';" },
      'a package is entered by its index alone',
    ],
    [
      'a relative import of another package',
      { 'packages/sql/src/index.ts': "import { x } from '../../core/src/a.js';", 'packages/core/src/a.ts': '' },
      'enter another package by its name',
    ],
    [
      'a source that imports a test',
      { 'packages/sql/src/index.ts': "import { x } from '../test/x.js';", 'packages/sql/test/x.ts': '' },
      'a source file imports what is no source of its package',
    ],
    [
      'a dynamic upward import',
      { 'packages/core/src/index.ts': "const x = await import('@headgate/sql');" },
      'imports only point down the layers',
    ],
    ['an undeclared dependency', { 'packages/api/src/index.ts': "import { x } from '@headgate/logging';" }, 'not among the dependencies'],
    ['a package without a layer', { 'packages/other/src/index.ts': '' }, 'has no place in the list of layers'],
    ['a file that is too long', { 'packages/core/src/index.ts': '\n'.repeat(601) }, 'has 601 lines'],
    ['a folder without a meaning', { 'packages/core/src/utils/a.ts': '' }, 'name the folder after the concept it holds'],
  ])('reports %s', (_, files, problem) => {
    const problems = checkLayers(tree(files as unknown as Record<string, string>));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  it('reports a cycle between files, type imports and re-exports included', () => {
    const problems = checkLayers(
      tree({
        'packages/core/src/a.ts': "import type { B } from './b.js';",
        'packages/core/src/b.ts': "export {\n  c,\n} from './c.js';",
        'packages/core/src/c.ts': "import {\n  a } from './a.js';",
      }),
    );
    expect(problems).toEqual([
      'import cycle: packages/core/src/a.ts -> packages/core/src/b.ts -> packages/core/src/c.ts -> packages/core/src/a.ts',
    ]);
  });
});
