import { TooManyFailures } from '@headgate/core';
import { addressGroup } from './address-group.js';
import { type DelayRule, Failures } from './failures.js';
import { accountKey, type UnlockMarks } from './unlock.js';

/** One attempt to log in that was let through; its outcome must be told once. */
export interface LoginAttempt {
  failed(): void;
  succeeded(): void;
  /** Neither: an administrator's right password on the path for users, a fault of the server. */
  neutral(): void;
}

/**
 * Counts failed logins per account and address, per address and per account, in this process and in bounded memory. Refusals look the
 * same whether the account exists or not.
 */
export interface LoginThrottle {
  /** Throws `TooManyFailures` with the seconds to wait. `account` is what was typed. */
  begin(account: string, address: string): Promise<LoginAttempt>;
  /** Forgets the failures of an account, from whatever address. */
  unlock(account: string): void;
}

export interface LoginThrottleParts {
  readonly marks: UnlockMarks;
  /** A monotonic clock in milliseconds; for tests. */
  readonly now?: () => number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Who guesses one account from one place. The admin app tries each password twice: as user, then as administrator. */
const PAIR: DelayRule = { free: 10, firstDelay: SECOND, longestDelay: 15 * MINUTE, forgetAfter: 30 * MINUTE };
/** Who tries many accounts from one place; many people may share it, so that it never waits long. */
const ADDRESS: DelayRule = { free: 100, firstDelay: SECOND, longestDelay: MINUTE, forgetAfter: 15 * MINUTE };
/** Who guesses one account from many places. Strangers must not lock its owner out: a few seconds, and not where he logged in before. */
const ACCOUNT: DelayRule = { free: 50, firstDelay: SECOND, longestDelay: 5 * SECOND, forgetAfter: 15 * MINUTE };

const MOST_PAIRS = 50_000;
const MOST_ADDRESSES = 20_000;
const MOST_ACCOUNTS = 20_000;

export function createLoginThrottle({ marks, now = () => performance.now() }: LoginThrottleParts): LoginThrottle {
  const pairs = new Failures(PAIR, MOST_PAIRS);
  const addresses = new Failures(ADDRESS, MOST_ADDRESSES);
  const accounts = new Failures(ACCOUNT, MOST_ACCOUNTS);
  /** Pairs that logged in: the account's own limit does not hold for them. */
  const familiar = new BoundedSet(MOST_PAIRS);
  /** Accounts that failed: the unlock mark they had then, and how often they were unlocked (part of the keys of their pairs). */
  const known = new Map<string, { mark: string; generation: number }>();
  let lastGeneration = 0;

  const pairOf = (account: string, address: string) => `${known.get(account)?.generation ?? 0}\n${account}\n${address}`;

  const forgetAccount = (account: string, mark: string) => {
    accounts.forget(account);
    known.delete(account);
    remember(account, mark);
  };

  const remember = (account: string, mark: string) => {
    if (known.size >= MOST_ACCOUNTS) {
      const oldest = known.keys().next();
      if (!oldest.done) known.delete(oldest.value);
    }
    known.set(account, { mark, generation: ++lastGeneration });
  };

  const waitOf = (account: string, address: string): number => {
    const at = now();
    const pair = pairOf(account, address);
    const own = familiar.has(`${account}\n${address}`) ? 0 : accounts.wait(account, at);
    return Math.max(pairs.wait(pair, at), addresses.wait(address, at), own);
  };

  return {
    async begin(typed, from) {
      const account = accountKey(typed);
      const address = addressGroup(from);
      if (!known.has(account)) {
        const mark = await marks.read(account);
        if (!known.has(account)) remember(account, mark);
      }
      let wait = waitOf(account, address);
      if (wait > 0) {
        const mark = await marks.read(account);
        if (mark !== known.get(account)?.mark) {
          forgetAccount(account, mark);
          wait = waitOf(account, address);
        }
      }
      if (wait > 0) {
        const seconds = Math.ceil(wait / SECOND);
        throw TooManyFailures(seconds).withRetryAfter(seconds);
      }

      const pair = pairOf(account, address);
      pairs.begin(pair, now());
      addresses.begin(address, now());
      accounts.begin(account, now());
      let isOpen = true;
      const end = (outcome: 'failed' | 'succeeded' | 'neutral') => {
        if (!isOpen) return;
        isOpen = false;
        pairs.end(pair, outcome, now());
        addresses.end(address, outcome, now());
        accounts.end(account, outcome, now());
        if (outcome !== 'succeeded') return;
        pairs.forget(pair);
        familiar.add(`${account}\n${address}`);
      };
      return { failed: () => end('failed'), succeeded: () => end('succeeded'), neutral: () => end('neutral') };
    },

    unlock(typed) {
      const account = accountKey(typed);
      forgetAccount(account, known.get(account)?.mark ?? '');
    },
  };
}

class BoundedSet {
  readonly #members = new Set<string>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  has(member: string): boolean {
    return this.#members.has(member);
  }

  add(member: string): void {
    this.#members.delete(member);
    if (this.#members.size >= this.#limit) {
      const oldest = this.#members.values().next();
      if (!oldest.done) this.#members.delete(oldest.value);
    }
    this.#members.add(member);
  }
}
