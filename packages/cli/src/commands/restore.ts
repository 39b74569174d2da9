import path from 'node:path';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { systemDatabaseOptions } from '@headgate/api';
import type { LoadedSettings, Logger } from '@headgate/core';
import { importRows, migrate, OccupiedDatabase, preparingAlone, type SystemDatabaseOptions } from '@headgate/system-db';
import { type BackupHead, type OpenBackup, readBackup } from '../backup/document.js';
import { prepareKey, writeKey } from '../backup/key-place.js';
import { givenPassphrase } from '../backup/passphrase.js';
import { opened } from '../backup/sealed-file.js';
import { type ConfigurationFlags, loadConfiguration } from '../configuration/installation.js';
import { Failure } from '../failure.js';
import { asFailures } from '../system/open-system.js';
import { confirm } from '../terminal/confirm.js';
import { note, print, printJson, type Terminal } from '../terminal/terminal.js';
import { terminalLog } from '../terminal/terminal-log.js';

export interface RestoreFlags extends ConfigurationFlags {
  readonly replace?: boolean;
  readonly yes?: boolean;
  readonly keyTo?: string;
  readonly passphraseFile?: string;
  readonly json?: boolean;
}

/** `headgate restore FILE`: an installation as it was when `backup` made the file. All of it, or nothing. */
export async function restore(terminal: Terminal, name: string, flags: RestoreFlags): Promise<void> {
  const loaded = loadConfiguration(terminal, { command: 'restore', flags });
  const file = path.resolve(terminal.workingDirectory, name);
  const passphrase = await givenPassphrase(terminal, flags.passphraseFile);
  // Read to its end first: what is not whole or not genuine is known before anything is touched.
  const { head, rows } = await check(file, passphrase);
  if (flags.keyTo !== undefined) {
    await writeKey(path.resolve(terminal.workingDirectory, flags.keyTo), head.key);
    print(terminal, `Wrote the key of the backup to ${flags.keyTo}. Nothing was restored.`);
    return;
  }
  if (loaded.settings.app.cipher !== head.cipher) {
    throw new Failure(`the backup was made with APP_CIPHER ${head.cipher}: set it, for every worker, and restore again`);
  }
  if (flags.replace && !flags.yes) await confirm(terminal, 'Everything in the system database is replaced. Go on?');
  await asFailures(() => putBack(terminal, loaded, { file, passphrase, head, rows }, flags));
}

interface CheckedBackup {
  readonly file: string;
  readonly passphrase: string;
  readonly head: BackupHead;
  readonly rows: number;
}

async function putBack(terminal: Terminal, loaded: LoadedSettings, { file, passphrase, head, rows }: CheckedBackup, flags: RestoreFlags) {
  const log = terminalLog(terminal);
  const key = await prepareKey(loaded, head.key);
  const options = optionsOf(loaded, head, log);
  try {
    await preparingAlone(options, async () => {
      await migrate(options, { log });
      await importRows(options, (await open(file, passphrase)).rows, { replace: flags.replace ?? false });
    });
    await key.finish();
  } catch (error) {
    await key.discard();
    if (error instanceof OccupiedDatabase)
      throw new Failure('the system database is not empty: --replace puts the backup in the place of what it holds. Nothing was changed.');
    throw error;
  }
  const missing = head.previous_keys.filter((previous) => !loaded.settings.app.previousKeys.includes(previous));
  if (flags.json) printJson(terminal, { rows, made_at: head.made_at, key_file: key.file ?? null });
  else print(terminal, `Restored ${rows} rows, as of ${head.made_at}.`);
  if (key.file !== undefined) note(terminal, `The key of the backup is in ${key.file} now: restart every worker that has another.`);
  if (key.keptAs !== undefined) note(terminal, `The key that was there is in ${key.keptAs}.`);
  if (missing.length > 0)
    note(
      terminal,
      'warning: the backup knows earlier keys (APP_PREVIOUS_KEYS) that are not configured here: secrets sealed with them stay shut.',
    );
}

/** The database as of the configuration, the keys as of the backup: with them its canary must open. */
function optionsOf({ settings }: LoadedSettings, head: BackupHead, log: Logger): SystemDatabaseOptions {
  const configured = settings.app.key === undefined ? [] : [settings.app.key];
  const app = { ...settings.app, previousKeys: [...head.previous_keys, ...configured, ...settings.app.previousKeys] };
  return systemDatabaseOptions({ ...settings, app }, head.key, log);
}

async function check(file: string, passphrase: string): Promise<{ head: BackupHead; rows: number }> {
  const { head, rows } = await open(file, passphrase);
  let count = 0;
  for await (const _ of rows) count++;
  return { head, rows: count };
}

function open(file: string, passphrase: string): Promise<OpenBackup> {
  return readBackup(linesOf(file, passphrase));
}

async function* linesOf(file: string, passphrase: string): AsyncGenerator<string> {
  const content = Readable.from(opened(file, passphrase), { objectMode: false });
  const text = createGunzip();
  content.on('error', (error) => text.destroy(error));
  content.pipe(text);
  try {
    let rest = '';
    const decoder = new TextDecoder();
    for await (const part of text) {
      const lines = (rest + decoder.decode(part, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
    if (rest !== '') yield rest;
  } catch (error) {
    throw error instanceof Failure ? error : new Failure(`${file} is damaged. Nothing was restored from it.`);
  } finally {
    content.destroy();
    text.destroy();
  }
}
