import { randomBytes } from 'node:crypto';

export type AppCipher = 'AES-256-CBC' | 'AES-128-CBC';

const KEY_BYTES: Readonly<Record<AppCipher, number>> = { 'AES-256-CBC': 32, 'AES-128-CBC': 16 };

/** APP_KEY, APP_PREVIOUS_KEYS or APP_CIPHER cannot be used. The message never holds the key. */
export class BadKey extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BadKey';
  }
}

export function readCipher(name: string | undefined): AppCipher {
  const cipher = (name ?? 'AES-256-CBC').toUpperCase();
  if (cipher === 'AES-256-CBC' || cipher === 'AES-128-CBC') return cipher;
  throw new BadKey(`APP_CIPHER ${cipher} is not supported; use AES-256-CBC or AES-128-CBC.`);
}

/** The bytes of a key as APP_KEY gives it: `base64:...`, or the characters themselves. */
export function readKey(key: string, cipher: AppCipher, name = 'APP_KEY'): Buffer {
  const bytes = key.startsWith('base64:') ? Buffer.from(key.slice('base64:'.length), 'base64') : Buffer.from(key);
  const wanted = KEY_BYTES[cipher];
  if (bytes.length === wanted) return bytes;
  throw new BadKey(
    `${name} has ${bytes.length} bytes, but ${cipher} needs ${wanted}. Use the key of this installation; for a new one, \`headgate key\` makes one.`,
  );
}

/** A new random key for APP_KEY. */
export function generateAppKey(cipher: AppCipher = 'AES-256-CBC'): string {
  return `base64:${randomBytes(KEY_BYTES[cipher]).toString('base64')}`;
}
