#!/usr/bin/env node
/**
 * Checks the shape of the source tree (CONTRIBUTING.md): imports only point down the layers and never form a cycle,
 * a package is entered by its index alone, files stay short, folders are concepts.
 * Usage: check-layers.mjs [ROOT]. Exit code 1 when something is wrong.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The layers, from the bottom. A package may import packages of lower layers only. */
export const LAYERS = [
  ['core'],
  ['store', 'system-db'],
  ['access', 'limits', 'sql', 'files', 'remote', 'mail', 'scripting', 'jobs', 'logging', 'metrics'],
  ['system'],
  ['api', 'worker', 'console'],
  ['cli'],
];
const LONGEST_FILE = 600;
const FOLDERS_WITHOUT_MEANING = new Set(['utils', 'util', 'helpers', 'helper', 'common', 'misc']);
const SKIPPED_FOLDERS = new Set(['node_modules', 'dist', '.git', '.node', 'coverage', 'data']);
const SOURCE = /\.(ts|mts|tsx|mjs|js)$/;
const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^'";]*?from\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

const layerOf = (name) => LAYERS.findIndex((layer) => layer.includes(name));

/** Every problem of the tree below `root`, as sentences. */
export function checkLayers(root) {
  const files = ['packages', 'test', 'scripts'].flatMap((folder) => sourceFiles(join(root, folder)));
  const problems = [...files.flatMap((file) => tooLong(file, root)), ...foldersWithoutMeaning(root)];
  const packages = existsSync(join(root, 'packages'))
    ? readdirSync(join(root, 'packages')).filter((name) => existsSync(join(root, 'packages', name, 'package.json')))
    : [];
  for (const name of packages) if (layerOf(name) < 0) problems.push(`packages/${name} has no place in the list of layers`);

  const fileGraph = new Map();
  const packageGraph = new Map(packages.map((name) => [name, new Set()]));
  for (const file of files) {
    const edges = new Set();
    fileGraph.set(file, edges);
    for (const specifier of imports(file)) {
      if (specifier.startsWith('.')) {
        const target = sourceOf(resolve(dirname(file), specifier));
        edges.add(target);
        problems.push(...leavesPackage(file, target, root));
      } else if (specifier.startsWith('@headgate/')) {
        problems.push(...wrongPackageImport(file, specifier, root, packageGraph));
      }
    }
  }
  problems.push(...cycles(fileGraph).map((cycle) => `import cycle: ${cycle.map((file) => relative(root, file)).join(' -> ')}`));
  problems.push(...cycles(packageGraph).map((cycle) => `package cycle: ${cycle.join(' -> ')}`));
  return problems;
}

function sourceFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED_FOLDERS.has(entry.name) ? [] : sourceFiles(path);
    return SOURCE.test(entry.name) ? [path] : [];
  });
}

function imports(file) {
  const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '));
  return [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3]);
}

/** The source file that an import with the ending of its output means. */
function sourceOf(path) {
  const candidates = [path, path.replace(/\.js$/, '.ts'), path.replace(/\.mjs$/, '.mts'), path.replace(/\.js$/, '.tsx')];
  return candidates.find((candidate) => existsSync(candidate)) ?? path;
}

/** The package and the part of it (`src`, `test`) that a file belongs to. */
function placeOf(file, root) {
  const [top, name, part] = relative(root, file).split(sep);
  return top === 'packages' ? { name, part } : { name: undefined, part: top };
}

function leavesPackage(file, target, root) {
  const from = placeOf(file, root);
  const to = placeOf(target, root);
  const shown = `${relative(root, file)} imports ${relative(root, target)}`;
  if (to.name !== undefined && to.name !== from.name) return [`${shown}: enter another package by its name`];
  if (from.part === 'src' && (to.name !== from.name || to.part !== 'src'))
    return [`${shown}: a source file imports what is no source of its package`];
  return [];
}

function wrongPackageImport(file, specifier, root, packageGraph) {
  const [, name, ...deeper] = specifier.split('/');
  const from = placeOf(file, root);
  const shown = `${relative(root, file)} imports ${specifier}`;
  if (deeper.length > 0) return [`${shown}: a package is entered by its index alone`];
  if (from.name === undefined) return [];
  if (from.name === name) return from.part === 'src' ? [`${shown}: its own package`] : [];
  if (from.part !== 'src') return [];
  packageGraph.get(from.name)?.add(name);
  const problems = [];
  if (layerOf(name) >= layerOf(from.name)) problems.push(`${shown}: imports only point down the layers`);
  const { dependencies = {} } = JSON.parse(readFileSync(join(root, 'packages', from.name, 'package.json'), 'utf8'));
  if (!Object.hasOwn(dependencies, specifier)) problems.push(`${shown}: not among the dependencies of its package.json`);
  return problems;
}

/** One cycle per group of nodes that reach each other. */
function cycles(graph) {
  const done = new Set();
  const found = [];
  const visit = (node, trail) => {
    const at = trail.indexOf(node);
    if (at >= 0) {
      found.push([...trail.slice(at), node]);
      return;
    }
    if (done.has(node)) return;
    for (const next of graph.get(node) ?? []) visit(next, [...trail, node]);
    done.add(node);
  };
  for (const node of graph.keys()) visit(node, []);
  return found;
}

function tooLong(file, root) {
  const lines = readFileSync(file, 'utf8').split('\n').length - 1;
  return lines > LONGEST_FILE ? [`${relative(root, file)} has ${lines} lines, the most is ${LONGEST_FILE}`] : [];
}

function foldersWithoutMeaning(root) {
  const visit = (folder) =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name))
      .flatMap((entry) => {
        const path = join(folder, entry.name);
        const own = FOLDERS_WITHOUT_MEANING.has(entry.name.toLowerCase())
          ? [`${relative(root, path)}: name the folder after the concept it holds`]
          : [];
        return [...own, ...visit(path)];
      });
  return visit(root);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = resolve(process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '..'));
  const problems = checkLayers(root);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
  else console.log('layers: imports point down, without cycles');
}
