import { type StoreTrouble, troubleOf } from '../availability/health.js';

const REPLIES: readonly (readonly [RegExp, StoreTrouble])[] = [
  [/^(NOAUTH|WRONGPASS)|invalid password|AUTH <password>/, 'authentication'],
  [/^NOPERM/, 'not permitted'],
  [/^OOM/, 'full'],
  [/^(READONLY|MISCONF|NOREPLICAS)/, 'read only'],
  [/^(LOADING|MASTERDOWN|BUSY)/, 'starting'],
  [/sentinels are unreachable/i, 'no primary'],
];

/** The word for an error of Redis or of the way to it. */
export function redisTrouble(error: unknown): StoreTrouble {
  const message = error instanceof Error ? error.message : '';
  return REPLIES.find(([pattern]) => pattern.test(message))?.[1] ?? (isReply(error) ? 'failed' : troubleOf(error));
}

/** Whether the server answered, if only to refuse. */
export const isReply = (error: unknown): boolean => error instanceof Error && error.name === 'ReplyError';
