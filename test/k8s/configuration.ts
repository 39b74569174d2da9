import { readFileSync } from 'node:fs';
import { type LoadedSettings, loadSettings } from '@headgate/core';
import type { Rendered } from './rendering.js';
import { environmentOf, nameOf, secretFiles, type Workload } from './workloads.js';

const page = readFileSync(new URL('../../docs/kubernetes.md', import.meta.url), 'utf8');

const documented = new Map<string, string[]>();
for (const [, name = '', flags = ''] of page.matchAll(/create secret generic (\S+)((?: \\\n|[^\n])*)/g)) {
  const keys = [...flags.matchAll(/--from-(?:literal|file)=([\w.-]+)=/g)].map(([, key = '']) => key);
  documented.set(name, [...(documented.get(name) ?? []), ...keys]);
}

/** The keys of a secret, as the page has one make it. */
export const documentedKeys = (secret: string): readonly string[] => documented.get(secret) ?? [];

export const KEY = '0123456789abcdef0123456789abcdef';
/** What stands in every secret but these. */
export const SECRET = 'a-secret';
const contents: Readonly<Record<string, string>> = { 'app-key': KEY, 'previous-keys': '' };

/** The configuration as the container of a workload loads it. Throws where it names a file that no secret of the page puts there. */
export function configurationOf(workload: Workload, objects: readonly Rendered[]): LoadedSettings {
  const files = secretFiles(workload, documentedKeys);
  return loadSettings({
    env: environmentOf(workload, objects),
    baseDirectory: '/',
    readFile: (path) => {
      const file = files.get(path);
      if (!file) throw new Error(`${nameOf(workload)} reads ${path}, which no secret puts there`);
      return contents[file.key] ?? SECRET;
    },
  });
}
