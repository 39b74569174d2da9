import type { Logger } from '@headgate/core';
import type { Redis } from 'ioredis';

/** A Redis that may drop keys under memory pressure loses jobs: says so at each connection to one. */
export function warnOfEviction(connection: Redis, log: Logger): void {
  connection.on('ready', () => {
    connection.info('memory').then(
      (text) => {
        const policy = /^maxmemory_policy:(.*?)\r?$/m.exec(text)?.[1];
        if (policy !== undefined && policy !== 'noeviction') {
          log.warn('the Redis of the queues may evict jobs: set its maxmemory-policy to noeviction, or name another in QUEUE_HOST', {
            policy,
          });
        }
      },
      // Who may not ask cannot be warned; a connection that broke is reported elsewhere.
      () => {},
    );
  });
}
