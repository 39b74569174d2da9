import type { Connection, Dialect } from '../dialect/dialect.js';

/**
 * A database behind one service: a bounded pool with an acquire timeout, a breaker and a share of the worker's budget
 * (design.md 5). Errors that leave it are catalogued: `SourceBusy`, `SourceUnavailable` (503 with Retry-After), `SourceTimeout`.
 */
export interface Source {
  readonly dialect: Dialect;
  /** A connection for one call; synchronous when an idle one is at hand. `signal` aborts the wait and cancels what runs. */
  acquire(signal?: AbortSignal): Connection | Promise<Connection>;
  /** Gives a connection back; a broken one is replaced. */
  release(connection: Connection): void;
  /** Runs work on a connection and gives it back whatever happens. Driver errors come out classified (see `errors.ts`). */
  use<T>(work: (connection: Connection) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Runs work in one transaction: committed when it returns, rolled back when it throws. */
  transaction<T>(work: (connection: Connection) => Promise<T>, signal?: AbortSignal): Promise<T>;
  readonly state: SourceState;
  close(): Promise<void>;
}

export interface SourceState {
  readonly open: number;
  readonly idle: number;
  readonly waiting: number;
  readonly breaker: 'closed' | 'open' | 'half-open';
  /** Without addresses or credentials. */
  readonly lastError: string | undefined;
}
