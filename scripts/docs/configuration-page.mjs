import { GROUP_TITLES, IGNORED, PREFIXES, SETTING_ROWS } from '@headgate/core';
import { defaultOf } from './default-of.mjs';

const INTRODUCTION = `# Configuration

Settings come from the environment and from a file \`.env\` beside the \`headgate\` command (another one: \`--settings FILE\`); the
environment wins. \`.env-dist\` holds every setting at its default. \`./headgate config\` prints the values that hold and where each came
from, secrets masked.

- A bad value stops the start, with its name, what is wrong and what is allowed; everything that is wrong is listed at once.
- Empty values, and \`null\`, count as not set.
- A **secret** is never logged or shown. Instead of \`NAME\` it can be given as \`NAME_FILE\`, the path of a file that holds it (one line break
  at the end is cut). Setting both stops the start.
- Older names work too. Where an older and a newer name differ, the newer one holds, and the log says so.
- A name that starts with ${PREFIXES.map((prefix) => `\`${prefix}\``).join(', ')} and is none of these is reported at start, with the nearest one
  that exists.
- Sizes are bytes, or a number with a unit (\`10MiB\`). Lengths of time take a unit too (\`500ms\`, \`30s\`, \`5m\`, \`2h\`); the table says what a
  bare number counts.
- Names marked *without effect yet* are read and checked, and nothing uses them so far.
`;

/** `docs/configuration.md`. */
export function configurationPage() {
  const groups = Object.keys(GROUP_TITLES).map((group) => {
    const rows = SETTING_ROWS.filter((row) => row.group === group).map(({ setting }) => tableRow(setting));
    return `## ${GROUP_TITLES[group]}\n\n| name | default | allowed | meaning |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
  });
  const ignored = IGNORED.map(({ name, why }) => `| \`${name}\` | ${why} |`);
  return `${INTRODUCTION}\n${groups.join('\n')}\n## Known, and ignored\n\nNames of DreamFactory that have no effect here; one line at start names those that are set.\n\n| name | why |\n| --- | --- |\n${ignored.join('\n')}\n`;
}

function tableRow(setting) {
  const fixed = defaultOf(setting);
  const fallback = setting.fallbacks.length > 0 ? `Else ${setting.fallbacks.map((name) => `\`${name}\``).join(', ')}.` : undefined;
  const meaning = [
    setting.description,
    setting.secret && '**Secret**.',
    !setting.secret && setting.file && `Also as \`${setting.name}_FILE\`.`,
    setting.aliases.length > 0 && `Older: ${setting.aliases.map((name) => `\`${name}\``).join(', ')}.`,
    fallback,
    ...Object.entries(setting.ignoredValues).map(([value, effect]) => `\`${value}\`: ${effect}.`),
    ...refusals(setting.refused),
    setting.verdict === 'accepted' && '*Without effect yet.*',
    setting.verdict === 'ignored' && '*Ignored.*',
  ];
  const shownDefault = setting.defaultText ?? (fixed === undefined ? 'none' : `\`${fixed}\``);
  return `| \`${setting.name}\` | ${cell(shownDefault)} | ${cell(setting.kind.allowed)} | ${cell(meaning.filter(Boolean).join(' '))} |`;
}

/** A refusal once, however many spellings ask for it. */
function refusals(refused) {
  const byHint = new Map();
  for (const [value, hint] of Object.entries(refused)) if (!byHint.has(hint)) byHint.set(hint, value);
  return [...byHint].map(([hint, value]) => `\`${value}\` is refused: ${hint}`);
}

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
