import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccessLog, createLogger, type LoggerSettings } from '../src/index.ts';
import { redact } from '../src/redact.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'headgate-log-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function settings(changes: Partial<LoggerSettings> = {}): LoggerSettings {
  return {
    channel: 'single',
    stack: [],
    level: 'info',
    stderrLevel: undefined,
    maxFiles: 5,
    format: 'line',
    toStdout: false,
    directory,
    environment: 'production',
    timeZone: 'UTC',
    ...changes,
  };
}

const linesOf = (name: string) => readFileSync(join(directory, name), 'utf8').trimEnd().split('\n');

describe('a log file', () => {
  it('has lines as the contract writes them', async () => {
    const log = createLogger(settings({ timeZone: 'Asia/Tokyo' }));
    log.info('Plain');
    log.warn('With context', { service: 'db', missing: undefined });
    await log.close();
    const [plain, context] = linesOf('dreamfactory.log');
    expect(plain).toMatch(/^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] production\.INFO: Plain$/);
    expect(context).toMatch(/ production\.WARNING: With context \{"service":"db"\}$/);
  });

  it('has one JSON object a line where asked', async () => {
    const log = createLogger(settings({ format: 'json' }));
    log.error('Broken', { request_id: 'r1', cause: 'x' });
    await log.close();
    expect(JSON.parse(linesOf('dreamfactory.log')[0]!)).toMatchObject({
      level: 'error',
      channel: 'production',
      message: 'Broken',
      request_id: 'r1',
      context: { cause: 'x' },
      time: expect.any(String),
      host: expect.any(String),
    });
  });

  it('has nothing below its level, and what is said once only once', async () => {
    const log = createLogger(settings({ level: 'warning' }));
    log.info('too little');
    for (let time = 0; time < 3; time++) log.once('key', 'said once');
    expect([log.isOn('info'), log.isOn('warning')]).toEqual([false, true]);
    await log.close();
    expect(linesOf('dreamfactory.log')).toEqual([expect.stringContaining('said once')]);
  });

  it('a day long keeps only the newest', async () => {
    for (const day of ['01', '02', '03', '04']) writeFileSync(join(directory, `dreamfactory-2020-01-${day}.log`), 'old');
    writeFileSync(join(directory, 'other.log'), 'mine');
    const log = createLogger(settings({ channel: 'stack', stack: ['daily'], maxFiles: 2 }));
    log.info('today');
    await log.close();
    const today = new Date().toISOString().slice(0, 10);
    await expect
      .poll(() => readdirSync(directory).toSorted())
      .toEqual(['dreamfactory-2020-01-04.log', `dreamfactory-${today}.log`, 'other.log'].toSorted());
    expect(linesOf(`dreamfactory-${today}.log`)[0]).toContain('today');
  });
});

describe('what is logged', () => {
  it('has no secret, by name at any depth and in any case, nor within texts', () => {
    const secrets = redact({
      Password: 'hunter2',
      nested: [{ API_KEY: 'hunter2', ok: 1 }],
      url: '/api/v2/db?api_key=hunter2&limit=1&session_token=hunter2',
      dsn_text: 'postgres://user:hunter2@host/db',
      header: 'Bearer hunter2hunter2',
      jwt_in_text: 'token eyJhbGciOi.hunter2.hunter2 end',
      error: new Error('failed at mysql://u:hunter2@h'),
    });
    const text = JSON.stringify(secrets);
    expect(text).not.toContain('hunter2');
    expect(text).toContain('limit=1');
    expect(text).not.toContain('postgres://user');
    expect(secrets).toMatchObject({ Password: '***REDACTED***', nested: [{ API_KEY: '***REDACTED***', ok: 1 }] });
  });

  it('survives whatever is given', () => {
    const endless: Record<string, unknown> = {};
    endless.self = endless;
    expect(() => JSON.stringify(redact({ endless, big: 10n, nothing: null, missing: undefined }))).not.toThrow();
  });
});

describe('texts of drivers and networks', () => {
  it.each([
    ['connect ECONNREFUSED 10.1.2.3:5432', '10.1.2.3'],
    ['connect ETIMEDOUT [2001:db8::1]:5432', '2001:db8'],
    ['getaddrinfo ENOTFOUND db.internal.example', 'db.internal'],
    ['password authentication failed for user "planted"', 'planted'],
    ["Access denied for user 'planted'@'10.0.0.9' (using password: YES)", '10.0.0.9'],
    ['no pg_hba.conf entry for host "10.0.0.9", user "planted", database "shop"', '10.0.0.9'],
    ['postgres://planted:secret@db:5432/x', 'secret'],
  ])('tell what went wrong, not where or as whom: %s', (text, hidden) => {
    expect(redact(text)).not.toContain(hidden);
    expect(redact(text)).not.toContain('planted');
    expect(redact(new Error(text))).not.toContain(hidden);
  });

  it('keep their words', () => {
    expect(redact('connect ECONNREFUSED 10.1.2.3:5432')).toBe('connect ECONNREFUSED ***REDACTED***');
  });
});

describe('the lines of calls', () => {
  const memory = (backlog = 0) => {
    const written: string[] = [];
    return {
      written,
      backlog,
      info: () => void written.push('line'),
      warn: (_: string, fields?: object) => void written.push(JSON.stringify(fields)),
    };
  };

  it('are written in small portions, between which others have their turn', async () => {
    const log = memory();
    const lines = new AccessLog(log, true);
    for (let line = 0; line < 1_000; line++) lines.add({});
    const seen = new Set<number>();
    while (log.written.length < 1_000) {
      seen.add(log.written.length);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(seen.size).toBeGreaterThan(5);
  });

  it('are dropped, counted and told of where there are too many, or the files do not keep up', () => {
    const many = memory();
    const lines = new AccessLog(many, true);
    for (let line = 0; line < 10_007; line++) lines.add({});
    lines.flush();
    expect([many.written.length, many.written.at(-1), lines.dropped]).toEqual([10_001, '{"dropped":7}', 7]);

    const slow = memory(1024 ** 3);
    const held = new AccessLog(slow, true);
    held.add({});
    held.flush();
    expect([slow.written, held.dropped]).toEqual([['{"dropped":1}'], 1]);
  });
});
