export * from './queues.js';
export { openRedisQueues } from './redis/redis-queues.js';
export { type QueueSettings, queueSettings } from './settings.js';
