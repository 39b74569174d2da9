/** Bytes of a key per cipher of stored secrets. */
export const KEY_BYTES = { 'AES-128-CBC': 16, 'AES-256-CBC': 32 } as const;

export type Cipher = keyof typeof KEY_BYTES;

/** The bytes of an `APP_KEY` as written: `base64:...`, or the characters themselves. */
export function keyBytes(key: string): Buffer {
  return key.startsWith('base64:') ? Buffer.from(key.slice('base64:'.length), 'base64') : Buffer.from(key);
}

/** What is wrong with a key for this cipher, or undefined. */
export function keyProblem(key: string, cipher: Cipher): string | undefined {
  const length = keyBytes(key).length;
  return length === KEY_BYTES[cipher] ? undefined : `has ${length} bytes, ${cipher} needs ${KEY_BYTES[cipher]}`;
}
