import { resolve as resolvePath } from 'node:path';
import { keyProblem } from './app-key.js';
import { ConfigurationError, type ConfigurationProblem } from './configuration-error.js';
import { parseEnvFile } from './env-file.js';
import { type FoundText, NamedValues, type Origin, type TextSource } from './named-values.js';
import type { Setting } from './setting.js';
import { parseDatabaseUrl } from './system-database-target.js';
import { SETTING_ROWS, type SettingRow, type Settings } from './table/index.js';
import { unknownNames, withoutEffect } from './warnings.js';

type Texts = Readonly<Record<string, string | undefined>>;

export interface SettingsInput {
  readonly env: Texts;
  /** The content of the `.env` file. The environment wins over it. */
  readonly envFileText?: string;
  /** Reads the files that `NAME_FILE` settings name. */
  readonly readFile: (path: string) => string;
  /** Against which relative paths are resolved. */
  readonly baseDirectory: string;
  /** Given as flags of the command: they win over all else. */
  readonly commandLine?: Texts;
  /** What the program at hand takes where nothing is given. */
  readonly programDefaults?: Texts;
}

export interface LoadedSettings {
  readonly settings: Settings;
  /** By setting name. */
  readonly origins: ReadonlyMap<string, Origin>;
  /** One line each, to be logged once at start. */
  readonly warnings: readonly string[];
}

/** Reads, checks and completes the configuration (operations.md 6). Throws `ConfigurationError` with everything that is wrong. */
export function loadSettings(input: SettingsInput): LoadedSettings {
  const problems: ConfigurationProblem[] = [];
  const warnings: string[] = [];
  const envFile = parseEnvFile(input.envFileText ?? '', input.env);
  problems.push(
    ...envFile.problems.map(({ line, problem }) => ({
      name: `.env line ${line}`,
      problem,
      allowed: 'Lines are NAME=value, comments or empty.',
    })),
  );

  const places: readonly TextSource[] = [
    { source: 'command line', get: (name) => input.commandLine?.[name] },
    { source: 'environment', get: (name) => input.env[name] },
    { source: '.env', get: (name) => envFile.values.get(name) },
  ];
  const given = new NamedValues(places, input.readFile, problems);
  const defaults = new NamedValues(
    [{ source: 'default of the command', get: (name) => input.programDefaults?.[name] }],
    input.readFile,
    problems,
  );
  const reader = new SettingReader(given, defaults, input.baseDirectory, problems, warnings);
  for (const { setting } of SETTING_ROWS) reader.value(setting.name);
  const { values, origins } = reader;

  takeFallbackKey(values, origins, given);
  checkTogether(values, origins, problems, warnings);
  if (problems.length > 0) throw new ConfigurationError(withoutRepeats(problems));

  const names = new Set(
    [...Object.keys(input.env), ...envFile.values.keys()].filter((name) => places.some((place) => (place.get(name) ?? '') !== '')),
  );
  warnings.push(...unknownNames(names), ...withoutEffect(names));
  return { settings: grouped(values), origins, warnings };
}

/** Reads settings one by one, each after those that its default follows from. */
class SettingReader {
  readonly values = new Map<string, unknown>();
  readonly origins = new Map<string, Origin>();
  readonly #rows = new Map<string, Setting>(SETTING_ROWS.map(({ setting }) => [setting.name, setting]));

  constructor(
    private readonly given: NamedValues,
    private readonly defaults: NamedValues,
    private readonly baseDirectory: string,
    private readonly problems: ConfigurationProblem[],
    private readonly warnings: string[],
  ) {}

  value(name: string): unknown {
    if (this.values.has(name)) return this.values.get(name);
    const setting = this.#rows.get(name);
    if (!setting) throw new Error(`${name} is not in the table of settings`);
    const found = this.#find(setting);
    const parsed = found && this.#parse(setting, found);
    const value = parsed === undefined ? (setting.default ?? setting.defaultFrom?.((other) => this.value(other))) : parsed;
    this.values.set(name, setting.kind.role === 'path' && typeof value === 'string' ? resolvePath(this.baseDirectory, value) : value);
    this.origins.set(name, found?.origin ?? { source: 'default', name });
    return this.values.get(name);
  }

