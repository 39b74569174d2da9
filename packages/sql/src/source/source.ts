import type { CallTiming, PoolState } from '@headgate/core';
import type { Connection, Dialect } from '../dialect/dialect.js';

/** The call that a source works for: a `ServiceRequest` is one. */
export interface SourceCall {
  /** Aborts the wait for a connection, and cancels what runs. */
  readonly signal?: AbortSignal | undefined;
  /** What the call spent here is added to it. */
  readonly timing?: CallTiming | undefined;
  readonly origin?: { readonly requestId: string };
}

/**
 * A database behind one service: a bounded pool with a bounded queue, an acquire timeout, a breaker and a share of the worker's budget
 * (design.md 5). Errors that leave it are catalogued: `SourceBusy`, `SourceUnavailable` (503 with Retry-After), `SourceTimeout`.
 */
export interface Source {
  readonly dialect: Dialect;
  /** A connection for one call; synchronous when an idle one is at hand. `signal` aborts the wait and cancels what runs. */
  acquire(signal?: AbortSignal): Connection | Promise<Connection>;
  /** Gives a connection back; a broken one is replaced. */
  release(connection: Connection): void;
  /** Runs work on a connection and gives it back whatever happens. Driver errors come out classified (see `errors.ts`). */
  use<T>(work: (connection: Connection) => Promise<T>, call?: SourceCall): Promise<T>;
  /** Runs work in one transaction: committed when it returns, rolled back when it throws. */
  transaction<T>(work: (connection: Connection) => Promise<T>, call?: SourceCall): Promise<T>;
  readonly state: PoolState;
  close(): Promise<void>;
}
