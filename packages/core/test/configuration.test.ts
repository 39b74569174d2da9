import { describe, expect, it } from 'vitest';
import {
  ConfigurationError,
  effectiveSettings,
  IGNORED,
  KNOWN_NAMES,
  type LoadedSettings,
  loadSettings,
  parseEnvFile,
  SETTING_ROWS,
  type SettingRow,
  systemDatabaseTarget,
} from '../src/index.js';

const KEY = '0123456789abcdef0123456789abcdef';

function load(env: Record<string, string>, more: Partial<Parameters<typeof loadSettings>[0]> = {}): LoadedSettings {
  return loadSettings({ env, readFile: missingFile, baseDirectory: '/srv/headgate', ...more });
}

function missingFile(path: string): string {
  throw new Error(`no file ${path}`);
}

function problemsOf(env: Record<string, string>, more: Partial<Parameters<typeof loadSettings>[0]> = {}): ConfigurationError['problems'] {
  try {
    load(env, more);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

const valueIn = ({ settings }: LoadedSettings, { group, key }: SettingRow): unknown => (settings[group] as Record<string, unknown>)[key];

/** A text that the setting accepts and that is not its default. */
function otherText({ setting }: SettingRow): string {
  const samples = [
    'other-value',
    'true',
    'false',
    '17',
    '77',
    '5',
    '/tmp/other',
    'https://other.example.com',
    '10.0.0.0/8',
    'Europe/Berlin',
    'someone@example.com',
    KEY,
    'application/xml',
    'pgsql',
    'AES-128-CBC',
    'HS512',
    'username',
    'bcrypt',
    'stderr',
    'error',
    'json',
    'redis',
    'closed',
    'sync',
    'log',
    'https',
    'nodejs',
    'disable',
    'strtoupper',
    'exponential',
  ];
  if (setting.kind.role === 'path') return '/tmp/other';
  const shown = setting.default === undefined ? undefined : setting.kind.write(setting.default);
  const accepted = samples.find((sample) => {
    const result = setting.kind.schema.safeParse(sample);
    return result.success && setting.kind.write(result.data) !== shown && setting.refused[sample] === undefined;
  });
  if (accepted === undefined) throw new Error(`no sample fits ${setting.name}`);
  return accepted;
}

/** What else must be given so that this setting alone does not stop the start. */
const COMPANIONS: Readonly<Record<string, Record<string, string>>> = {
  ADMIN_EMAIL: { ADMIN_PASSWORD: 'a long password' },
  APP_DEBUG: { APP_ENV: 'local' },
  APP_CIPHER: { APP_KEY: KEY.slice(0, 16) },
};
/** Settings with rules of their own, tested below. */
const OWN_RULES = new Set([
  'DB_URL',
  'APP_KEY',
  'APP_PREVIOUS_KEYS',
  'HEADGATE_KEY_FALLBACK_FILE',
  'JWT_BLACKLIST_ENABLED',
  'DF_ENABLE_WINDOWS_AUTH',
  'DF_ENABLE_ALTERNATE_AUTH',
]);

describe.each(SETTING_ROWS.map((row) => [row.setting.name, row] as const))('%s', (name, row) => {
  const { setting } = row;

  it('has a default that its own rules accept', () => {
    if (setting.default === undefined) return;
    expect(setting.kind.schema.safeParse(setting.kind.write(setting.default)).data).toEqual(setting.default);
  });

  it('takes the given value under its name and its older names, and says so when nothing uses it', () => {
    if (OWN_RULES.has(name)) return;
    for (const given of [name, ...setting.aliases, ...setting.fallbacks]) {
      const text = otherText(row);
      const loaded = load({ ...COMPANIONS[name], [given]: text });
      expect(valueIn(loaded, row)).toEqual(setting.kind.schema.parse(text));
      expect(loaded.origins.get(name)).toEqual({ source: 'environment', name: given });
      const lines = loaded.warnings.filter((line) => line.includes(given));
      const isUsed = SETTING_ROWS.some(
        (other) =>
          other.setting.verdict === 'works' && [other.setting.name, ...other.setting.aliases, ...other.setting.fallbacks].includes(given),
      );
      expect(lines).toHaveLength(isUsed ? 0 : 1);
      if (setting.verdict === 'accepted' && !isUsed) expect(lines[0]).toMatch(/^Without effect yet: /);
      if (setting.verdict === 'ignored') expect(lines[0]).toMatch(/^Ignored: /);
    }
  });

  it('comes from a file only where that is allowed', () => {
    expect(KNOWN_NAMES.has(`${name}_FILE`)).toBe(setting.file);
    if (!setting.secret || OWN_RULES.has(name)) return;
    const loaded = load({ ...COMPANIONS[name], [`${name}_FILE`]: '/run/secrets/it' }, { readFile: () => ' kept blanks \n' });
    expect(valueIn(loaded, row)).toBe(' kept blanks ');
    expect(problemsOf({ ...COMPANIONS[name], [name]: 'a', [`${name}_FILE`]: '/run/secrets/it' }, { readFile: () => 'b' })).toMatchObject([
      { name, problem: `and ${name}_FILE are both set` },
    ]);
  });

  it('is masked where it is a secret', () => {
    const shown = effectiveSettings(load({ APP_KEY: KEY, DB_PASSWORD: 'planted' })).find((entry) => entry.name === name);
    expect(JSON.stringify(shown)).not.toContain('planted');
    expect(JSON.stringify(shown)).not.toContain(KEY);
  });
});

describe('names of the original without effect', () => {
  it.each(IGNORED.map(({ name }) => name))('%s is known and reported in one line', (name) => {
    const { warnings } = load({ [name]: 'anything' });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(new RegExp(`^Ignored: ${name} \\(`));
  });

  it('come together in one line', () => {
    expect(load({ APP_LOCALE: 'de', REDIS_CLIENT: 'predis', MAIL_MAILER: 'log', MAIL_HOST: 'm' }).warnings).toEqual([
      'Without effect yet: MAIL_MAILER, MAIL_HOST.',
      'Ignored: APP_LOCALE (messages are English), REDIS_CLIENT (there is one Redis client).',
    ]);
  });
});

describe('unknown names', () => {
  it.each([
    ['DB_HOSTT', 'DB_HOST'],
    ['APP_KY', 'APP_KEY'],
    ['CACHE_DEFAUT_TTL', 'CACHE_DEFAULT_TTL'],
    ['LIMIT_CACHE_HOTS', 'LIMIT_CACHE_HOST'],
    ['QUEUE_CONECTION', 'QUEUE_CONNECTION'],
    ['DF_JTW_TTL', 'DF_JWT_TTL'],
    ['JWT_SECRETS', 'JWT_SECRET'],
    ['LOG_CHANEL', 'LOG_CHANNEL'],
    ['REDIS_HOSTNAME', 'REDIS_HOST'],
  ])('%s is reported with the nearest known one', (name, meant) => {
    expect(load({ [name]: 'x' }).warnings).toEqual([`${name} is not a setting; did you mean ${meant}?`]);
  });

  it('are left alone without one of our prefixes, and when empty', () => {
    expect(load({ PATH: '/bin', HOME: '/root', DB_HOSTT: '' }).warnings).toEqual([]);
  });

  it('include the switch that turned all access checks off', () => {
    expect(load({ DF_IS_VALID_CONSOLE_REQUEST: 'true' }).warnings[0]).toMatch(/^DF_IS_VALID_CONSOLE_REQUEST is not a setting/);
  });
});

describe('bad values', () => {
  it('are all listed at once, with what is allowed', () => {
    const problems = problemsOf({
      PORT: '80a',
      DB_CONNECTION: 'sqlsrv',
      DF_ENABLE_WINDOWS_AUTH: 'TRUE',
      DF_ENABLE_ALTERNATE_AUTH: '1',
      APP_KEY: 'short',
      DF_MAX_BODY: '10 apples',
      CACHE_STORE: 'dynamodb',
    });
    expect(problems.map(({ name }) => name).sort()).toEqual([
      'APP_KEY',
      'CACHE_STORE',
      'DB_CONNECTION',
      'DF_ENABLE_ALTERNATE_AUTH',
      'DF_ENABLE_WINDOWS_AUTH',
      'DF_MAX_BODY',
      'PORT',
    ]);
    expect(problems.find(({ name }) => name === 'PORT')).toEqual({
      name: 'PORT',
      problem: 'is "80a", which is not allowed',
      allowed: 'Allowed: a whole number from 0 to 65535.',
    });
    expect(problems.find(({ name }) => name === 'DB_CONNECTION')?.allowed).toMatch(/PostgreSQL or MySQL/);
  });

  it('are named as they were given', () => {
    expect(problemsOf({ DB_DRIVER: 'oracle' })).toMatchObject([{ name: 'DB_DRIVER' }]);
  });

  it('of secrets are not repeated', () => {
    const error = catchError(() => load({ APP_KEY: 'planted-secret', DB_URL: 'nonsense:planted-secret' }));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(String(error)).not.toContain('planted-secret');
  });

  it.each([
    ['AES-256-CBC', 24],
    ['AES-256-CBC', 16],
    ['AES-128-CBC', 32],
  ])('a key for %s with %i bytes stops the start', (cipher, bytes) => {
    expect(problemsOf({ APP_CIPHER: cipher, APP_KEY: 'k'.repeat(bytes) })).toMatchObject([{ name: 'APP_KEY' }]);
    expect(problemsOf({ APP_CIPHER: cipher, APP_KEY: `base64:${Buffer.alloc(bytes).toString('base64')}` })).toMatchObject([
      { name: 'APP_KEY' },
    ]);
  });

  it('a .env file with a broken line stops the start, with its number', () => {
    expect(problemsOf({}, { envFileText: 'APP_NAME=ok\nnonsense\n' })).toMatchObject([{ name: '.env line 2' }]);
  });

  it('a file that cannot be read stops the start', () => {
    expect(problemsOf({ DB_PASSWORD_FILE: '/nowhere' })).toMatchObject([{ name: 'DB_PASSWORD_FILE' }]);
  });
});

describe('the place of a value', () => {
  it('is the flag, then the environment, then .env, then the program, then the default', () => {
    const layers = { commandLine: { PORT: '1' }, programDefaults: { PORT: '4' }, envFileText: 'PORT=3' };
    expect(load({ PORT: '2' }, layers).settings.http.port).toBe(1);
    expect(load({ PORT: '2' }, { ...layers, commandLine: {} }).settings.http.port).toBe(2);
    expect(load({}, { ...layers, commandLine: {} }).settings.http.port).toBe(3);
    expect(load({}, { programDefaults: { PORT: '4' } }).settings.http.port).toBe(4);
    expect(load({}).settings.http.port).toBe(8080);
  });

  it('is the new name before an old one, and a difference is reported', () => {
    const loaded = load({ QUEUE_CONNECTION: 'sync', QUEUE_DRIVER: 'redis' });
    expect(loaded.settings.queue.connection).toBe('sync');
    expect(loaded.warnings[0]).toBe('QUEUE_CONNECTION and QUEUE_DRIVER mean the same and differ: QUEUE_CONNECTION holds.');
    expect(load({ CACHE_STORE: 'file', CACHE_DRIVER: 'file' }).warnings.join()).not.toContain('differ');
  });

  it('is a broader setting where the own one is missing, without a word', () => {
    const loaded = load({ REDIS_HOST: 'shared', CACHE_HOST: 'own' });
    expect(loaded.settings).toMatchObject({ cache: { host: 'own' }, queue: { host: 'shared' }, limitCache: { host: 'shared' } });
    expect(loaded.warnings.join()).not.toContain('differ');
  });

  it('counts the words for nothing as not set, but for a choice that has them', () => {
    expect(load({ DB_PASSWORD: 'null', DB_USERNAME: '', BROADCAST_DRIVER: 'null' }).settings).toMatchObject({
      database: { password: undefined, username: undefined },
      bus: { connection: 'null' },
    });
  });
});

describe('the key', () => {
  it('comes from the fallback file only where none is given', () => {
    const files: Record<string, string> = { '/srv/headgate/data/app-key': `${KEY}\n` };
    const readFile = (path: string) => files[path] ?? missingFile(path);
    expect(load({ HEADGATE_KEY_FALLBACK_FILE: 'data/app-key' }, { readFile }).settings.app.key).toBe(KEY);
    const other = 'x'.repeat(32);
    expect(load({ HEADGATE_KEY_FALLBACK_FILE: 'data/app-key', APP_KEY: other }, { readFile }).settings.app.key).toBe(other);
    expect(load({ HEADGATE_KEY_FALLBACK_FILE: '/nowhere', APP_KEY: other }, { readFile }).settings.app.key).toBe(other);
    expect(problemsOf({ HEADGATE_KEY_FALLBACK_FILE: '/nowhere' }, { readFile })).toMatchObject([{ name: 'HEADGATE_KEY_FALLBACK_FILE' }]);
  });

  it('may have predecessors, of the right length each', () => {
    expect(load({ APP_PREVIOUS_KEYS: `${KEY},base64:${Buffer.alloc(32).toString('base64')}` }).settings.app.previousKeys).toContain(KEY);
    expect(problemsOf({ APP_PREVIOUS_KEYS: `${KEY},short` })).toMatchObject([{ name: 'APP_PREVIOUS_KEYS' }]);
  });
});

describe('values that act otherwise than asked', () => {
  it.each([
    [{ JWT_BLACKLIST_ENABLED: 'false' }, 'JWT_BLACKLIST_ENABLED=false: ended sessions stay refused.'],
    [{ LOG_CHANNEL: 'slack' }, 'LOG_CHANNEL=slack: nothing is sent to Slack.'],
    [{ LOG_STACK: 'single,slack' }, 'LOG_STACK=slack: nothing is sent to Slack.'],
    [{ QUEUE_DRIVER: 'sqs' }, 'QUEUE_DRIVER=sqs: it acts as redis.'],
    [{ APP_DEBUG: 'true' }, 'APP_DEBUG is on in production: errors show stack traces. Set APP_DEBUG=false.'],
    [{ DF_CONFIRM_CODE_TTL: '1440' }, 'DF_CONFIRM_CODE_TTL=1440 is 24 minutes: the unit is seconds. For a day set 86400.'],
  ])('%o is said', (env, line) => {
    expect(load(env as unknown as Record<string, string>).warnings).toContain(line);
  });

  it('are brought into their bounds where the original does that', () => {
    expect(load({ DF_CONFIRM_CODE_LENGTH: '3', BCRYPT_ROUNDS: '4' }).settings.auth).toMatchObject({
      confirmCodeLength: 5,
      bcryptRounds: 10,
    });
    expect(load({ DF_CONFIRM_CODE_LENGTH: '99' }).settings.auth.confirmCodeLength).toBe(32);
  });
});

describe('units', () => {
  it.each([
    ['DF_MAX_BODY', '10MiB', 'maxBody', 10_485_760],
    ['DF_MAX_BODY', '1.5 MB', 'maxBody', 1_500_000],
    ['DF_MAX_BODY', '2048', 'maxBody', 2048],
    ['DF_DRAIN_SECONDS', '5', 'drain', 5000],
    ['DF_DRAIN_SECONDS', '250ms', 'drain', 250],
    ['DF_SHUTDOWN_SECONDS', '2m', 'shutdown', 120_000],
  ] as const)('%s=%s', (name, text, key, value) => {
    expect(load({ [name]: text }).settings.http[key]).toBe(value);
  });

  it.each([
    ['DF_TRUSTED_PROXIES', '10.0.0.0/33'],
    ['DF_TRUSTED_PROXIES', 'example.com'],
    ['DF_EGRESS_ALLOW', 'http://x'],
    ['DF_CORS_ORIGINS', 'app.example.com'],
    ['DF_CORS_ORIGINS', 'https://app.example.com/path'],
    ['APP_TIMEZONE', 'Mars/Base'],
    ['APP_URL', 'ftp://x'],
    ['DF_API_ROUTE_PREFIX', '../x'],
    ['DF_XML_ROOT', '<x>'],
  ])('%s=%s is refused', (name, text) => {
    expect(problemsOf({ [name]: text })).toMatchObject([{ name }]);
  });
});

describe('the place of the system database', () => {
  it('is a file in the data folder by default', () => {
    expect(systemDatabaseTarget(load({}).settings)).toEqual({ dialect: 'sqlite', file: '/srv/headgate/data/headgate.sqlite' });
  });

  it('follows DB_URL part by part', () => {
    const { settings } = load({
      DB_URL: 'postgres://me:p%40ss@db.example.com/main',
      DB_PORT: '6000',
      DB_CONNECTION: 'pgsql',
      DB_USERNAME: 'other',
    });
    expect(systemDatabaseTarget(settings)).toMatchObject({
      dialect: 'postgres',
      host: 'db.example.com',
      port: 6000,
      database: 'main',
      username: 'me',
      password: 'p@ss',
    });
  });

  it('has the port and name of its kind', () => {
    expect(systemDatabaseTarget(load({ DB_CONNECTION: 'mariadb' }).settings)).toMatchObject({
      dialect: 'mysql',
      host: '127.0.0.1',
      port: 3306,
      database: 'dreamfactory',
    });
    expect(systemDatabaseTarget(load({ DB_URL: 'pgsql://h' }).settings)).toMatchObject({
      dialect: 'postgres',
      port: 5432,
      database: 'dreamfactory',
    });
  });
});

describe('a .env file', () => {
  it('reads quotes, comments, export and earlier names', () => {
    const { values, problems } = parseEnvFile(
      [
        '\uFEFF# comment',
        'A=plain # rest',
        'B="with \\"quotes\\" and # hash"',
        "C='\x24{A} stays'",
        'export D=\x24{A}-\x24{HOME}',
        'E=',
        'F = spaced ',
        'A=later',
        'G="\x24{A}\\$"',
      ].join('\r\n'),
      { HOME: '/root' },
    );
    expect(problems).toEqual([]);
    expect(Object.fromEntries(values)).toEqual({
      A: 'later',
      B: 'with "quotes" and # hash',
      C: '\x24{A} stays',
      D: 'plain-/root',
      E: '',
      F: 'spaced',
      G: 'later$',
    });
  });
});

function catchError(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}
