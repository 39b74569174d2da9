import { createPasswords, setAdminPassword, unlockAccount } from '@headgate/access';
import type { ConfigurationFlags } from '../configuration/installation.js';
import { Failure } from '../failure.js';
import { withSystem } from '../system/open-system.js';
import { readNewSecret } from '../terminal/read-secret.js';
import { print, type Terminal } from '../terminal/terminal.js';

export interface PasswordFlags extends ConfigurationFlags {
  readonly unlock?: boolean;
}

/** `headgate password EMAIL`: a new password for an administrator; with `--unlock` only an end to the waiting after failed log-ins. */
export async function password(terminal: Terminal, email: string, flags: PasswordFlags): Promise<void> {
  await withSystem(terminal, 'password', flags, async ({ db, settings }) => {
    if (flags.unlock) {
      await unlockAccount(db, email);
      print(terminal, `${email} can try to log in again.`);
      return;
    }
    const { passwordHash, bcryptRounds } = settings.auth;
    const passwords = createPasswords({ passwordHash, bcryptRounds });
    try {
      const secret = await readNewSecret(terminal, `New password of ${email}`);
      if (!(await setAdminPassword(db, passwords, email, secret)))
        throw new Failure(`there is no administrator with the e-mail address ${email}`);
      await unlockAccount(db, email);
      print(terminal, `${email} has a new password; earlier sessions have ended.`);
    } finally {
      await passwords.close();
    }
  });
}
