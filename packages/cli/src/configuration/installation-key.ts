import { existsSync, linkSync, rmSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import type { Logger, Settings } from '@headgate/core';
import { generateAppKey, isNewInstallation } from '@headgate/system-db';
import { Failure } from '../failure.js';
import { databaseOptions } from '../system/database-options.js';
import { note, type Terminal } from '../terminal/terminal.js';
import { type ConfigurationFlags, loadConfiguration } from './installation.js';

/**
 * Makes the key of a new installation in `file`, unless a key is configured or there already. Throws `Failure` where the system database
 * holds secrets of a key that is not at hand: another one would not open them.
 */
export async function makeInstallationKey(terminal: Terminal, flags: ConfigurationFlags, file: string, log: Logger): Promise<void> {
  // The file that workers fall back on need not be there yet.
  const env = { ...terminal.env, HEADGATE_KEY_FALLBACK_FILE: undefined };
  const { settings } = loadConfiguration({ ...terminal, env }, { command: 'migrate', flags });
  if (settings.app.key !== undefined || existsSync(file)) return;
  const key = generateAppKey(settings.app.cipher);
  const isNew = await isNewInstallation(databaseOptions(withKey(settings, key), log));
  // Another one that migrates may have been first meanwhile.
  if (existsSync(file)) return;
  if (!isNew) {
    throw new Failure(
      `the system database holds secrets, but their key is not there: put the key of this installation into APP_KEY, or back into ${file}`,
    );
  }
  if (writeOnce(file, `${key}\n`)) {
    note(terminal, `headgate: made the key of this installation in ${file}`);
    note(
      terminal,
      'headgate: KEEP A COPY of it apart from the database ("headgate key --show" prints it): stored secrets open with nothing else',
    );
  }
}

const withKey = (settings: Settings, key: string): Settings => ({ ...settings, app: { ...settings.app, key } });

/** Whether the file was made: whole or not at all, and never over another one. */
function writeOnce(file: string, text: string): boolean {
  const draft = `${file}.${process.pid}.new`;
  writeFileSync(draft, text, { mode: 0o600, flag: 'wx' });
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft);
  }
}
