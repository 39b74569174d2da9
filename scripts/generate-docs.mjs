#!/usr/bin/env node
/**
 * Writes the pages that are made from the code: .env-dist and docs/configuration.md from the table of settings, docs/errors.md from the
 * catalogue of errors, docs/differences-from-dreamfactory.md from service types and recorded requests.
 * Usage: generate-docs.mjs [--check]; with --check nothing is written and exit code 1 means "out of date".
 * Needs a build (npm run build).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedPages } from './docs/pages.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const isCheck = process.argv.includes('--check');
let outOfDate = 0;

for (const [path, content] of Object.entries(generatedPages())) {
  const file = join(root, path);
  if (readIfThere(file) === content) continue;
  outOfDate += 1;
  if (isCheck) console.error(`${path} is out of date: npm run docs`);
  else {
    writeFileSync(file, content);
    console.log(`wrote ${path}`);
  }
}
if (isCheck && outOfDate > 0) process.exitCode = 1;

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
