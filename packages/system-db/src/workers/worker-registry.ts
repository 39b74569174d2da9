import type { ChangeNumber } from './change-number.js';
import type { WorkerIdentity } from './member.js';

/** What a wait for others needs to know of a worker. */
export interface Acknowledgement {
  readonly id: string;
  /** Another number than before means that it has lived since. */
  readonly beats: number;
  /** The change up to which nothing older is in use there; 0 where that change is not of this database's past. */
  readonly acknowledged: number;
}

/** A row of `headgate_worker` as it stands there. */
export interface WorkerRow {
  readonly id: string;
  readonly role: string;
  readonly host: string;
  readonly version: string;
  readonly startedAt: string;
  readonly seenAt: string;
  readonly silentSeconds: number;
  readonly acknowledged: number;
  readonly newest: number;
  readonly report: string | null;
}

/**
 * The rows of `headgate_worker`, over a connection of their own that no load on the pool can keep waiting. All of it rejects with
 * `SystemUnavailable`.
 */
export interface WorkerRegistry {
  register(identity: WorkerIdentity, beats: number): Promise<void>;
  /** A sign of life. False where the row is gone: somebody has found this worker silent for too long. */
  beat(id: string, beats: number, report: string | undefined): Promise<boolean>;
  /** False where the row is gone. */
  acknowledge(id: string, change: ChangeNumber): Promise<boolean>;
  acknowledgements(): Promise<readonly Acknowledgement[]>;
  rows(): Promise<readonly WorkerRow[]>;
  /** Without `beats` whatever it says; with it only where there was no sign of life since. */
  remove(id: string, beats?: number): Promise<void>;
  close(): Promise<void>;
}
