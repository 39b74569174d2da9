import { hash } from 'node:crypto';
import type { SystemDatabase } from '@headgate/system-db';
import { equals, versionTable } from '@headgate/system-db';

/**
 * How `headgate password --unlock`, a process of its own, reaches the workers: it raises a scope of the account in `headgate_version`.
 * A worker notes the scope's number at an account's first attempt and reads it again before it refuses one: where it moved, the
 * account's failures are forgotten. No timer, no listener.
 */
export interface UnlockMarks {
  read(account: string): Promise<string>;
}

function scopeOf(account: string): string {
  // A hash, since an account may be any text and the scope's column is short.
  return `unlock:${hash('sha256', accountKey(account), 'hex').slice(0, 40)}`;
}

/** One account under all its spellings. */
export function accountKey(account: string): string {
  return account.slice(0, 255).trim().toLowerCase();
}

export function unlockMarks(db: SystemDatabase): UnlockMarks {
  return {
    async read(account) {
      const row = await db.findOne(versionTable, equals('scope', scopeOf(account)));
      return row === undefined ? '' : `${row.version}:${row.nonce}`;
    },
  };
}

/** Lets an account try again at once, on every worker. */
export async function unlockAccount(db: SystemDatabase, account: string): Promise<void> {
  await db.change(async (change) => change.raise(scopeOf(account)));
}
