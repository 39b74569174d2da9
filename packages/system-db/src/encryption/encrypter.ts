import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { type AppCipher, readCipher, readKey } from './app-key.js';
import { serializeText, unserialize } from './php-value.js';

export interface EncrypterOptions {
  /** APP_KEY: `base64:...`, or the bare characters. */
  readonly key: string;
  /** APP_PREVIOUS_KEYS: tried for reading only, in this order. */
  readonly previousKeys?: readonly string[];
  /** APP_CIPHER: `AES-256-CBC` (the default) or `AES-128-CBC`. */
  readonly cipher?: string;
}

/** Stored secrets in the original's format (rest-core.md 7). */
export interface Encrypter {
  encrypt(text: string): string;
  /** Throws `UnreadableSecret` for what no key opens. */
  decrypt(stored: string): string;
  /** Whether a stored text has the form of a secret, whatever its key. */
  isEncrypted(stored: string): boolean;
}

/** A stored secret that is damaged, or was written with another key. */
export class UnreadableSecret extends Error {
  constructor(problem: string) {
    super(`a stored secret cannot be read: ${problem}`);
    this.name = 'UnreadableSecret';
  }
}

const IV_BYTES = 16;

// `tag` is absent in older data and empty for CBC.
const payloadSchema = z.object({ iv: z.string(), value: z.string(), mac: z.string(), tag: z.string().optional() });
type Payload = z.infer<typeof payloadSchema>;

/** Throws `BadKey` where a key does not fit the cipher. */
export function createEncrypter(options: EncrypterOptions): Encrypter {
  const cipher = readCipher(options.cipher);
  const key = readKey(options.key, cipher);
  const keys = [key, ...(options.previousKeys ?? []).map((previous) => readKey(previous, cipher, 'A key of APP_PREVIOUS_KEYS'))];
  return {
    encrypt: (text) => seal(text, key, cipher),
    decrypt(stored) {
      const payload = readPayload(stored);
      if (!payload) throw new UnreadableSecret('it is not in the format of encrypted values');
      const fitting = keys.find((candidate) => isSealedWith(payload, candidate));
      if (!fitting) throw new UnreadableSecret('it was encrypted with another APP_KEY, or was changed');
      return open(payload, fitting, cipher);
    },
    isEncrypted: (stored) => readPayload(stored) !== undefined,
  };
}

function seal(text: string, key: Buffer, cipher: AppCipher): string {
  const iv = randomBytes(IV_BYTES);
  const encryption = createCipheriv(cipher, key, iv);
  const value = Buffer.concat([encryption.update(serializeText(text)), encryption.final()]).toString('base64');
  const payload = { iv: iv.toString('base64'), value, mac: macOf(iv.toString('base64'), value, key).toString('hex'), tag: '' };
  return Buffer.from(JSON.stringify(payload)).toString('base64');
}

function open(payload: Payload, key: Buffer, cipher: AppCipher): string {
  try {
    const decryption = createDecipheriv(cipher, key, Buffer.from(payload.iv, 'base64'));
    const plain = unserialize(Buffer.concat([decryption.update(payload.value, 'base64'), decryption.final()]));
    if (typeof plain === 'string') return plain;
    return typeof plain === 'object' && plain !== null ? JSON.stringify(plain) : String(plain ?? '');
  } catch (error) {
    throw new UnreadableSecret(error instanceof SyntaxError ? error.message : 'its content is damaged');
  }
}

function macOf(iv: string, value: string, key: Buffer): Buffer {
  return createHmac('sha256', key)
    .update(iv + value)
    .digest();
}

function isSealedWith(payload: Payload, key: Buffer): boolean {
  const mac = Buffer.from(payload.mac, 'hex');
  const expected = macOf(payload.iv, payload.value, key);
  return mac.length === expected.length && timingSafeEqual(mac, expected);
}

function readPayload(stored: string): Payload | undefined {
  if (!stored.startsWith('eyJ')) return undefined;
  try {
    const parsed = payloadSchema.safeParse(JSON.parse(Buffer.from(stored, 'base64').toString()));
    if (!parsed.success || Buffer.from(parsed.data.iv, 'base64').length !== IV_BYTES) return undefined;
    return parsed.data;
  } catch {
    return undefined;
  }
}
