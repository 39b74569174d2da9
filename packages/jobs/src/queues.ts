import type { JsonObject } from '@headgate/core';

/** Work that waits for a job worker. What a job holds is readable by whoever reads the store of the queues: seal secrets before. */
export interface NewJob {
  /** What kind of work it is; the handler of the queue tells by it what to do. */
  readonly name: string;
  /** Makes adding idempotent: a job whose id is known already is not added again. Letters, digits, `_`, `-` and `.`, not digits alone. */
  readonly id: string;
  readonly data: JsonObject;
  /** How long it waits at least, in milliseconds; 0 without. */
  readonly delayMs?: number;
  /** How often it is tried in all, with growing pauses; 3 without. */
  readonly attempts?: number;
}

export interface Job {
  readonly name: string;
  readonly id: string;
  readonly data: JsonObject;
  /** 1 for the first try. A worker that died in the middle of a job makes another worker run it again: handlers are idempotent. */
  readonly attempt: number;
}

/** Does a job. What it throws makes the job fail and be tried again, except a `JobRefused`. `signal` aborts when the run must end. */
export type JobHandler = (job: Job, signal: AbortSignal) => Promise<void>;

/** Thrown by handlers: trying again would not help. */
export class JobRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'JobRefused';
  }
}

export interface QueueHealth {
  readonly driver: 'redis';
  readonly isConnected: boolean;
}

/** The queues between the programs that want work done and the workers that do it. */
export interface Queues {
  /** Resolves when the job is stored; rejects with `QueueUnavailable` at once, rather than wait, where the store is away. */
  add(queue: string, job: NewJob): Promise<void>;
  /** Lets `handler` do the jobs of a queue, up to `concurrency` (1 without) at a time. Goes on by itself when the store was away. */
  process(queue: string, handler: JobHandler, options?: { readonly concurrency?: number }): void;
  /** How the connection to the store is right now; asks nothing. */
  health(): QueueHealth;
  /** Takes no further jobs, resolves when those at work are done, and closes the connections. */
  close(): Promise<void>;
}
