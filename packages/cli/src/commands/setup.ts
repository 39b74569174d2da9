import { hasActiveAdmin, issueSetupToken } from '@headgate/access';
import type { ConfigurationFlags } from '../configuration/installation.js';
import { Failure } from '../failure.js';
import { withSystem } from '../system/open-system.js';
import { servedAddress } from '../system/served-address.js';
import { setupAddress } from '../system/setup-address.js';
import { print, printJson, type Terminal } from '../terminal/terminal.js';

export interface SetupFlags extends ConfigurationFlags {
  readonly json?: boolean;
}

/** `headgate setup`: a new one-time token for the page that creates the first administrator. */
export async function setup(terminal: Terminal, flags: SetupFlags): Promise<void> {
  await withSystem(terminal, 'setup', flags, async ({ db, settings }) => {
    if (await hasActiveAdmin(db)) {
      throw new Failure('there is an administrator already: "headgate password EMAIL" sets a new password');
    }
    const token = await issueSetupToken(db);
    const address = setupAddress(servedAddress(settings), token);
    if (flags.json) printJson(terminal, { url: address, token, hours: 24 });
    else print(terminal, `Create the first administrator (once, within 24 hours):\n  ${address}`);
  });
}
