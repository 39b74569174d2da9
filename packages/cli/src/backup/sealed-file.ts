import { createCipheriv, createDecipheriv, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Failure } from '../failure.js';

/**
 * A file sealed by a passphrase: a header, then chunks under AES-256-GCM. The nonce of each chunk is its number and whether it is the last, the
 * header is authenticated with each: a file that was changed, cut short or put together anew does not open.
 *
 *   bytes  0-7   "HEADGATE"           12-27  salt
 *   byte   8     format (1)           28-43  check of the passphrase
 *   bytes  9-11  log2 N, r, p         44-    chunks of up to 64 KiB, each followed by its tag of 16 bytes
 */
const MAGIC = Buffer.from('HEADGATE');
const FORMAT = 1;
const HEADER_BYTES = 44;
const CHUNK = 64 * 1024;
const TAG = 16;
const LAST = 1;

/** The cost of trying a passphrase: 128 MiB of memory and about half a second. */
const COST = { logN: 17, r: 8, p: 1 } as const;
/** What a header may ask for: more is an attack on who opens it. */
const MOST_LOG_N = 20;

interface Keys {
  readonly key: Buffer;
  readonly check: Buffer;
}

/** Seals a stream of bytes; the parts that come out make up the file. */
export async function* sealed(content: AsyncIterable<Buffer>, passphrase: string): AsyncGenerator<Buffer> {
  const start = Buffer.concat([MAGIC, Buffer.from([FORMAT, COST.logN, COST.r, COST.p]), randomBytes(16)]);
  const { key, check } = await keysOf(passphrase, start);
  const header = Buffer.concat([start, check]);
  yield header;
  let number = 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const part of content) {
    rest = rest.length === 0 ? part : Buffer.concat([rest, part]);
    // The last chunk is known only when nothing follows: at least one byte is kept back.
    while (rest.length > CHUNK) {
      yield sealChunk(key, header, number++, false, rest.subarray(0, CHUNK));
      rest = rest.subarray(CHUNK);
    }
  }
  yield sealChunk(key, header, number, true, rest);
}

/** The content of a sealed file, chunk by chunk, each after it was proven genuine. Throws `Failure` for what does not open. */
export async function* opened(file: string, passphrase: string): AsyncGenerator<Buffer> {
  const parts = createReadStream(file, { highWaterMark: 4 * CHUNK });
  try {
    yield* openedParts(parts, file, passphrase);
  } catch (error) {
    if (isSystemError(error)) throw new Failure(`${file} cannot be read (${error.code})`);
    throw error;
  } finally {
    parts.destroy();
  }
}

async function* openedParts(parts: AsyncIterable<Buffer>, file: string, passphrase: string): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  let header: Buffer | undefined;
  let key: Buffer | undefined;
  let number = 0;
  for await (const part of parts) {
    rest = rest.length === 0 ? part : Buffer.concat([rest, part]);
    if (header === undefined) {
      if (rest.length < HEADER_BYTES) continue;
      header = Buffer.from(rest.subarray(0, HEADER_BYTES));
      key = await keyOfHeader(header, file, passphrase);
      rest = rest.subarray(HEADER_BYTES);
    }
    while (rest.length > CHUNK + TAG) {
      yield openChunk(key!, header, number++, false, rest.subarray(0, CHUNK + TAG), file);
      rest = rest.subarray(CHUNK + TAG);
    }
  }
  if (header === undefined) throw new Failure(`${file} is no backup of Headgate`);
  yield openChunk(key!, header, number, true, rest, file);
}

async function keyOfHeader(header: Buffer, file: string, passphrase: string): Promise<Buffer> {
  if (!header.subarray(0, MAGIC.length).equals(MAGIC)) throw new Failure(`${file} is no backup of Headgate`);
  const [format, logN = 0, r, p] = header.subarray(MAGIC.length, MAGIC.length + 4);
  if (format !== FORMAT) throw new Failure(`${file} was made by a newer Headgate (format ${format}): restore it with that version`);
  if (logN < 1 || logN > MOST_LOG_N || r !== COST.r || p !== COST.p) throw new Failure(`${file} is damaged`);
  const { key, check } = await keysOf(passphrase, header.subarray(0, HEADER_BYTES - 16));
  if (!timingSafeEqual(check, header.subarray(HEADER_BYTES - 16))) throw new Failure('that is not the passphrase of this backup');
  return key;
}

function keysOf(passphrase: string, start: Buffer): Promise<Keys> {
  const [logN = 0, r = 0, p = 0] = start.subarray(MAGIC.length + 1, MAGIC.length + 4);
  const N = 2 ** logN;
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFC'), start, 48, { N, r, p, maxmem: 256 * N * r }, (error, bytes) => {
      if (error) reject(error);
      else resolve({ key: bytes.subarray(0, 32), check: bytes.subarray(32) });
    });
  });
}

function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(number, 7);
  nonce[11] = isLast ? LAST : 0;
  return nonce;
}

function sealChunk(key: Buffer, header: Buffer, number: number, isLast: boolean, content: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonceOf(number, isLast)).setAAD(header);
  return Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()]);
}

function openChunk(key: Buffer, header: Buffer, number: number, isLast: boolean, chunk: Buffer, file: string): Buffer {
  try {
    const tag = chunk.subarray(chunk.length - TAG);
    const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(number, isLast), { authTagLength: TAG }).setAAD(header).setAuthTag(tag);
    return Buffer.concat([decipher.update(chunk.subarray(0, chunk.length - TAG)), decipher.final()]);
  } catch {
    throw new Failure(`${file} is damaged: it was changed, or cut short. Nothing was restored from it.`);
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}
