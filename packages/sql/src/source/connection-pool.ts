import { Backoff, CallCancelled, HeadgateError, type Logger, type PoolState, SourceBusy, SourceUnavailable } from '@headgate/core';
import type { Connection, Connector, Dialect } from '../dialect/dialect.js';
import { Breaker } from './breaker.js';
import type { BudgetMember, ConnectionBudget } from './budget.js';
import { LoggedConnection } from './query-log.js';
import type { Source, SourceCall } from './source.js';
import { textOf, translate } from './translate.js';
import { WaitingCalls } from './waiting-calls.js';

export interface SourceOptions {
  readonly serviceName: string;
  readonly poolMax: number;
  readonly acquireTimeoutMs: number;
  readonly budget: ConnectionBudget;
  readonly log: Logger;
  /** A connection idle for longer is closed; 60 s by default. */
  readonly idleTimeoutMs?: number;
  /** A connection idle for longer is tried with a trivial statement before it is used; 15 s by default. */
  readonly validateAfterMs?: number;
  /** Calls that may wait for a connection; 1000 by default, more are refused at once. */
  readonly maxWaiting?: number;
  /** Who would likely have to wait for longer is refused at once; 500 ms by default. */
  readonly maxQueueMs?: number;
  /** `DB_QUERY_LOG_ENABLED`. */
  readonly queryLog?: boolean;
  /** How long `close()` waits for running calls before it cancels them; 10 s by default. */
  readonly drainMs?: number;
}

/** What the pool knows of one of its connections. */
interface Lease {
  readonly connection: Connection;
  isLeased: boolean;
  idleSince: number;
  signal: AbortSignal | undefined;
  readonly onAbort: () => void;
}

const VALIDATION_MS = 2_000;
/** For each connection so many calls may wait without a look at how long it takes: a queue of slow statements is no overload yet. */
const WAITING_PER_CONNECTION = 4;

/** The pool of one service: idle connections are used last in, first out; calls are served first in, first out. */
export class ConnectionPool implements Source, BudgetMember {
  readonly dialect: Dialect;
  readonly #connector: Connector;
  readonly #options: Required<SourceOptions>;
  readonly #breaker = new Breaker();
  readonly #leases = new Map<Connection, Lease>();
  readonly #idle: Lease[] = [];
  readonly #waiting: WaitingCalls;
  readonly #backoff = new Backoff();
  #connecting = 0;
  #reaper: NodeJS.Timeout | undefined;
  #closing: PromiseWithResolvers<void> | undefined;
  #lastError: string | undefined;
  #refused = 0;

