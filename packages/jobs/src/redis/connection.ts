import type { Logger } from '@headgate/core';
import { type RedisSettings, redisOptions } from '@headgate/store';
import { Redis } from 'ioredis';

/** A command that has no answer after this was lost with its connection. */
const COMMAND_TIMEOUT = 2_000;

/** A connection of those that add jobs: where Redis is away a command fails at once, instead of waiting for it. */
export function openProducerConnection(settings: RedisSettings): Redis {
  return new Redis({
    ...redisOptions(settings),
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT,
  });
}

/** A connection of those that wait for jobs: a blocking read may take as long as it likes, and is sent again on a new connection. */
export function openWorkerConnection(settings: RedisSettings): Redis {
  return new Redis({ ...redisOptions(settings), maxRetriesPerRequest: null });
}

/** A connection that died without a sign is asked this often, in milliseconds. */
const HEARTBEAT = 2_000;

/**
 * Asks again and again whether Redis still answers, and makes the connection anew where it does not: one that hangs, or whose machine is
 * lost, closes no connection. Answers how to stop.
 */
export function watchConnection(connection: Redis): () => void {
  const timer = setInterval(() => {
    if (connection.status !== 'ready') return;
    connection.ping().catch((error: Error) => {
      // A refusal is an answer.
      if (error.name !== 'ReplyError' && connection.status === 'ready') connection.disconnect(true);
    });
  }, HEARTBEAT);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * Says once that Redis is gone and once that it is back. Messages of the driver hold addresses: only their code is logged. Answers how to
 * fall silent, for the end of the connection that we make ourselves.
 */
export function reportConnection(connection: Redis, log: Logger): () => void {
  let isAway = false;
  connection.on('error', (error: Error) => {
    if (isAway) return;
    isAway = true;
    log.error('the Redis of the queues does not answer: queued work waits', { error: causeOf(error) });
  });
  connection.on('close', () => {
    if (isAway) return;
    isAway = true;
    log.warn('the connection to the Redis of the queues is lost');
  });
  connection.on('ready', () => {
    if (isAway) log.warn('the Redis of the queues answers again');
    isAway = false;
  });
  return () => {
    isAway = true;
  };
}

/** `ECONNREFUSED`, `WRONGPASS` ...: the code of an error, or what kind it is. */
export function causeOf(error: Error): string {
  if ('code' in error && typeof error.code === 'string') return error.code;
  const [reply = ''] = error.message.split(' ', 1);
  return /^[A-Z]{3,}$/.test(reply) ? reply : error.name;
}
