import { generateAppKey } from '@headgate/system-db';
import { type ConfigurationFlags, loadConfiguration } from '../configuration/installation.js';
import { Failure } from '../failure.js';
import { print, printJson, type Terminal } from '../terminal/terminal.js';

export interface KeyFlags extends ConfigurationFlags {
  readonly json?: boolean;
  readonly show?: boolean;
}

/** `headgate key`: a new random key for `APP_KEY`; with `--show` the key that holds. Changes nothing. */
export function key(terminal: Terminal, flags: KeyFlags): void {
  const { settings, origins } = loadConfiguration(terminal, { command: 'key', flags });
  if (flags.show && settings.app.key === undefined) {
    throw new Failure('no key is configured: "headgate start" makes one in its data folder, or set APP_KEY');
  }
  const shown = flags.show ? settings.app.key : generateAppKey(settings.app.cipher);
  const origin = flags.show ? origins.get('APP_KEY')?.name : 'generated';
  if (flags.json) printJson(terminal, { key: shown, cipher: settings.app.cipher, origin });
  else print(terminal, shown);
}
