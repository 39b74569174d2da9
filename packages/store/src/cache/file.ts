import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@headgate/core';
import { Guard } from '../availability/guard.js';
import { type Health, troubleOf } from '../availability/health.js';
import type { CacheStore } from './cache-store.js';

/** How often entries whose time is over are removed, in milliseconds. */
const SWEEP_EVERY = 10 * 60_000;
/** A file that was being written for so long will never be finished. */
const ABANDONED_AFTER = 60_000;
/** Only these are ours; the folder may hold other things. */
const ENTRY = /^[0-9a-f]{64}\.entry$/;
const UNFINISHED = /^[0-9a-f]{64}\.[0-9a-f]{16}\.part$/;
const FOLDER = /^[0-9a-f]{2}$/;
/** The end of its time (float, ms since 1970), the length of the key, the key, the value. */
const HEAD_BYTES = 12;

interface Entry {
  readonly key: string;
  readonly endsAt: number;
  readonly value: Buffer;
}

export interface FileCacheOptions {
  readonly directory: string;
  readonly prefix: string;
  readonly log: Logger;
}

/**
 * A cache in files, for the processes of one machine. A value is written beside its place and moved there in one step, so that nobody
 * reads a half. What is over is removed when it is met, and all of it from time to time. Times are those of the machine's clock.
 */
export class FileCache implements CacheStore {
  readonly #directory: string;
  readonly #prefix: string;
  readonly #guard: Guard;
  readonly #sweeper: NodeJS.Timeout;

  constructor({ directory, prefix, log }: FileCacheOptions) {
    this.#directory = directory;
    this.#prefix = prefix;
    this.#guard = new Guard({ store: 'cache', driver: 'file', log, troubleOf });
    this.#sweeper = setInterval(() => void this.sweep().catch(() => undefined), SWEEP_EVERY);
    this.#sweeper.unref();
  }

  get health(): Health {
    return this.#guard.health;
  }

  get(key: string): Promise<Buffer | undefined> {
    return this.#guard.run(async () => {
      const entry = await readEntry(this.#fileOf(key));
      if (entry?.key !== this.#prefix + key || entry.endsAt <= Date.now()) return undefined;
      return entry.value;
    });
  }

  set(key: string, value: Uint8Array, ttlMs: number): Promise<void> {
    return this.#guard.run(async () => {
      const file = this.#fileOf(key);
      const part = file.replace(/entry$/, `${randomBytes(8).toString('hex')}.part`);
      const content = writeEntry({ key: this.#prefix + key, endsAt: Date.now() + ttlMs, value: Buffer.from(value) });
      await mkdir(join(file, '..'), { recursive: true });
      try {
        await writeFile(part, content, { mode: 0o600 });
        await rename(part, file);
      } catch (error) {
        await unlink(part).catch(() => undefined);
        // The one before must not be found any more.
        await unlink(file).catch(() => undefined);
        throw error;
      }
    });
  }

  delete(key: string): Promise<void> {
    return this.#guard.run(() => remove(this.#fileOf(key)));
  }

  async clear(prefix = ''): Promise<void> {
    await this.#eachFile(async (file) => {
      const entry = await readEntry(file);
      if (entry?.key.startsWith(this.#prefix + prefix)) await remove(file);
    });
  }

  /** Removes what is over, and what was left half written. */
  async sweep(): Promise<void> {
    await this.#eachFile(
      async (file) => {
        const entry = await readEntry(file);
        if (entry && entry.endsAt <= Date.now()) await remove(file);
      },
      async (file) => {
        const { mtimeMs } = await stat(file);
        if (mtimeMs < Date.now() - ABANDONED_AFTER) await remove(file);
      },
    );
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeper);
  }

  /** Others may remove a file or folder meanwhile. Each file is a step of its own, so that a large cache is not a late one. */
  async #eachFile(ofEntry: (file: string) => Promise<void>, ofUnfinished?: (file: string) => Promise<void>): Promise<void> {
    for (const folder of await this.#guard.run(() => list(this.#directory))) {
      if (!FOLDER.test(folder)) continue;
      for (const name of await this.#guard.run(() => list(join(this.#directory, folder)))) {
        const work = ENTRY.test(name) ? ofEntry : UNFINISHED.test(name) ? ofUnfinished : undefined;
        if (work) await this.#guard.run(() => unlessGone(work(join(this.#directory, folder, name)), undefined));
      }
    }
  }

  #fileOf(key: string): string {
    const name = createHash('sha256')
      .update(this.#prefix + key)
      .digest('hex');
    return join(this.#directory, name.slice(0, 2), `${name}.entry`);
  }
}

function writeEntry({ key, endsAt, value }: Entry): Buffer {
  const name = Buffer.from(key);
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeDoubleLE(endsAt, 0);
  head.writeUInt32LE(name.length, 8);
  return Buffer.concat([head, name, value]);
}

/** undefined where there is none, or what no cache has written. */
async function readEntry(file: string): Promise<Entry | undefined> {
  const content = await unlessGone(readFile(file), undefined);
  if (!content || content.length < HEAD_BYTES) return undefined;
  const valueAt = HEAD_BYTES + content.readUInt32LE(8);
  if (valueAt > content.length) return undefined;
  return { key: content.toString('utf8', HEAD_BYTES, valueAt), endsAt: content.readDoubleLE(0), value: content.subarray(valueAt) };
}

const list = (folder: string): Promise<string[]> => unlessGone(readdir(folder), []);

const remove = (file: string): Promise<void> => unlessGone(unlink(file), undefined);

async function unlessGone<T, U>(work: Promise<T>, otherwise: U): Promise<T | U> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return otherwise;
    throw error;
  }
}
