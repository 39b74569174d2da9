import { readFileSync } from 'node:fs';
import { installedServiceTypes } from '@headgate/api';
import { loadSettings, SILENT } from '@headgate/core';
import { neverServiceTypes } from '@headgate/system';
import { recordedDifferences, recordedExceptions } from './recorded-differences.mjs';

/** Chapters of the page, and the areas of recorded requests they take up. */
const CHAPTERS = {
  'Access, roles and keys': ['access', 'admin-rights', 'api-root', 'service-root', 'status'],
  'Log-in, users and administrators': ['session', 'user', 'system-admin', 'system-user'],
  'Reading records': ['table-read', 'composite-keys', 'views'],
  'Writing records': ['table-write', 'types'],
  'Describing tables': ['schema'],
  'Formats, errors and methods': ['formats', 'errors', 'methods'],
  'Browser apps of other origins': ['cors-preflight'],
  'The system service': [
    'system-role',
    'system-app',
    'system-service',
    'system-lookup',
    'system-cors',
    'system-custom',
    'system-constant',
    'system-email-template',
    'system-environment',
    'system-event',
    'system-params',
    'service-types',
  ],
};

const NEEDS = {
  related: 'related records',
  procedures: 'stored procedures and functions',
  'schema-writes': 'changes of tables',
  files: 'file services',
  aggregates: 'aggregates',
  scripts: 'scripts',
  limits: 'limits',
  remote: 'remote services',
  mail: 'mail',
};

const SHOWN_NAMES = 4;

/** `docs/differences-from-dreamfactory.md`. */
export function differencesPage() {
  const introduction = readFileSync(new URL('./differences-introduction.md', import.meta.url), 'utf8');
  return [introduction, servicesChapter(), recordedChapter(), exceptionsChapter()].join('\n');
}

function servicesChapter() {
  const { settings } = loadSettings({ env: {}, readFile: () => '', baseDirectory: '.' });
  const types = installedServiceTypes(settings, SILENT).all;
  const works = types.filter(({ status }) => status === 'works').map(({ name, label, group }) => row(`\`${name}\``, label, group));
  const groups = Map.groupBy(
    types.filter(({ status }) => status === 'planned'),
    ({ group }) => group,
  );
  const planned = [...groups].map(([group, list]) => row(group, list.map(({ name }) => `\`${name}\``).join(', ')));
  const never = neverServiceTypes.map(({ name, label, reason }) => row(`\`${name}\``, label, reason));
  return [
    '## Service types\n\nThese work:\n',
    table(['type', 'name', 'group'], works),
    'These are planned. They have their forms and keep their configurations, so that nothing is lost; a call to such a service answers 501:\n',
    table(['group', 'types'], planned),
    'These will not come:\n',
    table(['type', 'name', 'why'], never),
  ].join('\n');
}

function recordedChapter() {
  const byArea = Map.groupBy(Object.entries(stillTrue(recordedDifferences())), ([name]) => name.slice(0, name.indexOf('/')));
  const chapters = Object.entries(CHAPTERS).flatMap(([title, areas]) => {
    const cases = areas.flatMap((area) => byArea.get(area) ?? []);
    for (const area of areas) byArea.delete(area);
    if (cases.length === 0) return [];
    const byText = Map.groupBy(cases, ([, text]) => text);
    const rows = [...byText].map(([text, alike]) => row(subjectOf(alike), ...comparison(text)));
    return [`### ${title}\n`, table(['about', 'DreamFactory 7.7', 'Headgate'], rows)];
  });
  if (byArea.size > 0) throw new Error(`areas without a chapter: ${[...byArea.keys()].join(', ')}`);
  return ['## Answers that differ on purpose\n\nEach row is checked by at least one recorded request.\n', ...chapters].join('\n');
}

/** Without the cases that need what this version does not have. */
function stillTrue(differences) {
  const exceptions = recordedExceptions();
  return Object.fromEntries(Object.entries(differences).filter(([name]) => exceptions[name]?.needs === undefined));
}

function exceptionsChapter() {
  const all = Object.entries(recordedExceptions());
  const rows = all.map(([name, { needs, reason }]) =>
    row(`\`${name}\``, needs === undefined ? 'by decision' : `needs ${NEEDS[needs]}`, reason),
  );
  return `## Recorded requests that are answered otherwise\n\nOf the requests recorded from DreamFactory 7.7 in the areas that this version serves, all are answered as recorded but for these:\n\n${table(['request', 'kind', 'why'], rows)}`;
}

/** What a row is about: the names of its cases, which say it in a few words. */
function subjectOf(cases) {
  const names = cases.map(([name]) => name.slice(name.indexOf('/') + 1).replaceAll('-', ' '));
  return names.length > SHOWN_NAMES ? `${names.slice(0, SHOWN_NAMES).join(', ')} …` : names.join(', ');
}

/** "the original does X; the successor must do Y" as two cells. */
function comparison(text) {
  const plain = text.replace(/^security: /, '');
  const [, original, successor] = /^(.*?)(?:; |, so (?=the successor))(.*)$/s.exec(plain) ?? [undefined, plain, 'does not'];
  return [withoutSubject(original), withoutSubject(successor)];
}

function withoutSubject(text) {
  return text
    .replace(/^the original /, '')
    .replace(/the successor must$/, 'does so')
    .replace(
      /the successor must (\w+)( and (\w+)$)?/,
      (_, verb, tail, second) => `the successor ${thirdPerson(verb)}${tail ? ` and ${thirdPerson(second)}` : ''}`,
    )
    .replace(/^the successor /, '')
    .replaceAll('the original', 'DreamFactory')
    .replaceAll('the successor', 'Headgate');
}

function thirdPerson(verb) {
  if (verb === 'be') return 'is';
  if (/(?:o|s|x|z|ch|sh)$/.test(verb)) return `${verb}es`;
  return /[^aeiou]y$/.test(verb) ? `${verb.slice(0, -1)}ies` : `${verb}s`;
}

function table(heads, rows) {
  return `| ${heads.join(' | ')} |\n|${' --- |'.repeat(heads.length)}\n${rows.join('\n')}\n`;
}

const row = (...cells) => `| ${cells.map((text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
