import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Failure } from '../failure.js';
import { readNewSecret, readSecret } from '../terminal/read-secret.js';
import type { Terminal } from '../terminal/terminal.js';

/** A passphrase guards all secrets of an installation for as long as the file exists. */
const SHORTEST = 12;

/** The passphrase of a backup to be made: typed twice, the first line of stdin, or that of a file. */
export async function newPassphrase(terminal: Terminal, file: string | undefined): Promise<string> {
  const passphrase = file === undefined ? await readNewSecret(terminal, 'Passphrase of the backup') : fromFile(terminal, file);
  if (passphrase.length < SHORTEST) throw new Failure(`a passphrase has at least ${SHORTEST} characters`);
  return passphrase;
}

/** The passphrase of a backup that is there. */
export async function givenPassphrase(terminal: Terminal, file: string | undefined): Promise<string> {
  return file === undefined ? readSecret(terminal, 'Passphrase of the backup: ') : fromFile(terminal, file);
}

function fromFile(terminal: Terminal, file: string): string {
  let text: string;
  try {
    text = readFileSync(path.resolve(terminal.workingDirectory, file), 'utf8');
  } catch {
    throw new Failure(`--passphrase-file ${file} cannot be read`);
  }
  const [line = ''] = text.split(/\r?\n/, 1);
  if (line === '') throw new Failure(`--passphrase-file ${file} is empty`);
  return line;
}
