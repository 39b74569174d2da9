import { readFileSync } from 'node:fs';
import type { RedisOptions } from 'ioredis';
import { type Backoff, reconnectDelays } from './backoff.js';

/** How to reach the Redis of one role. */
export interface RedisSettings {
  readonly host: string;
  readonly port: number;
  /** Where set, Sentinels are asked for the primary, and `host` and `port` do not matter. */
  readonly sentinel?: RedisSentinels | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly database: number;
  /** With TLS the server's certificate and name are always verified. */
  readonly tls: boolean;
  /** A file of certificates (PEM) to trust instead of the system's. */
  readonly caFile?: string | undefined;
  readonly backoff: Backoff;
}

export interface RedisSentinels {
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  /** What the Sentinels call the primary. */
  readonly primary: string;
  readonly password?: string | undefined;
}

/** Milliseconds for a connection to be made. */
const CONNECT_TIMEOUT = 2000;

/**
 * The connection's options of ioredis, without a rule for commands: each kind of client (calls, bus, queue) has its own. Throws the
 * system's error where the file of certificates cannot be read.
 */
export function redisOptions(settings: RedisSettings): RedisOptions {
  const tls = settings.tls ? { ca: settings.caFile === undefined ? undefined : readFileSync(settings.caFile) } : undefined;
  const { sentinel } = settings;
  const place = sentinel
    ? {
        sentinels: sentinel.hosts.map(({ host, port }) => ({ host, port })),
        name: sentinel.primary,
        sentinelPassword: sentinel.password,
        enableTLSForSentinelMode: settings.tls,
        sentinelTLS: tls,
        sentinelCommandTimeout: CONNECT_TIMEOUT,
        sentinelRetryStrategy: reconnectDelays(settings.backoff),
        // One that was added to the Sentinels later is found all the same.
        updateSentinels: true,
      }
    : { host: settings.host, port: settings.port };
  return {
    ...place,
    username: settings.username,
    password: settings.password,
    db: settings.database,
    tls,
    connectTimeout: CONNECT_TIMEOUT,
    retryStrategy: reconnectDelays(settings.backoff),
    // After a failover behind one name the connection leads to a replica.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    protocol: 2,
    connectionName: 'headgate',
  };
}
