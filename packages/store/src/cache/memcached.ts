import { createHash, randomBytes } from 'node:crypto';
import type { Logger } from '@headgate/core';
import { Client, Server } from 'memjs';
import { Guard } from '../availability/guard.js';
import { type Health, troubleOf } from '../availability/health.js';
import type { MemcachedSettings } from '../settings.js';
import type { CacheStore } from './cache-store.js';

/** Keys of memcached have at most 250 bytes, none of them a blank or control character. */
const LONGEST_KEY = 250;
const PLAIN = /^[\x21-\x7e]+$/;
/** Past this many seconds memcached reads a time to live as a date. */
const LONGEST_RELATIVE_TTL = 30 * 24 * 3600;
const GENERATION_BYTES = 8;
const TIMEOUT_SECONDS = 0.25;

/**
 * A cache in memcached. There entries cannot be listed: each is stored with the generation of the cache, and `clear`, with or without a
 * prefix, makes a new generation. A key that memcached would not take is hashed.
 */
export class MemcachedCache implements CacheStore {
  readonly #settings: MemcachedSettings;
  readonly #prefix: string;
  readonly #guard: Guard;
  #client: Client | undefined;

  constructor(settings: MemcachedSettings, prefix: string, log: Logger) {
    this.#settings = settings;
    this.#prefix = prefix;
    this.#guard = new Guard({ store: 'cache', driver: 'memcached', log, troubleOf: memcachedTrouble });
  }

  get health(): Health {
    return this.#guard.health;
  }

  get(key: string): Promise<Buffer | undefined> {
    return this.#run(async (client) => {
      const [generation, entry] = await Promise.all([client.get(this.#generationKey), client.get(this.#keyOf(key))]);
      if (!generation.value || !entry.value?.subarray(0, GENERATION_BYTES).equals(generation.value)) return undefined;
      return entry.value.subarray(GENERATION_BYTES);
    });
  }

  set(key: string, value: Uint8Array, ttlMs: number): Promise<void> {
    return this.#run(async (client) => {
      const generation = await this.#generation(client);
      const name = this.#keyOf(key);
      try {
        await client.set(name, Buffer.concat([generation, value]), { expires: expiration(ttlMs) });
      } catch (error) {
        // What is too large is not kept, and neither is what was there before.
        await client.delete(name);
        if (!isTooLarge(error)) throw error;
      }
    });
  }

  delete(key: string): Promise<void> {
    return this.#run(async (client) => {
      await client.delete(this.#keyOf(key));
    });
  }

  clear(): Promise<void> {
    return this.#run(async (client) => {
      await client.set(this.#generationKey, randomBytes(GENERATION_BYTES), {});
    });
  }

  async close(): Promise<void> {
    this.#dropClient();
  }

  get #generationKey(): string {
    return this.#keyOf('', 'generation');
  }

  /** The generation may have been evicted: then what was stored under it is gone too. */
  async #generation(client: Client): Promise<Buffer> {
    const found = await client.get(this.#generationKey);
    if (found.value) return found.value;
    const made = randomBytes(GENERATION_BYTES);
    if (await client.add(this.#generationKey, made, {})) return made;
    return (await client.get(this.#generationKey)).value ?? made;
  }

  #keyOf(key: string, space = 'entry'): string {
    const plain = `${this.#prefix}:${space}:${key}`;
    if (plain.length <= LONGEST_KEY && PLAIN.test(plain)) return plain;
    return `headgate:${createHash('sha256').update(plain).digest('hex')}`;
  }

  /** The client keeps halves of answers over a lost connection, and requests that nobody answers: after a failure there is a new one. */
  #run<T>(work: (client: Client) => Promise<T>): Promise<T> {
    return this.#guard.run(async () => {
      this.#client ??= connect(this.#settings);
      const client = this.#client;
      const timer = setTimeout(() => this.#dropClient(client), TIMEOUT_SECONDS * 1000);
      try {
        return await work(client);
      } catch (error) {
        this.#dropClient(client);
        throw error;
      } finally {
        clearTimeout(timer);
      }
    });
  }

  #dropClient(client = this.#client): void {
    if (client === undefined || this.#client !== client) return;
    this.#client = undefined;
    for (const server of client.servers) server.error(new Error('disconnected'));
  }
}

function connect({ servers, username, password }: MemcachedSettings): Client {
  const options = { timeout: TIMEOUT_SECONDS, conntimeout: TIMEOUT_SECONDS, keepAlive: true };
  return new Client(
    servers.map(({ host, port }) => new Server(host, port, username, password, options)),
    { retries: 1, retry_delay: 0, logger: { log: () => undefined } },
  );
}

/** Whole seconds, rounded up. */
function expiration(ttlMs: number): number {
  const seconds = Math.max(1, Math.ceil(ttlMs / 1000));
  return seconds <= LONGEST_RELATIVE_TTL ? seconds : Math.floor(Date.now() / 1000) + seconds;
}

const isTooLarge = (error: unknown) => error instanceof Error && /too large/i.test(error.message);

function memcachedTrouble(error: unknown) {
  if (typeof error === 'string' && error.includes('authentication')) return 'authentication';
  const isFull = error instanceof Error && /out of memory/i.test(error.message);
  return isFull ? 'full' : troubleOf(error);
}
