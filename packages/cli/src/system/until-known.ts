import { setTimeout as wait } from 'node:timers/promises';

/** Longer than a worker may answer from memory without having asked the system database again. */
const OLDEST_ANSWER = 600;

/** Resolves when a change that was just committed holds in every process that serves this installation. */
export async function untilKnown(): Promise<void> {
  await wait(OLDEST_ANSWER);
}