  /** The name itself, its older names, then the broader settings. */
  #find(setting: Setting): FoundText | undefined {
    const own = [setting.name, ...setting.aliases].map((name) => this.given.find(name, setting)).filter((found) => found !== undefined);
    const [winner, ...older] = own;
    for (const other of older) {
      if (winner && other.text.trim() !== winner.text.trim()) {
        this.warnings.push(`${winner.origin.name} and ${other.origin.name} mean the same and differ: ${winner.origin.name} holds.`);
      }
    }
    if (winner) return winner;
    const program = this.defaults.find(setting.name, setting);
    if (program) return program;
    for (const name of setting.fallbacks) {
      const found = this.given.find(name, { ...setting, file: setting.secret });
      if (found) return found;
    }
    return undefined;
  }

  #parse(setting: Setting, found: FoundText): unknown {
    const word = found.text.trim().toLowerCase();
    const { name } = found.origin;
    const refusal = setting.refused[word];
    if (refusal !== undefined) {
      this.problems.push({ name, problem: `is "${word}"`, allowed: refusal });
      return undefined;
    }
    for (const entry of word.split(',').map((part) => part.trim())) {
      if (Object.hasOwn(setting.ignoredValues, entry)) this.warnings.push(`${name}=${entry}: ${setting.ignoredValues[entry]}.`);
    }
    const text = /^\((true|false)\)$/i.test(word) ? word.slice(1, -1) : found.text;
    const result = setting.kind.schema.safeParse(text);
    if (result.success) return result.data;
    const shown = setting.secret || name.endsWith('_FILE') ? 'has a value that' : `is "${found.text.trim().slice(0, 80)}", which`;
    this.problems.push({ name, problem: `${shown} is not allowed`, allowed: `Allowed: ${setting.kind.allowed}.` });
    return undefined;
  }
}

/** A broader setting is looked at for each that falls back on it, and so may be found wrong more than once. */
function withoutRepeats(problems: readonly ConfigurationProblem[]): ConfigurationProblem[] {
  return [...new Map(problems.map((problem) => [`${problem.name} ${problem.problem}`, problem])).values()];
}

/** `HEADGATE_KEY_FALLBACK_FILE` counts only where no key is given. */
function takeFallbackKey(values: Map<string, unknown>, origins: Map<string, Origin>, given: NamedValues): void {
  const file = values.get('HEADGATE_KEY_FALLBACK_FILE');
  if (values.get('APP_KEY') !== undefined || typeof file !== 'string') return;
  const key = given.readFile('HEADGATE_KEY_FALLBACK_FILE', file);
  if (key === undefined) return;
  values.set('APP_KEY', key);
  origins.set('APP_KEY', { source: origins.get('HEADGATE_KEY_FALLBACK_FILE')?.source ?? 'default', name: 'HEADGATE_KEY_FALLBACK_FILE' });
}

/** What one value alone does not show. */
function checkTogether(
  values: ReadonlyMap<string, unknown>,
  origins: ReadonlyMap<string, Origin>,
  problems: ConfigurationProblem[],
  warnings: string[],
): void {
  const nameOf = (name: string) => origins.get(name)?.name ?? name;
  const cipher = values.get('APP_CIPHER') === 'AES-128-CBC' ? 'AES-128-CBC' : 'AES-256-CBC';
  const allowed = `Exactly as many characters, or base64: followed by that many bytes in base64; "./headgate key" makes one.`;
  const key = values.get('APP_KEY');
  const wrongKey = typeof key === 'string' ? keyProblem(key, cipher) : undefined;
  if (wrongKey) problems.push({ name: nameOf('APP_KEY'), problem: wrongKey, allowed });
  const previous = values.get('APP_PREVIOUS_KEYS');
  for (const old of Array.isArray(previous) ? previous : []) {
    const wrong = keyProblem(String(old), cipher);
    if (wrong) problems.push({ name: nameOf('APP_PREVIOUS_KEYS'), problem: `holds a key that ${wrong}`, allowed });
  }
  const url = values.get('DB_URL');
  if (typeof url === 'string' && !parseDatabaseUrl(url)) {
    problems.push({
      name: nameOf('DB_URL'),
      problem: 'is not an address of a database',
      allowed: 'postgres://, mysql:// or mariadb://user:password@host:port/name, or sqlite:///path.',
    });
  }
  if (values.get('ADMIN_EMAIL') !== undefined && values.get('ADMIN_PASSWORD') === undefined) {
    problems.push({
      name: 'ADMIN_EMAIL',
      problem: 'is set without ADMIN_PASSWORD',
      allowed: 'Both make the first administrator; without them the set-up page does.',
    });
  }
  if (values.get('APP_DEBUG') === true && values.get('APP_ENV') === 'production') {
    warnings.push('APP_DEBUG is on in production: errors show stack traces. Set APP_DEBUG=false.');
  }
  if (values.get('DF_CONFIRM_CODE_TTL') === 1_440_000) {
    warnings.push('DF_CONFIRM_CODE_TTL=1440 is 24 minutes: the unit is seconds. For a day set 86400.');
  }
}

/** The values by group and key. The table gives every value its type, so the shape is right by construction. */
function grouped(values: ReadonlyMap<string, unknown>): Settings {
  const groups: Record<string, Record<string, unknown>> = {};
  for (const { group, key, setting } of SETTING_ROWS as readonly SettingRow[]) {
    groups[group] ??= {};
    groups[group][key] = values.get(setting.name);
  }
  for (const group of Object.values(groups)) Object.freeze(group);
  return Object.freeze(groups) as unknown as Settings;
}
