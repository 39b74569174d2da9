import { nearest } from '../nearest.js';
import type { Setting } from './setting.js';
import { IGNORED } from './table/ignored.js';
import { SETTING_ROWS } from './table/index.js';

/** Names that start so are ours or the original's: an unknown one is most likely a mistake. */
export const PREFIXES: readonly string[] = [
  'DF_',
  'APP_',
  'CACHE_',
  'LIMIT_CACHE_',
  'QUEUE_',
  'DB_',
  'JWT_',
  'LOG_',
  'REDIS_',
  'HEADGATE_',
];

/** Every name that is known, with those for files. */
export const KNOWN_NAMES: ReadonlySet<string> = new Set([
  ...SETTING_ROWS.flatMap(({ setting }) => {
    const names = namesOf(setting);
    return setting.file ? names.flatMap((name) => [name, `${name}_FILE`]) : names;
  }),
  ...IGNORED.flatMap(({ name, secret }) => (secret ? [name, `${name}_FILE`] : [name])),
]);

/** What at least one setting that works is read from. */
const USED_NAMES: ReadonlySet<string> = new Set(
  SETTING_ROWS.filter(({ setting }) => setting.verdict === 'works').flatMap(({ setting }) => namesOf(setting)),
);

/** A line per name that looks like a setting and is none. */
export function unknownNames(names: ReadonlySet<string>): string[] {
  return [...names]
    .filter((name) => PREFIXES.some((prefix) => name.startsWith(prefix)) && !KNOWN_NAMES.has(name))
    .map((name) => {
      const meant = nearest(name, KNOWN_NAMES);
      return `${name} is not a setting${meant === undefined ? '' : `; did you mean ${meant}?`}`;
    });
}

/** At most two lines: what waits for its use, and what never has one. */
export function withoutEffect(names: ReadonlySet<string>): string[] {
  const isGiven = (name: string) => names.has(name) || names.has(`${name}_FILE`);
  const waiting = new Set<string>();
  for (const { setting } of SETTING_ROWS) {
    if (setting.verdict !== 'accepted') continue;
    for (const name of namesOf(setting)) if (isGiven(name) && !USED_NAMES.has(name)) waiting.add(name);
  }
  const ignored = [
    ...IGNORED.filter(({ name }) => isGiven(name)).map(({ name, why }) => `${name} (${why})`),
    ...SETTING_ROWS.filter(({ setting }) => setting.verdict === 'ignored')
      .flatMap(({ setting }) => namesOf(setting))
      .filter((name) => isGiven(name) && !USED_NAMES.has(name)),
  ];
  const lines: string[] = [];
  if (waiting.size > 0) lines.push(`Without effect yet: ${[...waiting].join(', ')}.`);
  if (ignored.length > 0) lines.push(`Ignored: ${ignored.join(', ')}.`);
  return lines;
}

function namesOf({ name, aliases, fallbacks }: Pick<Setting, 'name' | 'aliases' | 'fallbacks'>): readonly string[] {
  return [name, ...aliases, ...fallbacks];
}
