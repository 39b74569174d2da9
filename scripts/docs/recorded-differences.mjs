import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CASES = join(ROOT, '../shared/conformance/cases');
const KEPT = join(ROOT, 'test/conformance');

/** Where a recorded case departs from DreamFactory on purpose, by `area/name`: from the corpus, else as last kept. */
export function recordedDifferences() {
  if (!existsSync(CASES)) return readJson(join(KEPT, 'differs.json'));
  const found = [];
  for (const area of readJson(join(KEPT, 'areas.json'))) {
    for (const file of readdirSync(join(CASES, area))) {
      const { name, differs } = readJson(join(CASES, area, file));
      if (differs !== undefined) found.push([`${area}/${name}`, differs]);
    }
  }
  return Object.fromEntries(found.sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** The cases that Headgate does not answer as recorded, with the reason. */
export const recordedExceptions = () => readJson(join(KEPT, 'exceptions.json'));

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
