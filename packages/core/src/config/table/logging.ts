import { choice, duration, flag, integer, list, path, text } from '../kinds.js';
import { setting } from '../setting.js';

const CHANNELS = ['stack', 'single', 'daily', 'syslog', 'stderr', 'stdout', 'null'] as const;
const LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'] as const;
const slack = { slack: 'nothing is sent to Slack' };

export const logging = {
  channel: setting(
    'LOG_CHANNEL',
    choice([...CHANNELS, 'slack'], { errorlog: 'stderr', heroku: 'stderr' }),
    'Where log lines go; `stack` is every channel of `LOG_STACK`.',
    { default: 'stack', aliases: ['APP_LOG'], ignoredValues: slack },
  ),
  stack: setting(
    'LOG_STACK',
    list(`a comma list of ${CHANNELS.slice(1).join(', ')}`, (entry) =>
      ([...CHANNELS.slice(1), 'errorlog', 'heroku', 'slack'] as string[]).includes(entry.toLowerCase()),
    ),
    'The channels of the stack.',
    { default: ['single'], defaultText: 'single; in containers stdout', ignoredValues: slack },
  ),
  level: setting('APP_LOG_LEVEL', choice(LEVELS, { warn: 'warning' }), 'The least severe level that is logged.', { default: 'warning' }),
  stderrLevel: setting('LOG_LEVEL', choice(LEVELS, { warn: 'warning' }), 'Another level for stderr and stdout.', {
    defaultText: '`APP_LOG_LEVEL`',
  }),
  maxFiles: setting('APP_LOG_MAX_FILES', integer(0, 10_000), 'The days that `daily` keeps; 0 keeps all.', { default: 5 }),
  format: setting('LOG_FORMAT', choice(['line', 'json']), 'One text line or one JSON object per entry.', { default: 'line' }),
  toStdout: setting('LOG_TO_STDOUT', flag(), 'Adds stdout to `LOG_STACK`.', { default: false }),
  syslogFacility: setting('LOG_SYSLOG_FACILITY', text('a syslog facility'), 'The facility of the channel `syslog`.', {
    default: 'user',
    verdict: 'accepted',
  }),
  slowMs: setting('DF_SLOW_MS', duration('ms'), 'Calls that take longer are logged as warnings; 0 for none.', { default: 0 }),
  queueMax: setting('DF_LOG_QUEUE_MAX', integer(1, 10_000_000), 'The most log documents that wait to be shipped.', {
    default: 10_000,
    verdict: 'accepted',
  }),
  directory: setting('DF_LOG_DIR', path(), 'The folder of log files.', {
    defaultFrom: (resolve) => `${String(resolve('DF_DATA_DIR'))}/logs`,
    defaultText: '`logs` in the data folder',
  }),
} as const;
