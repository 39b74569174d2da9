import { createHmac, randomBytes } from 'node:crypto';
import { CrossSiteRequest, InvalidCredentials, UserInactive, type Verb } from '@headgate/core';
import type { SystemDatabase, SystemState, UserRecord } from '@headgate/system-db';
import { equals, userTable } from '@headgate/system-db';
import type { Passwords } from '../passwords/passwords.js';
import type { LoginThrottle } from '../throttle/login-throttle.js';

export interface BasicAttempt {
  readonly username: string;
  readonly password: string;
  readonly address: string;
  readonly verb: Verb;
  readonly secFetchSite: string | undefined;
}

/** Basic authentication (rest-core.md 3.2): always by email, for users and administrators alike. */
export interface BasicCredentials {
  /** Whose the credentials are. Synchronous while they are remembered and their user is in memory. */
  verify(attempt: BasicAttempt): UserRecord | Promise<UserRecord>;
}

export interface BasicParts {
  readonly db: SystemDatabase;
  readonly state: SystemState;
  readonly passwords: Passwords;
  readonly throttle: LoginThrottle;
  readonly now?: () => number;
}

interface Remembered {
  readonly userId: number;
  readonly email: string;
  /** A new password, deactivation and revoke-all raise it, and so end what is remembered. */
  readonly sessionNumber: number;
  readonly until: number;
}

const REMEMBERED_FOR = 60_000;
const MOST_REMEMBERED = 10_000;
const SAFE = new Set<Verb>(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

export function createBasicCredentials({ db, state, passwords, throttle, now = () => performance.now() }: BasicParts): BasicCredentials {
  // The password is remembered only as an HMAC under a key that dies with the process.
  const key = randomBytes(32);
  const remembered = new Map<string, Remembered>();

  const recall = (fingerprint: string): UserRecord | undefined | Promise<UserRecord | undefined> => {
    const entry = remembered.get(fingerprint);
    if (entry === undefined) return undefined;
    if (entry.until <= now()) {
      remembered.delete(fingerprint);
      return undefined;
    }
    const fits = (user: UserRecord | undefined) =>
      user?.isActive && user.sessionNumber === entry.sessionNumber && user.email === entry.email ? user : undefined;
    const user = state.user(entry.userId);
    return user instanceof Promise ? user.then(fits) : fits(user);
  };

  const remember = (fingerprint: string, user: UserRecord) => {
    if (remembered.size >= MOST_REMEMBERED) {
      const oldest = remembered.keys().next();
      if (!oldest.done) remembered.delete(oldest.value);
    }
    remembered.set(fingerprint, { userId: user.id, email: user.email, sessionNumber: user.sessionNumber, until: now() + REMEMBERED_FOR });
  };

  const prove = async ({ username, password, address }: BasicAttempt, fingerprint: string): Promise<UserRecord> => {
    const attempt = await throttle.begin(username, address);
    try {
      // PostgreSQL refuses texts with NUL, even to compare with.
      const row = username.includes('\0') ? undefined : await db.findOne(userTable, equals('email', username));
      if (!(await passwords.verify(password, row?.password)) || row === undefined) {
        attempt.failed();
        throw InvalidCredentials();
      }
      attempt.succeeded();
      const user = await state.user(row.id);
      if (user === undefined) throw InvalidCredentials();
      if (!user.isActive) throw UserInactive();
      remember(fingerprint, user);
      return user;
    } finally {
      attempt.neutral();
    }
  };

  return {
    verify(attempt) {
      // A browser sends remembered credentials by itself: another site must not write with them.
      if (!SAFE.has(attempt.verb) && attempt.secFetchSite?.toLowerCase() === 'cross-site') throw CrossSiteRequest();
      const fingerprint = createHmac('sha256', key).update(`${attempt.username}\0${attempt.password}`).digest('base64url');
      const user = recall(fingerprint);
      if (user instanceof Promise) return user.then((found) => found ?? prove(attempt, fingerprint));
      return user ?? prove(attempt, fingerprint);
    },
  };
}