  constructor(connector: Connector, options: SourceOptions) {
    this.dialect = connector.dialect;
    this.#connector = connector;
    this.#options = {
      idleTimeoutMs: 60_000,
      validateAfterMs: 15_000,
      maxWaiting: 1_000,
      maxQueueMs: 500,
      queryLog: false,
      drainMs: 10_000,
      ...options,
    };
    const { poolMax, maxWaiting, maxQueueMs, budget } = this.#options;
    this.#waiting = new WaitingCalls({
      most: maxWaiting,
      unquestioned: Math.min(maxWaiting, poolMax * WAITING_PER_CONNECTION),
      longestMs: maxQueueMs,
    });
    budget.join(this);
  }

  get open(): number {
    return this.#leases.size + this.#connecting;
  }

  get state(): PoolState {
    return {
      open: this.open,
      idle: this.#idle.length,
      waiting: this.#waiting.size,
      refused: this.#refused,
      breaker: this.#breaker.state,
      lastError: this.#lastError,
    };
  }

  acquire(signal?: AbortSignal): Connection | Promise<Connection> {
    if (signal?.aborted) throw CallCancelled();
    if (this.#closing) throw this.#unavailable();
    const lease = this.#idle.pop();
    if (!lease) return this.#wait(signal);
    if (lease.connection.isBroken) {
      this.#discard(lease);
      return this.acquire(signal);
    }
    this.#hand(lease, signal);
    const isFresh = performance.now() - lease.idleSince <= this.#options.validateAfterMs;
    return isFresh ? lease.connection : this.#validate(lease, signal);
  }

  release(connection: Connection): void {
    const lease = this.#leases.get(connection);
    if (!lease?.isLeased) return;
    this.#takeBack(lease);
    if (connection.isBroken) {
      // What broke this one has likely broken the idle ones: they are tried before their next use.
      for (const idle of this.#idle) idle.idleSince = Number.NEGATIVE_INFINITY;
      this.#discard(lease);
    } else this.#offer(lease);
  }

  use<T>(work: (connection: Connection) => Promise<T>, call?: SourceCall): Promise<T> {
    try {
      const connection = this.acquire(call?.signal);
      return connection instanceof Promise ? this.#runLater(connection, work, call) : this.#run(connection, work, call);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  transaction<T>(work: (connection: Connection) => Promise<T>, call?: SourceCall): Promise<T> {
    return this.use(async (connection) => {
      await connection.begin();
      try {
        const result = await work(connection);
        // The client has gone and may try again elsewhere: half of its work must not stay.
        if (call?.signal?.aborted) throw CallCancelled();
        await connection.commit();
        return result;
      } catch (error) {
        await this.#rollBack(connection);
        throw error;
      }
    }, call);
  }

  async close(): Promise<void> {
    if (this.#closing) return this.#closing.promise;
    this.#closing = Promise.withResolvers();
    clearTimeout(this.#reaper);
    this.#waiting.refuseAll(this.#unavailable());
    for (const lease of this.#idle.splice(0)) this.#discard(lease);
    const drain = setTimeout(() => this.#cancelAll(), this.#options.drainMs);
    this.#finishClosing();
    await this.#closing.promise;
    clearTimeout(drain);
    this.#options.budget.leave(this);
  }

  giveUpIdle(): boolean {
    const lease = this.#idle.shift();
    if (!lease) return false;
    this.#discard(lease);
    return true;
  }

  onRoom(): void {
    this.#grow();
  }

  async #runLater<T>(coming: Promise<Connection>, work: (connection: Connection) => Promise<T>, call: SourceCall | undefined): Promise<T> {
    const asked = performance.now();
    let connection: Connection;
    try {
      connection = await coming;
    } finally {
      if (call?.timing) call.timing.waitingMs += performance.now() - asked;
    }
    return this.#run(connection, work, call);
  }

  async #run<T>(connection: Connection, work: (connection: Connection) => Promise<T>, call: SourceCall | undefined): Promise<T> {
    const started = performance.now();
    try {
      return await work(this.#options.queryLog ? this.#logged(connection, call) : connection);
    } catch (error) {
      throw this.#translated(error, connection);
    } finally {
      this.release(connection);
      if (call?.timing) call.timing.databaseMs += performance.now() - started;
    }
  }

  #logged(connection: Connection, call: SourceCall | undefined): Connection {
    const { serviceName, log } = this.#options;
    return new LoggedConnection(connection, serviceName, log, call);
  }

  #translated(error: unknown, connection: Connection): unknown {
    // Whatever the driver says after the call was given up, it is the giving up.
    if (this.#leases.get(connection)?.signal?.aborted && !(error instanceof HeadgateError)) return CallCancelled();
    const translated = translate(error, this.#options.serviceName, this.dialect);
    if (translated instanceof HeadgateError && translated.is(SourceUnavailable)) this.#lastError = this.#named(error);
    return translated;
  }

  async #rollBack(connection: Connection): Promise<void> {
    if (connection.isBroken) return;
    try {
      await connection.rollback();
    } catch (error) {
      // In doubt whether the transaction has ended: nobody may use the connection again, and closing it rolls back.
      this.#options.log.warn('a rollback failed; the connection is closed', { service: this.#options.serviceName, error: textOf(error) });
      const lease = this.#leases.get(connection);
      if (lease) {
        this.#takeBack(lease);
        this.#discard(lease);
      }
    }
  }

  #wait(signal: AbortSignal | undefined): Promise<Connection> {
    // While calls are at work on living connections one may come free; with none, an open breaker tells the answer.
    if (!this.#breaker.allows && this.#leases.size === 0) throw this.#unavailable();
    if (this.#waiting.isFull) throw this.#busy();
    // Without a single connection it is not the others who keep this call waiting, but the database.
    const late = () => (this.#leases.size === 0 ? this.#unavailable() : this.#busy());
    const coming = this.#waiting.wait(signal, this.#options.acquireTimeoutMs, late);
    this.#grow();
    return coming;
  }

  #busy(): HeadgateError {
    this.#refused++;
    return this.#backoff.advise(SourceBusy(this.#options.serviceName));
  }

  /** Opens connections for those who wait, as far as pool, breaker and budget allow. */
  #grow(): void {
    while (
      !this.#closing &&
      this.#waiting.size > this.#connecting &&
      this.open < this.#options.poolMax &&
      this.#breaker.allows &&
      this.#options.budget.take(this)
    ) {
      this.#breaker.attempt();
      this.#connecting++;
      this.#connector.open().then(
        (connection) => this.#opened(connection),
        (error: unknown) => this.#failed(error),
      );
    }
  }

  #opened(connection: Connection): void {
    this.#connecting--;
    this.#breaker.succeeded();
    this.#lastError = undefined;
    const lease: Lease = { connection, isLeased: false, idleSince: 0, signal: undefined, onAbort: () => connection.cancel() };
    this.#leases.set(connection, lease);
    this.#offer(lease);
  }

  #failed(error: unknown): void {
    const { serviceName, log, budget } = this.#options;
    this.#connecting--;
    this.#breaker.failed();
    this.#lastError = this.#named(error);
    log.warn('connecting to a data source failed', { service: serviceName, problem: this.#lastError, breaker: this.#breaker.state });
    budget.give();
    if (this.#leases.size === 0) {
      if (this.#breaker.allows) this.#waiting.first?.refuse(this.#unavailable(error));
      else this.#waiting.refuseAll(this.#unavailable(error));
      this.#grow();
    }
    this.#finishClosing();
  }

  /** Gives a connection that nobody uses to the call that waits longest, or keeps it. */
  #offer(lease: Lease): void {
    if (this.#closing) {
      this.#discard(lease);
      return;
    }
    const { first } = this.#waiting;
    if (first) {
      this.#hand(lease, first.signal);
      first.take(lease.connection);
      return;
    }
    if (this.#options.budget.isShort && this.open > 1) {
      this.#discard(lease);
      return;
    }
    lease.idleSince = performance.now();
    this.#idle.push(lease);
    this.#reaper ??= setTimeout(() => this.#reap(), this.#options.idleTimeoutMs).unref();
  }

  #hand(lease: Lease, signal: AbortSignal | undefined): void {
    lease.isLeased = true;
    lease.signal = signal;
    signal?.addEventListener('abort', lease.onAbort, { once: true });
  }

  #takeBack(lease: Lease): void {
    lease.isLeased = false;
    lease.signal?.removeEventListener('abort', lease.onAbort);
    lease.signal = undefined;
  }

  async #validate(lease: Lease, signal: AbortSignal | undefined): Promise<Connection> {
    const { connection } = lease;
    const timer = setTimeout(() => connection.cancel(), VALIDATION_MS);
    try {
      await connection.query('SELECT 1');
      if (!connection.isBroken) return connection;
    } catch {
      // Dead, as was to be found out.
    } finally {
      clearTimeout(timer);
    }
    this.#takeBack(lease);
    this.#discard(lease);
    return this.acquire(signal);
  }

  #reap(): void {
    this.#reaper = undefined;
    const limit = performance.now() - this.#options.idleTimeoutMs;
    while (this.#idle[0] && this.#idle[0].idleSince <= limit) this.#discard(this.#idle.shift()!);
    const oldest = this.#idle[0];
    if (oldest) this.#reaper = setTimeout(() => this.#reap(), Math.max(oldest.idleSince - limit, 1_000)).unref();
  }

  /** Closes a connection that is neither idle nor leased any more. */
  #discard(lease: Lease): void {
    if (!this.#leases.delete(lease.connection)) return;
    lease.connection.close().catch((error: unknown) => {
      this.#options.log.debug('closing a connection failed', { service: this.#options.serviceName, error: textOf(error) });
    });
    this.#options.budget.give();
    this.#grow();
    this.#finishClosing();
  }

  #finishClosing(): void {
    if (this.#closing && this.open === 0) this.#closing.resolve();
  }

  #cancelAll(): void {
    for (const lease of this.#leases.values()) lease.connection.cancel();
  }

  #unavailable(error?: unknown): HeadgateError {
    const refusal = SourceUnavailable(this.#options.serviceName).withRetryAfter(this.#breaker.retryAfter);
    const text = error === undefined ? this.#lastError : textOf(error);
    return text === undefined ? refusal : refusal.withDetail(text, error);
  }

  /** What to tell of an error: in our words alone, since texts of drivers hold addresses and names. */
  #named(error: unknown): string {
    if (error instanceof HeadgateError) return `Connecting is refused here (${error.reason}).`;
    return this.dialect.connectProblem(error)?.message ?? 'The data source does not answer as it should.';
  }
}
