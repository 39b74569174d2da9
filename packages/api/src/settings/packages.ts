import { hostname } from 'node:os';
import { join } from 'node:path';
import type { AccessSettings } from '@headgate/access';
import { type Settings, systemDatabaseTarget } from '@headgate/core';
import type { OwnStore, SqlSettings } from '@headgate/sql';
import type { SystemSettings } from '@headgate/system';
import type { ApiRules } from '../pipeline/api-rules.js';

/** What each package is told of the configuration. Lengths of time are milliseconds in `Settings`. */

const MINUTE = 60_000;
const SECOND = 1000;
/** What `APP_URL` is where nobody set it. */
const UNSET_URL = 'http://localhost';

/** Scheme and host under which clients reach this installation, without a slash at the end. */
export function publicUrl({ app }: Pick<Settings, 'app'>): string {
  const url = app.url.replace(/\/+$/, '');
  return app.forceHttps ? url.replace(/^http:/, 'https:') : url;
}

export function apiRules({ app, http }: Settings): ApiRules {
  return {
    prefix: `/${http.apiRoutePrefix}`,
    envelope: { always: http.alwaysWrapResources, wrapper: http.resourceWrapper },
    contentType: http.contentType.toLowerCase(),
    xmlRoot: http.xmlRoot,
    maxBody: http.maxBody,
    debug: app.debug,
  };
}

export function accessSettings(settings: Settings, appKey: string, version: string): AccessSettings {
  const { app, auth, http } = settings;
  return {
    appKey,
    previousKeys: app.previousKeys,
    jwtSecret: auth.jwtSecret,
    jwtTtlMinutes: auth.jwtTtl / MINUTE,
    jwtRefreshTtlMinutes: auth.jwtRefreshTtl / MINUTE,
    allowForeverSessions: auth.allowForeverSessions,
    jwtUserClaims: auth.jwtUserClaims,
    jwtAlgorithm: auth.jwtAlgorithm,
    blacklistGraceSeconds: auth.jwtRefreshGrace / SECOND,
    loginAttribute: auth.loginAttribute,
    passwordHash: auth.passwordHash,
    bcryptRounds: auth.bcryptRounds,
    lookupModifiers: app.lookupModifiers,
    confirmCodeLength: auth.confirmCodeLength,
    confirmCodeTtlSeconds: auth.confirmCodeTtl / SECOND,
    publicUrl: publicUrl(settings),
    confirmInviteUrl: auth.confirmInviteUrl,
    confirmRegisterUrl: auth.confirmRegisterUrl,
    confirmResetUrl: auth.confirmResetUrl,
    apiRoutePrefix: http.apiRoutePrefix,
    hostName: hostname(),
    appName: app.name,
    version,
  };
}

export function sqlSettings({ app, database, sql }: Settings): SqlSettings {
  return {
    maxRecordsCap: sql.maxRecords,
    defaultPoolMax: sql.servicePoolMax,
    defaultAcquireTimeoutMs: sql.acquireTimeout,
    defaultStatementTimeoutMs: sql.statementTimeout,
    connectionBudget: Math.max(sql.connectionBudget, sql.servicePoolMax),
    sqliteStorage: sql.sqliteStorage,
    lookupModifiers: app.lookupModifiers,
    queryLog: database.queryLog,
  };
}

/** Stores of this installation, which no service may be pointed at. */
export function ownStores(settings: Settings): OwnStore[] {
  const { redis, cache, limitCache, queue, bus } = settings;
  const target = systemDatabaseTarget(settings);
  const named = [redis, cache, limitCache, queue, bus].flatMap(({ host, port }) =>
    host === undefined || port === undefined ? [] : [{ host, port }],
  );
  return target.dialect === 'sqlite' ? named : [...named, { host: target.host, port: target.port }];
}

/** Files of this installation, which no SQLite service may open: the system database, beside it its journals, and the keys. */
export function ownFiles(settings: Settings): string[] {
  const { dataDir, keyFallbackFile } = settings.app;
  const target = systemDatabaseTarget(settings);
  const databases = target.dialect === 'sqlite' ? ['', '-wal', '-shm', '-journal'].map((ending) => `${target.file}${ending}`) : [];
  return [...databases, join(dataDir, 'app-key'), ...(keyFallbackFile === undefined ? [] : [keyFallbackFile])];
}

export function systemSettings(settings: Settings, version: string, installPath: string): SystemSettings {
  const { app, auth, cache, http, logging, sql } = settings;
  const target = systemDatabaseTarget(settings);
  return {
    version,
    apiPrefix: `/${http.apiRoutePrefix}`,
    installType: app.install,
    loginAttribute: auth.loginAttribute,
    allowForeverSessions: auth.allowForeverSessions,
    maxRecords: sql.maxRecords,
    formats: { time: null, date: null, datetime: null, timestamp: null },
    lookupModifiers: app.lookupModifiers,
    isHosted: app.managed,
    isTrial: false,
    baseUrl: app.url === UNSET_URL ? undefined : publicUrl(settings),
    debug: app.debug,
    logChannel: logging.channel,
    logLevel: logging.level,
    logPath: logging.directory,
    installPath,
    cacheDriver: cache.store,
    sqliteStorage: target.dialect === 'sqlite' ? sql.sqliteStorage : undefined,
    packages: [{ name: 'headgate', version }],
  };
}
