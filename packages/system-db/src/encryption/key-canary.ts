import { equals } from '../condition.js';
import type { Change, RecordReader } from '../system-database.js';
import { keyCanaryTable } from '../tables/headgate.js';
import { BadKey } from './app-key.js';
import type { Encrypter } from './encrypter.js';

const CANARY_ID = 1;
const CANARY = 'headgate';

/** Notes under the present key what `verifyAppKey` will look for. */
export async function storeKeyCanary(change: Change): Promise<void> {
  if ((await change.count(keyCanaryTable, equals('id', CANARY_ID))) === 0)
    await change.insert(keyCanaryTable, { id: CANARY_ID, value: CANARY });
}

/** Throws `BadKey` where APP_KEY is not the key with which this database was set up. */
export async function verifyAppKey(reader: RecordReader): Promise<void> {
  const canary = await reader.findOne(keyCanaryTable, equals('id', CANARY_ID));
  if (!canary || canary.value === CANARY) return;
  throw new BadKey(
    'APP_KEY is not the key with which the secrets of this system database were encrypted. Set APP_KEY to the key of this installation; after a deliberate change, name the old one in APP_PREVIOUS_KEYS.',
  );
}

/** Whether an encrypter opens a stored canary. */
export function isKeyCanary(encrypter: Encrypter, stored: unknown): boolean {
  try {
    return typeof stored === 'string' && encrypter.decrypt(stored) === CANARY;
  } catch {
    return false;
  }
}
