import argon2 from 'argon2';
import type { AccessSettings } from '../settings.js';
import { createBcrypt } from './bcrypt.js';
import { Semaphore } from './semaphore.js';

/** Hashes and verifies passwords and security answers (rest-core.md 5.6). */
export interface Passwords {
  hash(password: string): Promise<string>;
  /**
   * Whether a password fits a stored hash. Without one (no such account, no password set) it takes as long and answers false, so
   * that time tells nothing.
   */
  verify(password: string, stored: string | null | undefined): Promise<boolean>;
  /** Whether a stored hash is of another kind or cheaper than those made now. */
  needsRehash(stored: string): boolean;
  close(): Promise<void>;
}

/** The least that OWASP's Password Storage Cheat Sheet recommends. */
const ARGON2ID = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

const BCRYPT = /^\$2[abxy]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
const ARGON = /^\$argon2id\$v=\d{1,3}\$(?:[mtp]=\d{1,7},){2}[mtp]=\d{1,7}\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{16,}$/;
const LONGEST_QUEUE = 100;
const USUAL_CONCURRENCY = 3;
/** Longer passwords are never stored; refusing them here bounds the work. */
export const LONGEST_PASSWORD = 4096;

export function createPasswords(settings: Pick<AccessSettings, 'passwordHash' | 'bcryptRounds' | 'passwordConcurrency'>): Passwords {
  const argonRoom = new Semaphore(settings.passwordConcurrency ?? USUAL_CONCURRENCY, LONGEST_QUEUE);
  const bcryptRoom = new Semaphore(1, LONGEST_QUEUE);
  const bcrypt = createBcrypt();
  let dummy: Promise<string> | undefined;

  const hash = (password: string): Promise<string> =>
    settings.passwordHash === 'argon2id'
      ? argonRoom.run(() => argon2.hash(password, ARGON2ID))
      : // PHP knows bcrypt by `$2y$` only; the algorithm is that of `$2b$`.
        bcryptRoom.run(() => bcrypt.hash(password, settings.bcryptRounds)).then((stored) => stored.replace(/^\$2b\$/, '$2y$'));

  const verify = (password: string, stored: string): Promise<boolean> =>
    BCRYPT.test(stored)
      ? bcryptRoom.run(() => bcrypt.verify(password, stored.replace(/^\$2[axy]\$/, '$2b$')))
      : argonRoom.run(() => argon2.verify(stored, password));

  const verifyDummy = async (password: string): Promise<false> => {
    dummy ??= hash('no account has this password');
    await verify(password, await dummy);
    return false;
  };

  return {
    hash,
    verify(password, stored) {
      if (password.length > LONGEST_PASSWORD) return verifyDummy('');
      return stored && isKnown(stored) ? verify(password, stored) : verifyDummy(password);
    },
    needsRehash(stored) {
      if (settings.passwordHash === 'argon2id') return !stored.startsWith('$argon2id$') || argon2.needsRehash(stored, ARGON2ID);
      const rounds = BCRYPT.exec(stored)?.[1];
      return rounds === undefined || Number(rounds) < settings.bcryptRounds;
    },
    close: () => bcrypt.close(),
  };
}

function isKnown(stored: string): boolean {
  return BCRYPT.test(stored) || ARGON.test(stored);
}
