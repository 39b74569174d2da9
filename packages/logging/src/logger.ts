import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { finished, type Writable } from 'node:stream';
import type { Logger, Settings } from '@headgate/core';
import winston from 'winston';
import { DailyFile } from './daily-file.js';
import { type Entry, type FormatSettings, jsonFormat, lineFormat } from './formats.js';

/** RFC 5424, as `APP_LOG_LEVEL` names them. */
const LEVELS = { emergency: 0, alert: 1, critical: 2, error: 3, warning: 4, notice: 5, info: 6, debug: 7 } as const;
export type Level = keyof typeof LEVELS;

const MOST_ONCE_KEYS = 10_000;
const FIELDS = Symbol('fields');

export interface ProcessLogger extends Logger {
  isOn(level: Level): boolean;
  /** Bytes that its files and streams have not taken yet. */
  readonly backlog: number;
  /** Resolves when everything logged so far is written. */
  close(): Promise<void>;
}

export interface LoggerSettings
  extends FormatSettings,
    Pick<Settings['logging'], 'channel' | 'stack' | 'level' | 'stderrLevel' | 'maxFiles' | 'format' | 'toStdout' | 'directory'> {}

export function loggerSettings({ app, logging }: Pick<Settings, 'app' | 'logging'>): LoggerSettings {
  return { ...logging, environment: app.env, timeZone: app.timezone };
}

/** The log of this process, into the channels that `LOG_CHANNEL` names (operations.md 3.1). Secrets are taken out of every line. */
export function createLogger(settings: LoggerSettings): ProcessLogger {
  const format = settings.format === 'json' ? jsonFormat(settings) : lineFormat(settings);
  const channels = channelsOf(settings);
  const files: Writable[] = [];
  const usesConsole = channels.some((channel) => channel === 'stdout' || channel === 'stderr' || channel === 'syslog');
  const transports = channels.map((channel) => transportFor(channel, settings, files));
  const logger = winston.createLogger({
    levels: LEVELS,
    level: 'debug',
    silent: transports.length === 0,
    format: winston.format.printf((info) =>
      format({ level: info.level, message: String(info.message), fields: (info[FIELDS as never] ?? {}) as Entry['fields'] }),
    ),
    transports,
  });
  logger.on('error', reportBroken);
  const streams: readonly Writable[] = usesConsole ? [...files, process.stdout, process.stderr] : files;
  const most = Math.max(...channels.map((channel) => LEVELS[levelOf(channel, settings)]), -1);
  const write = (level: Level, message: string, fields?: Readonly<Record<string, unknown>>) => {
    if (LEVELS[level] <= most) logger.log({ level, message, [FIELDS]: fields });
  };
  const said = new Set<string>();
  return {
    debug: (message, fields) => write('debug', message, fields),
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warning', message, fields),
    error: (message, fields) => write('error', message, fields),
    once(key, message, fields) {
      if (said.has(key) || said.size >= MOST_ONCE_KEYS) return;
      said.add(key);
      write('warning', message, fields);
    },
    isOn: (level) => LEVELS[level] <= most,
    get backlog() {
      return streams.reduce((sum, { writableLength }) => sum + writableLength, 0);
    },
    async close() {
      await new Promise<void>((resolve) => {
        logger.once('finish', () => resolve());
        logger.end();
      });
      await Promise.all(
        files.map(
          (file) =>
            new Promise<void>((resolve) => {
              finished(file, () => resolve());
              file.end();
            }),
        ),
      );
    },
  };
}

function channelsOf(settings: LoggerSettings): string[] {
  const named = settings.channel === 'stack' ? settings.stack.map((name) => name.toLowerCase()) : [settings.channel];
  const all = settings.toStdout ? [...named, 'stdout'] : named;
  return [...new Set(all.map((name) => (name === 'errorlog' || name === 'heroku' ? 'stderr' : name)))].filter(
    (name) => name !== 'null' && name !== 'slack',
  );
}

function levelOf(channel: string, settings: LoggerSettings): Level {
  return channel === 'stderr' || channel === 'stdout' ? (settings.stderrLevel ?? settings.level) : settings.level;
}

function transportFor(channel: string, settings: LoggerSettings, files: Writable[]): winston.transport {
  const level = levelOf(channel, settings);
  if (channel === 'stdout' || channel === 'stderr') return new winston.transports.Stream({ level, stream: process[channel] });
  // journald reads the severity of a line from such a prefix; Node cannot write to the datagram socket of syslog itself.
  if (channel === 'syslog') return new winston.transports.Stream({ level, stream: process.stderr, format: prefixed });
  mkdirSync(settings.directory, { recursive: true });
  const file =
    channel === 'daily'
      ? new DailyFile(settings.directory, settings.maxFiles, dayIn(settings.timeZone))
      : createWriteStream(join(settings.directory, 'dreamfactory.log'), { flags: 'a', mode: 0o640 });
  file.on('error', reportBroken);
  files.push(file);
  return new winston.transports.Stream({ level, stream: file });
}

const MESSAGE = Symbol.for('message');
const prefixed = winston.format((info) => {
  const level = LEVELS[info.level as Level] ?? LEVELS.info;
  return Object.assign(info, { [MESSAGE]: `<${level}>${String(info[MESSAGE])}` });
})();

function dayIn(timeZone: string): () => string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' });
  return () => format.format(new Date());
}

/** A log that cannot be written must not end the process; whoever watches stderr learns of it. */
function reportBroken(error: Error): void {
  process.stderr.write(`The log cannot be written: ${error.message}\n`);
}
