import type { Logger } from '@headgate/core';
import { Redis } from 'ioredis';
import { DEADLINE, Guard } from '../availability/guard.js';
import type { Health } from '../availability/health.js';
import type { RedisScript } from './script.js';
import { type RedisSettings, redisOptions } from './settings.js';
import { isReply, redisTrouble } from './trouble.js';

/**
 * One connection for commands that calls wait for. It connects by itself, at once and whenever it was lost; while it is away commands
 * are refused at once. No command is kept for later and none is sent twice: a hit must not be counted when nobody asks any more.
 */
export class RedisConnection {
  readonly #client: Redis;
  readonly #guard: Guard;

  constructor(settings: RedisSettings, { store, log }: { readonly store: string; readonly log: Logger }) {
    this.#client = new Redis({
      ...redisOptions(settings),
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      commandTimeout: DEADLINE,
    });
    this.#guard = new Guard({
      store,
      driver: 'redis',
      log,
      // A command that was not even sent tells nothing new.
      troubleOf: (error) => (this.#client.status === 'ready' ? redisTrouble(error) : (this.#knownTrouble() ?? redisTrouble(error))),
      isAnswer: isReply,
      onSilence: () => this.#client.disconnect(true),
    });
    this.#client.on('ready', () => this.#guard.succeeded());
    this.#client.on('error', (error) => this.#guard.failed(redisTrouble(error)));
    this.#client.on('close', () => {
      if (this.#guard.health.state === 'connected') this.#guard.failed('disconnected');
    });
  }

  get health(): Health {
    return this.#guard.health;
  }

  /** Rejects with `StoreUnavailable` within 250 ms. */
  run<T>(command: (client: Redis) => Promise<T>): Promise<T> {
    return this.#guard.run(() => command(this.#client));
  }

  /** Runs a script that answers a list of whole numbers. */
  numbers(script: RedisScript, keys: readonly string[], values: readonly (string | number)[]): Promise<readonly number[]> {
    return this.run(async (client) => {
      const answer = await client.evalsha(script.sha1, keys.length, ...keys, ...values).catch((error: unknown) => {
        if (error instanceof Error && error.message.startsWith('NOSCRIPT')) {
          return client.eval(script.lua, keys.length, ...keys, ...values);
        }
        throw error;
      });
      if (!Array.isArray(answer)) throw new TypeError('a script answered something else than a list');
      return answer.map(Number);
    });
  }

  #knownTrouble() {
    const { state, lastError } = this.#guard.health;
    return state === 'failing' ? lastError : undefined;
  }

  async close(): Promise<void> {
    this.#client.removeAllListeners('close');
    this.#client.disconnect();
  }
}
