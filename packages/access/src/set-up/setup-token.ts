import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Change, SystemDatabase } from '@headgate/system-db';
import { equals, setupTokenTable } from '@headgate/system-db';

/** There is one set-up token at a time. */
const ROW = 1;
const TOKEN_BYTES = 16;
const LIFETIME = 24 * 60 * 60;

/** Makes a new one-time token for the set-up page and forgets the one before; it lives for 24 hours. `now` in seconds since 1970. */
export async function issueSetupToken(db: SystemDatabase, now = Math.floor(Date.now() / 1000)): Promise<string> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  await db.change(async (change) => {
    await change.delete(setupTokenTable, equals('id', ROW));
    await change.insert(setupTokenTable, { id: ROW, hash: hashOf(token), expires_at: now + LIFETIME });
  });
  return token;
}

/** Uses the token up as part of the change that makes the administrator; false where it is wrong, expired or used. */
export async function consumeSetupToken(change: Change, token: string, now = Math.floor(Date.now() / 1000)): Promise<boolean> {
  const row = await change.findOne(setupTokenTable, equals('id', ROW));
  const isRight = timingSafeEqual(Buffer.from(hashOf(token)), Buffer.from(row?.hash ?? hashOf('')));
  if (row === undefined || !isRight || row.expires_at <= now) return false;
  // Of two calls at once only one deletes the row.
  return (await change.delete(setupTokenTable, equals('hash', row.hash))) === 1;
}

function hashOf(token: string): string {
  return hash('sha256', token, 'hex');
}
