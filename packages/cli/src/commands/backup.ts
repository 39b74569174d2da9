import { existsSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { schemaVersion, waitForSchema } from '@headgate/system-db';
import { type BackupHead, backupLines } from '../backup/document.js';
import { newFile } from '../backup/new-file.js';
import { newPassphrase } from '../backup/passphrase.js';
import { sealed } from '../backup/sealed-file.js';
import { type ConfigurationFlags, loadConfiguration } from '../configuration/installation.js';
import { version } from '../configuration/version.js';
import { Failure } from '../failure.js';
import { databaseOptions } from '../system/database-options.js';
import { asFailures } from '../system/open-system.js';
import { print, printJson, type Terminal } from '../terminal/terminal.js';
import { terminalLog } from '../terminal/terminal-log.js';

export interface BackupFlags extends ConfigurationFlags {
  readonly force?: boolean;
  readonly passphraseFile?: string;
  readonly json?: boolean;
}

/** `headgate backup FILE`: the system database and the key in one file, sealed by a passphrase. May run while workers serve. */
export async function backup(terminal: Terminal, name: string, flags: BackupFlags): Promise<void> {
  const { settings } = loadConfiguration(terminal, { command: 'backup', flags });
  const { app } = settings;
  const options = databaseOptions(settings, terminalLog(terminal));
  const file = path.resolve(terminal.workingDirectory, name);
  if (!flags.force && existsSync(file)) throw new Failure(`${name} exists already: choose another name, or add --force`);
  await asFailures(async () => {
    await waitForSchema(options, { patience: 0 });
    const passphrase = await newPassphrase(terminal, flags.passphraseFile);
    const head: BackupHead = {
      headgate: version(),
      schema: schemaVersion,
      made_at: new Date().toISOString(),
      cipher: app.cipher,
      key: app.key!,
      previous_keys: [...app.previousKeys],
    };
    const made = await newFile(file, { replace: flags.force ?? false });
    let rows = 0;
    let bytes = 0;
    try {
      await pipeline(
        async function* () {
          rows = yield* backupLines(head, options);
        },
        createGzip(),
        (compressed: AsyncIterable<Buffer>) => sealed(compressed, passphrase),
        async (parts: AsyncIterable<Buffer>) => {
          for await (const part of parts) {
            await made.write(part);
            bytes += part.length;
          }
        },
      );
      await made.finish();
    } catch (error) {
      await made.discard();
      throw error;
    }
    if (flags.json) printJson(terminal, { file, rows, bytes });
    else print(terminal, `Backed up ${rows} rows and the key to ${name} (${bytes} bytes). It opens with its passphrase alone.`);
  });
}
