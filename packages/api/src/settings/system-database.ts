import { readFileSync } from 'node:fs';
import { type Logger, type Settings, systemDatabaseTarget } from '@headgate/core';
import { createEncrypter, type SystemDatabaseOptions, type SystemTls } from '@headgate/system-db';

/** How to open the system database that the settings name. Throws `BadKey` where `APP_KEY` is no key. */
export function systemDatabaseOptions(settings: Settings, appKey: string, log: Logger): SystemDatabaseOptions {
  const { app, database } = settings;
  const encrypter = createEncrypter({ key: appKey, previousKeys: app.previousKeys, cipher: app.cipher });
  const target = systemDatabaseTarget(settings);
  if (target.dialect === 'sqlite') return { dialect: 'sqlite', file: target.file, encrypter, log };
  const { dialect, host, port, username, password } = target;
  return {
    dialect,
    host,
    port,
    username,
    password,
    database: target.database,
    ssl: tls(target.sslMode, target.sslCa),
    poolMax: database.poolMax,
    encrypter,
    log,
  };
}

/**
 * As libpq reads its modes: `require` encrypts, and only `verify-ca` and `verify-full` look at the certificate; both check the name of
 * the server too.
 */
function tls(mode: Settings['database']['sslMode'], caFile: string | undefined): SystemTls | false {
  if (mode === 'disable' || mode === 'prefer') return false;
  const rejectUnauthorized = mode !== 'require';
  return caFile === undefined ? { rejectUnauthorized } : { rejectUnauthorized, ca: readFileSync(caFile, 'utf8') };
}
