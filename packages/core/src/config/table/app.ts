import { DEFAULT_LOOKUP_MODIFIERS } from '../../lookups.js';
import { choice, flag, integer, list, matching, path, secretText, text, timeZone, url } from '../kinds.js';
import { setting } from '../setting.js';

export const app = {
  name: setting('APP_NAME', text(), 'The name in mails.', { default: 'DreamFactory' }),
  env: setting('APP_ENV', text(), "The name of this installation's kind; the channel in log lines.", { default: 'production' }),
  debug: setting(
    'APP_DEBUG',
    flag(),
    'Adds the stack trace (`error.trace`) to errors and `Server-Timing` to answers. Warns when on in production.',
    { default: false },
  ),
  key: setting(
    'APP_KEY',
    secretText(),
    'The key of this installation: encrypts stored secrets, and signs tokens where `JWT_SECRET` is not set. As many bytes as `APP_CIPHER` asks for (32, or 16), in clear or as `base64:...`. The same on every worker. Losing it loses the stored secrets.',
    {
      secret: true,
      defaultText: 'a generated one for `./headgate start`, kept in the data folder; none elsewhere',
    },
  ),
  keyFallbackFile: setting(
    'HEADGATE_KEY_FALLBACK_FILE',
    path(),
    'A file with the key, read only where neither `APP_KEY` nor `APP_KEY_FILE` is set.',
  ),
  inContainer: setting(
    'HEADGATE_IN_CONTAINER',
    flag(),
    'Set by the image: loopback addresses are those of the container, which errors then say.',
    { default: false },
  ),
  previousKeys: setting(
    'APP_PREVIOUS_KEYS',
    list('a comma list of keys'),
    'Comma list of earlier keys: they still open stored secrets, new ones are encrypted with `APP_KEY`.',
    { secret: true, default: [], defaultText: 'none' },
  ),
  cipher: setting('APP_CIPHER', choice(['AES-256-CBC', 'AES-128-CBC']), 'The cipher of stored secrets.', { default: 'AES-256-CBC' }),
  timezone: setting('APP_TIMEZONE', timeZone(), 'The time zone of log lines and default dates.', { default: 'UTC' }),
  url: setting('APP_URL', url('http', 'https'), 'The base of generated links.', { default: 'http://localhost' }),
  address: setting(
    'HEADGATE_ADDRESS',
    url('http', 'https'),
    'Where the commands `setup` and `connect` say that it is reached; `compose.yaml` sets it to the published port.',
    { defaultText: 'where it listens' },
  ),
  forceHttps: setting('FORCE_HTTPS', flag(), 'Generated links are https.', { default: false }),
  dataDir: setting(
    'DF_DATA_DIR',
    path(),
    'The folder of everything kept on disk: the SQLite system database, SQLite services, logs, the generated key.',
    { default: 'data', aliases: ['DF_MANAGED_STORAGE_PATH'] },
  ),
  install: setting('DF_INSTALL', text(), 'Shown as the way of installation.', { default: 'GitHub' }),
  managed: setting('DF_MANAGED', flag(), 'Shown in `/status` and the environment; nothing else.', { default: false }),
  licenseKey: setting('DF_LICENSE_KEY', secretText(), 'Accepted and never shown. Headgate needs none.', {
    secret: true,
    verdict: 'ignored',
  }),
  packagePath: setting('DF_PACKAGE_PATH', text(), 'A package to import at the first start: a file, a folder or an address.', {
    aliases: ['PACKAGE'],
    verdict: 'accepted',
  }),
  lookupModifiers: setting(
    'DF_LOOKUP_MODIFIERS',
    list('a comma list of function names', (entry) => /^[a-z0-9_]+$/.test(entry)),
    'The functions that lookups may use. Setting it replaces the list.',
    {
      default: DEFAULT_LOOKUP_MODIFIERS,
    },
  ),
} as const;

/** The first administrator, made at start where there is none yet. */
export const firstAdmin = {
  email: setting(
    'ADMIN_EMAIL',
    matching(/^[^@\s]+@[^@\s]+$/, 'an e-mail address'),
    'With `ADMIN_PASSWORD`: the first administrator, made at start where there is none.',
  ),
  password: setting('ADMIN_PASSWORD', secretText(), 'The password of the first administrator.', { secret: true }),
  firstName: setting('ADMIN_FIRST_NAME', text(), 'The first name of the first administrator.'),
  lastName: setting('ADMIN_LAST_NAME', text(), 'The last name of the first administrator.'),
  phone: setting('ADMIN_PHONE', text(), 'The phone number of the first administrator.'),
} as const;

export const scripting = {
  disable: setting(
    'DF_SCRIPTING_DISABLE',
    matching(
      /^(all|(v8js|nodejs|python|python3|php)(\s*,\s*(v8js|nodejs|python|python3|php))*)$/i,
      'all, or a comma list of v8js, nodejs, python, python3, php',
    ),
    'Script languages that are switched off.',
    { verdict: 'accepted' },
  ),
  nodejsPath: setting('DF_NODEJS_PATH', text('a path'), 'Node for external scripts.', {
    default: '/usr/local/bin/node',
    verdict: 'accepted',
  }),
  pythonPath: setting('DF_PYTHON_PATH', text('a path'), 'Python 2 for scripts.', { default: '/usr/local/bin/python', verdict: 'accepted' }),
  python3Path: setting('DF_PYTHON3_PATH', text('a path'), 'Python 3 for scripts.', {
    default: '/usr/local/bin/python3',
    verdict: 'accepted',
  }),
  defaultProtocol: setting('DF_SCRIPTING_DEFAULT_PROTOCOL', choice(['http', 'https']), 'How scripts call back.', {
    default: 'http',
    verdict: 'accepted',
  }),
} as const;

export const metrics = {
  enabled: setting('PROMETHEUS_ENABLED', flag(), 'Serves metrics; `true` takes port 9464 where `DF_METRICS_PORT` is not set.', {
    defaultText: '`true` where `DF_METRICS_PORT` is set, as it is for `headgate api` and `worker`',
  }),
  telemetryPath: setting('PROMETHEUS_TELEMETRY', text('a path'), 'Where metrics are served.', { default: '/metrics' }),
  includeSystemRequests: setting('PROMETHEUS_INCLUDE_SYSTEM_REQUESTS', flag(), 'Counts calls of the service `system` in the metrics too.', {
    default: false,
  }),
  allowedHostname: setting('PROMETHEUS_ALLOWED_HOSTNAME', text('a host name'), 'The only host name under which metrics are served.'),
  port: setting(
    'DF_METRICS_PORT',
    integer(0, 65_535),
    'The port of `/metrics` and `/livez`, which are not for clients of the API; 0 for none.',
    {
      defaultText: '9464 for `headgate api` and `worker`, none for `start` and `cluster`',
    },
  ),
} as const;
