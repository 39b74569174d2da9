import type { Logger } from '@headgate/core';
import { Redis } from 'ioredis';
import { DEADLINE, Guard } from '../availability/guard.js';
import type { Health } from '../availability/health.js';
import type { RedisConnection } from '../redis/connection.js';
import { type RedisSettings, redisOptions } from '../redis/settings.js';
import { redisTrouble } from '../redis/trouble.js';
import type { Bus } from './bus.js';
import { Listeners } from './listeners.js';

/** A subscriber hears nothing of a connection that died without a sign: it asks this often, in milliseconds. */
const HEARTBEAT = 2000;

export interface RedisBusOptions {
  /** Publishes; may serve others beside the bus. Closed by whoever made it. */
  readonly publisher: RedisConnection;
  readonly settings: RedisSettings;
  readonly prefix: string;
  readonly log: Logger;
}

/** A bus over Redis, with a connection of its own that subscribes. */
export class RedisBus implements Bus {
  readonly #publisher: RedisConnection;
  readonly #subscriber: Redis;
  readonly #listeners: Listeners;
  readonly #guard: Guard;
  readonly #channelStart: string;
  readonly #heartbeat: NodeJS.Timeout;
  #isConnected = false;
  #wasConnected = false;
  #beats = 0;

  constructor({ publisher, settings, prefix, log }: RedisBusOptions) {
    this.#publisher = publisher;
    this.#channelStart = `${prefix}:bus:`;
    this.#listeners = new Listeners(log);
    this.#guard = new Guard({ store: 'bus', driver: 'redis', log, troubleOf: redisTrouble });
    this.#subscriber = new Redis({
      ...redisOptions(settings),
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      autoResubscribe: false,
      maxRetriesPerRequest: 0,
      commandTimeout: DEADLINE * 4,
    });
    this.#subscriber.on('ready', () => void this.#subscribeAll());
    this.#subscriber.on('error', (error) => this.#lost(error));
    this.#subscriber.on('close', () => this.#lost(undefined));
    this.#subscriber.on('message', (channel: string, message: string) => {
      if (channel.startsWith(this.#channelStart)) this.#listeners.tell(channel.slice(this.#channelStart.length), message);
    });
    this.#heartbeat = setInterval(() => void this.#beat(), HEARTBEAT);
    this.#heartbeat.unref();
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  get health(): Health {
    return this.#guard.health;
  }

  publish(topic: string, message: string): void {
    void this.#publisher.run((client) => client.publish(this.#channelStart + topic, message)).catch(() => undefined);
  }

  subscribe(topic: string, listener: (message: string) => void): () => void {
    const { isFirst, remove } = this.#listeners.add(topic, listener);
    if (isFirst && this.#isConnected) void this.#told(this.#subscriber.subscribe(this.#channelStart + topic));
    return () => {
      if (remove() && this.#isConnected) void this.#told(this.#subscriber.unsubscribe(this.#channelStart + topic));
    };
  }

  onReconnect(listener: () => void): void {
    this.#listeners.addReconnect(listener);
  }

  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    this.#listeners.clear();
    this.#subscriber.removeAllListeners('close');
    this.#subscriber.disconnect();
    this.#isConnected = false;
  }

  /** Topics that are added while this runs are seen by the next round. */
  async #subscribeAll(): Promise<void> {
    const done = new Set<string>();
    for (let left = this.#listeners.topics; left.length > 0; left = this.#listeners.topics.filter((topic) => !done.has(topic))) {
      if (!(await this.#told(this.#subscriber.subscribe(...left.map((topic) => this.#channelStart + topic))))) return;
      for (const topic of left) done.add(topic);
    }
    this.#isConnected = true;
    this.#guard.succeeded();
    if (this.#wasConnected) this.#listeners.tellReconnect();
    this.#wasConnected = true;
  }

  /** Whether the server took it. Where it did not, the connection is made anew. */
  async #told(command: Promise<unknown>): Promise<boolean> {
    try {
      await command;
      return true;
    } catch (error) {
      this.#lost(error);
      if (this.#subscriber.status === 'ready') this.#subscriber.disconnect(true);
      return false;
    }
  }

  async #beat(): Promise<void> {
    if (this.#isConnected) await this.#told(this.#subscriber.ping(String(this.#beats++)));
  }

  #lost(error: unknown): void {
    if (this.#isConnected || error !== undefined) this.#guard.failed(error === undefined ? 'disconnected' : redisTrouble(error));
    this.#isConnected = false;
  }
}
