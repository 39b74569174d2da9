import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import type { Settings } from '@headgate/core';
import { systemDatabaseTarget } from '@headgate/core';
import { generateAppKey } from '@headgate/system-db';
import { Failure } from '../failure.js';
import { generatedKeyFile } from './installation.js';

/**
 * Makes the key of a new installation and keeps it in the data folder, readable by its owner alone. Refuses where a system database
 * lies there already: its secrets need the key with which they were written.
 */
export function makeKey(settings: Settings): void {
  const target = systemDatabaseTarget(settings);
  const file = generatedKeyFile(settings.app.dataDir);
  if (target.dialect === 'sqlite' && existsSync(target.file)) {
    throw new Failure(`there is a system database but no key: put the key of this installation into APP_KEY, or back into ${file}`);
  }
  mkdirSync(settings.app.dataDir, { recursive: true, mode: 0o700 });
  writeFileSync(file, `${generateAppKey(settings.app.cipher)}\n`, { mode: 0o600, flag: 'wx' });
}
