import type { JsonObject } from '@headgate/core';

/** Who a process is that answers from memory. */
export interface WorkerIdentity {
  /** Of this process alone: a UUID made when it starts. */
  readonly id: string;
  readonly role: 'api' | 'worker';
  readonly host: string;
  readonly version: string;
}

/** A worker as the system database knows it. Times are UTC texts to the second, by the database's clock. */
export interface Member {
  readonly identity: WorkerIdentity;
  readonly startedAt: string;
  readonly seenAt: string;
  /** Seconds since then. Past 15 it counts as gone, once someone has seen it silent for so long. */
  readonly silentSeconds: number;
  /** The number of the change up to which nothing older is in use there. */
  readonly acknowledged: number;
  /** How many changes lie between that and the newest. */
  readonly lag: number;
  /** What it said of itself in its last sign of life. */
  readonly report: JsonObject;
}

/**
 * A bus between workers, on which changes are topic `change`. Its messages only make others look sooner: none is ever taken for the truth,
 * none has to arrive.
 */
export interface ChangeHints {
  /** Never throws and never waits. */
  publish(topic: string, message: string): void;
  /** Answers how to unsubscribe. */
  subscribe(topic: string, listener: (message: string) => void): () => void;
  /** Called when messages may have been missed. */
  onReconnect(listener: () => void): void;
}
